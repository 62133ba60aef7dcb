import { describe, expect, test } from "vitest";
import { decodeView, GraphFormatError } from "./decode";
import { tinyBytes, tinyGraph } from "./fixtures/tiny";
import { Kind } from "./types";

describe("a graph written by the server", () => {
  const data = tinyGraph();

  test("keeps its nodes in order", () => {
    expect([...data.nodes.kind]).toEqual([0, 0, 0, 2, 2, 3, 4, 2, 6, 6]);
    expect([...data.nodes.layer]).toEqual([-1, -1, -1, 0, 0, 0, 0, 1, 2, 2]);
    expect([...data.nodes.position]).toEqual([0, 1, 2, 1, 2, 2, 2, 2, 2, 2]);
    expect(data.nodes.activation[7]).toBe(4);
    expect(data.nodes.label[8]).toBe(" John");
    expect(data.nodes.label[0]).toBe("");
    expect(data.layerCount).toBe(2);
    expect(data.tokens).toEqual(["<s>", " Mary", "\n"]);
  });

  test("has typed columns", () => {
    expect(data.nodes.kind).toBeInstanceOf(Uint8Array);
    expect(data.nodes.layer).toBeInstanceOf(Int16Array);
    expect(data.nodes.influence).toBeInstanceOf(Float32Array);
    expect(data.edges.source).toBeInstanceOf(Uint32Array);
  });

  test("has its edges with their weights and shares", () => {
    const find = (source: number, target: number) =>
      [...data.edges.source.keys()].find(
        (e) => data.edges.source[e] === source && data.edges.target[e] === target,
      ) as number;
    expect(data.edges.count).toBe(14);
    expect(data.edges.weight[find(7, 9)]).toBe(-1);
    expect(data.edges.share[find(0, 3)]).toBeCloseTo(0.25);
    expect(data.edges.share[find(4, 7)]).toBeCloseTo(-1 / 5.5);
  });

  test("lists every edge once at each end, strongest score first", () => {
    for (const [adjacency, end] of [
      [data.inputs, data.edges.target],
      [data.outputs, data.edges.source],
    ] as const) {
      expect([...adjacency.edge].sort((a, b) => a - b)).toEqual([...data.edges.source.keys()]);
      for (let row = 0; row < data.nodes.count; row++) {
        const edges = adjacency.edge.subarray(adjacency.start[row], adjacency.start[row + 1]);
        expect([...edges].every((edge) => end[edge] === row)).toBe(true);
        expect([...edges]).toEqual([...edges].sort((a, b) => a - b));
      }
    }
  });

  test("names its targets, most probable first", () => {
    expect(data.targets).toEqual([8, 9]);
    expect(data.nodes.kind[data.targets[0]]).toBe(Kind.logit);
    expect(data.nodes.probability[8]).toBeCloseTo(0.6);
  });
});

describe("bytes that are not a graph", () => {
  test.each([
    ["empty", new ArrayBuffer(0), "cut short"],
    [
      "something else",
      new TextEncoder().encode("<!doctype html><html></html>").buffer,
      "not a Headwater graph",
    ],
  ])("%s", (_, bytes, message) => {
    expect(() => decodeView(bytes as ArrayBuffer)).toThrow(GraphFormatError);
    expect(() => decodeView(bytes as ArrayBuffer)).toThrow(message);
  });

  test("cut anywhere", () => {
    const whole = tinyBytes();
    for (const length of [11, 40, 900, whole.byteLength - 1200, whole.byteLength - 8]) {
      expect(() => decodeView(whole.slice(0, length))).toThrow(GraphFormatError);
    }
  });

  test("of a later version", () => {
    const bytes = new Uint8Array(tinyBytes());
    const text = new TextDecoder("latin1").decode(bytes);
    const at =
      text.search(/"version":\s*1/) + text.slice(text.search(/"version":\s*1/)).indexOf("1");
    bytes[at] = "7".charCodeAt(0);
    expect(() => decodeView(bytes.buffer)).toThrow("version 7");
  });
});
