import { describe, expect, test } from "vitest";
import { syntheticGraph } from "./fixtures/synthetic";
import { tinyGraph } from "./fixtures/tiny";
import { layoutGraph, SPACING } from "./layout";
import type { GraphData } from "./types";
import { Kind } from "./types";

const sizes: [string, GraphData, number][] = [
  ["tiny", tinyGraph(), 1.7],
  ["one token, one layer", syntheticGraph({ tokens: 1, layers: 1, nodes: 20, edges: 20 }), 1.2],
  ["26 × 30", syntheticGraph({ tokens: 26, layers: 30, nodes: 3000, edges: 100 }), 1.7],
  ["26 × 30 on a phone", syntheticGraph({ tokens: 26, layers: 30, nodes: 3000, edges: 100 }), 0.42],
  ["256 × 48", syntheticGraph({ tokens: 256, layers: 48, nodes: 9000, edges: 100 }), 1.7],
];

describe.each(sizes)("%s", (_, data, aspect) => {
  const layout = layoutGraph(data, aspect);
  const rows = [...Array(data.nodes.count).keys()];

  test("no two round nodes touch", () => {
    const squares = new Map<string, number[]>();
    const touching: [number, number][] = [];
    const key = (x: number, y: number) => `${Math.floor(x / SPACING)},${Math.floor(y / SPACING)}`;
    for (const row of rows) {
      if (layout.halfBox[row] > 0) continue;
      const [x, y] = [layout.x[row], layout.y[row]];
      for (const dx of [-SPACING, 0, SPACING]) {
        for (const dy of [-SPACING, 0, SPACING]) {
          for (const other of squares.get(key(x + dx, y + dy)) ?? []) {
            const apart = Math.hypot(layout.x[other] - x, layout.y[other] - y);
            if (apart <= layout.radius[other] + layout.radius[row]) touching.push([row, other]);
          }
        }
      }
      const here = key(x, y);
      squares.set(here, [...(squares.get(here) ?? []), row]);
    }
    expect(touching).toEqual([]);
  });

  test("no two boxes overlap", () => {
    for (const kind of [Kind.embedding, Kind.logit]) {
      const boxes = rows
        .filter((row) => data.nodes.kind[row] === kind)
        .sort((a, b) => layout.x[a] - layout.x[b]);
      for (let i = 1; i < boxes.length; i++) {
        const gap = layout.x[boxes[i]] - layout.x[boxes[i - 1]];
        expect(gap).toBeGreaterThanOrEqual(layout.halfBox[boxes[i]] + layout.halfBox[boxes[i - 1]]);
      }
    }
  });

  test("higher layers lie higher, later tokens to the right", () => {
    for (let row = 1; row + 1 < layout.rows.length; row++) {
      expect(layout.rows[row + 1]).toBeLessThan(layout.rows[row]);
    }
    const outside = rows.filter((row) => {
      const column = data.nodes.position[row];
      const number = layout.rowNumber[row];
      const [x, y] = [layout.x[row], layout.y[row]];
      const isBeside = x <= layout.columns[column] || x >= layout.columns[column + 1];
      return (
        (isBeside && data.nodes.kind[row] !== Kind.logit) ||
        y >= layout.rows[number] ||
        y <= layout.rows[number + 1]
      );
    });
    expect(outside).toEqual([]);
  });

  test("is the same every time", () => {
    expect(layoutGraph(data, aspect)).toEqual(layout);
  });
});

test("columns without nodes shrink", () => {
  const data = tinyGraph();
  const longer = { ...data, tokens: [...data.tokens, " a", " b"] };
  const { columns } = layoutGraph(longer, 1);
  expect(columns[4] - columns[3]).toBeLessThan(columns[2] - columns[1]);
});

test("a narrow window gets a taller drawing", () => {
  const data = syntheticGraph({ tokens: 26, layers: 30, nodes: 3000, edges: 100 });
  const wide = layoutGraph(data, 1.7);
  const tall = layoutGraph(data, 0.42);
  expect(wide.width / wide.height).toBeCloseTo(1.7, 0);
  expect(tall.width / tall.height).toBeLessThan(0.55);
});
