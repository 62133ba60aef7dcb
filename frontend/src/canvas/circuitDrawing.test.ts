import { expect, test } from "vitest";
import { applyFilter } from "../graph/filter";
import { featureCircuit, tinyCircuit } from "../graph/fixtures/circuits";
import { layoutGraph } from "../graph/layout";
import { rowOf } from "../graph/nodeId";
import type { GraphData } from "../graph/types";
import { fitRect, worldRect } from "./camera";
import { drawPicture } from "./exportView";
import { type Focus, NO_FOCUS } from "./focus";
import { Picture } from "./Picture";
import { axisSizes, stageOf } from "./paintAxes";
import { SvgPainter } from "./SvgPainter";
import { type EdgeColour, makeScene, toLevels } from "./scene";
import { themes } from "./theme";

function svgOf(data: GraphData, edgeColour: EdgeColour, focus: Focus = NO_FOCUS): string {
  const layout = layoutGraph(data, 1.7);
  const { mask } = applyFilter(data, {});
  const level = toLevels(data.circuit?.effect ?? []);
  const scene = makeScene({ data, layout, mask, level, edgeBudget: 100, edgeColour });
  const theme = themes.light;
  const size = { width: 800, height: 500 };
  const stage = stageOf(800, 500, axisSizes(new SvgPainter(), { scene, ...size, theme }, 1));
  const camera = fitRect(stage, worldRect(layout));
  const painter = new SvgPainter();
  drawPicture(painter, { scene, stage, ...size, theme, camera }, focus, new Map(), (alpha, draw) =>
    painter.dimmed(alpha, () => draw(painter)),
  );
  return painter.finish(800, 500, theme.ground, "");
}

test("a circuit's picture names its parts and says what its signs mean", () => {
  const svg = svgOf(tinyCircuit(), "sign");
  for (const text of ["h0", "h1", "MLP", "input", "logits", "L1 attn", "subject", "supports"])
    expect(svg).toContain(`>${text}<`);
  expect(svg).toContain("8 of 9 nodes · 8 of 9 edges · strongest by |effect| and |weight|");
  expect(svg).toContain("Logit difference: 3.00 clean");
  expect(svg).not.toMatch(/NaN|undefined/);
});

test("a circuit's picture stays as it was", () => {
  expect(svgOf(tinyCircuit(), "sign")).toMatchSnapshot();
});

test("edges are told apart by what they feed: colour on request, letters in focus", () => {
  const data = tinyCircuit();
  const { slots } = themes.light;
  expect(svgOf(data, "sign")).not.toContain(slots[0]);
  const bySlot = svgOf(data, "slot");
  for (const colour of slots) expect(bySlot).toContain(`stroke="${colour}"`);
  const focus = { ...NO_FOCUS, selected: rowOf(data, "a1.h0@1") };
  for (const letter of ["q", "k", "v"]) expect(svgOf(data, "sign", focus)).toContain(`>${letter}<`);
});

test("colours show measured effects, whatever is selected", () => {
  const data = featureCircuit({ layers: 3, nodes: 80, bins: ["all"] });
  const picture = new Picture();
  picture.setData(data, 1000, 700);
  const before = [...(picture.now?.scene.level ?? [])];
  expect(before).toEqual([...toLevels(data.circuit?.effect ?? [])]);
  picture.setSelected(5);
  expect([...(picture.now?.scene.level ?? [])]).toEqual(before);
  picture.setEdgeColour("slot");
  expect(picture.now?.scene.edgeColour).toBe("slot");
});
