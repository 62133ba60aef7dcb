import { describe, expect, test } from "vitest";
import { contrast } from "../base/colour";
import type { Rect } from "../base/geometry";
import { totalEffect } from "../graph/effect";
import { applyFilter } from "../graph/filter";
import { syntheticGraph } from "../graph/fixtures/synthetic";
import { tinyGraph } from "../graph/fixtures/tiny";
import { endX, layoutGraph } from "../graph/layout";
import type { GraphData } from "../graph/types";
import { Kind } from "../graph/types";
import { fitRect, worldRect } from "./camera";
import { drawPicture } from "./exportView";
import type { Focus } from "./focus";
import { NO_FOCUS } from "./focus";
import type { Frame } from "./frame";
import { cameraFromMinimap, minimapRect, paintMinimap } from "./minimap";
import { axisSizes, stageOf } from "./paintAxes";
import { curveOf, wrapText } from "./painter";
import { SvgPainter } from "./SvgPainter";
import { makeScene, toLevels } from "./scene";
import { edgeAlpha, LEVELS, nodeScale, paletteOf } from "./style";
import { themes } from "./theme";

function frameOf(data: GraphData, width = 800, height = 500): Frame {
  const layout = layoutGraph(data, 1.7);
  const { mask } = applyFilter(data, {});
  const level = toLevels(totalEffect(data, data.targets[0]));
  const scene = makeScene({ data, layout, mask, level, edgeBudget: 1200 });
  const theme = themes.light;
  const sizes = axisSizes(new SvgPainter(), { scene, width, height, theme }, 1);
  const stage = stageOf(width, height, sizes);
  return { scene, stage, width, height, theme, camera: fitRect(stage, worldRect(layout)) };
}

function svgOf(frame: Frame, focus: Focus = NO_FOCUS): string {
  const painter = new SvgPainter();
  drawPicture(painter, frame, focus, new Map(), (opacity, draw) =>
    painter.dimmed(opacity, () => draw(painter)),
  );
  return painter.finish(frame.width, frame.height, frame.theme.ground, "a & <b>");
}

describe("the exported picture", () => {
  const svg = svgOf(frameOf(tinyGraph()));

  test("has every node, edge, token, layer and a legend", () => {
    expect(svg.match(/<circle /g)).toHaveLength(3);
    expect(svg.match(/C[-\d. ]+"\/>/g)).toHaveLength(14);
    for (const text of [
      "␣Mary",
      "⏎",
      "␣John",
      "60 %",
      "L0",
      "L1",
      "Emb",
      "Out",
      "Next token after",
      "raises",
      "lowers",
    ]) {
      expect(svg).toContain(text);
    }
    expect(svg).toContain("10 of 10 nodes · 14 of 14 edges");
  });

  test("is well-formed", () => {
    expect(svg).toContain("a &amp; &lt;b&gt;");
    expect(svg).not.toContain("NaN");
    expect(svg).not.toContain("undefined");
    const opened = svg.match(/<(g|svg|clipPath|text|title)[ >]/g)?.length;
    const closed = svg.match(/<\/(g|svg|clipPath|text|title)>/g)?.length;
    expect(opened).toBe(closed);
  });

  test("is the same every time", () => {
    expect(svgOf(frameOf(tinyGraph()))).toBe(svg);
  });

  test("stays as it was", () => {
    expect(svg).toMatchSnapshot();
  });

  test("of a selection shows all edges of that node, lowering ones dashed, and dims the rest", () => {
    const frame = frameOf(tinyGraph());
    const before = svg.match(/C[-\d. ]+"\/>/g)?.length ?? 0;
    const focused = svgOf(frame, { ...NO_FOCUS, selected: 7 });
    expect(focused.match(/C[-\d. ]+"\/>/g)).toHaveLength(before + 6);
    expect(focused).toContain('stroke-dasharray="5 3"');
    expect(focused).toContain('<g opacity="0.22">');
  });
});

describe("what is drawn", () => {
  const data = syntheticGraph({ tokens: 20, layers: 8, nodes: 900, edges: 8000 });
  const layout = layoutGraph(data, 1.7);
  const { mask } = applyFilter(data, {});
  const level = new Int8Array(data.nodes.count);

  test("a budget takes the strongest edges and says how much they carry", () => {
    const scene = makeScene({ data, layout, mask, level, edgeBudget: 500 });
    expect(scene.edges.drawn).toBe(500);
    expect(scene.edges.available).toBe(8000);
    expect(scene.bundles.reduce((sum, b) => sum + b.segments.length / 4, 0)).toBe(500);
    expect(scene.edges.share).toBeGreaterThan(0.3);
    expect(scene.edges.share).toBeLessThan(1);
  });

  test("edges of hidden nodes are not drawn", () => {
    const none = makeScene({ data, layout, mask: new Uint8Array(900), level, edgeBudget: 500 });
    expect(none.edges.available).toBe(0);
    expect(none.edges.drawn).toBe(0);
  });

  test("fans into unlikely targets and from constants are thinner than their score", () => {
    const flat = { ...data, edges: { ...data.edges, score: new Float32Array(8000).fill(1) } };
    const scene = makeScene({ data: flat, layout, mask, level, edgeBudget: 8000 });
    const strengthOfEdge = (edge: number) => {
      const { source, target } = data.edges;
      const found = scene.bundles.find(({ segments }) => {
        for (let i = 0; i < segments.length; i += 4) {
          if (segments[i] !== layout.x[source[edge]]) continue;
          if (segments[i + 1] !== layout.y[source[edge]]) continue;
          if (segments[i + 3] === layout.y[target[edge]]) {
            const end = Math.fround(endX(layout, target[edge], source[edge]));
            if (segments[i + 2] === end) return true;
          }
        }
        return false;
      });
      return found?.strength ?? -1;
    };
    const edges = [...Array(8000).keys()];
    const { kind } = data.nodes;
    const into = (row: number) =>
      edges.find(
        (e) => data.edges.target[e] === row && kind[data.edges.source[e]] === Kind.feature,
      );
    const [likely, unlikely] = [data.targets[0], data.targets[4]].map((row) => into(row) ?? -1);
    expect(strengthOfEdge(likely)).toBe(0);
    expect(strengthOfEdge(unlikely)).toBeGreaterThan(2);
    const ofConstant = edges.find((e) => kind[data.edges.source[e]] === Kind.bias);
    if (ofConstant !== undefined) expect(strengthOfEdge(ofConstant)).toBeGreaterThan(0);
  });

  test("errors never outshine the strongest feature", () => {
    const radius = (kind: number) =>
      Math.max(...layout.radius.filter((_, row) => data.nodes.kind[row] === kind));
    expect(radius(Kind.error)).toBeLessThan(radius(Kind.feature));
  });

  test("names are cut between words", () => {
    const painter = new SvgPainter();
    const style = { size: 10, colour: "#000", family: "sans" };
    const lines = wrapText(painter, "names after called", 70, 2, style);
    expect(lines).toEqual(["names after", "called"]);
    expect(wrapText(painter, "names after called", 70, 1, style)).toEqual(["names after…"]);
    expect(wrapText(painter, "a", 70, 3, style)).toEqual(["a"]);
  });

  test("an edge within a row arches over its nodes", () => {
    const [, firstY, , secondY] = curveOf(10, 100, 60, 100);
    expect(firstY).toBeLessThan(90);
    expect(secondY).toBeLessThan(90);
  });

  test("more ink makes fainter edges", () => {
    expect(edgeAlpha(themes.light, 0.1)).toBeGreaterThan(edgeAlpha(themes.light, 1));
    expect(edgeAlpha(themes.light, 1e6)).toBeGreaterThan(0);
  });

  test("one giant value does not bleach the others", () => {
    const values = Float32Array.from({ length: 100 }, (_, i) => (i === 0 ? 1e6 : i % 2 ? 1 : -1));
    const levels = toLevels(values);
    expect(levels[0]).toBe(LEVELS);
    expect(levels[1]).toBe(LEVELS);
    expect(levels[2]).toBe(-LEVELS);
    expect([...toLevels(new Float32Array(3))]).toEqual([0, 0, 0]);
  });

  test("nodes never outgrow their grid square", () => {
    for (let zoom = 0.05; zoom <= 8; zoom *= 1.3)
      expect(7 * nodeScale(zoom)).toBeLessThan(8 * zoom);
  });

  test("an edge within a column bows aside, a long one does not", () => {
    expect(curveOf(10, 400, 10, 100)[0]).toBeGreaterThan(10);
    expect(curveOf(10, 400, 300, 100)[0]).toBe(10);
  });
});

describe("the overview", () => {
  const fitted = frameOf(syntheticGraph({ tokens: 20, layers: 8, nodes: 900, edges: 100 }));
  const near = { ...fitted, camera: { ...fitted.camera, zoom: fitted.camera.zoom * 3 } };

  test("appears only once there is something out of sight", () => {
    expect(minimapRect(fitted)).toBeNull();
    expect(minimapRect(near)).not.toBeNull();
  });

  test("takes the view to where it is pressed", () => {
    const map = minimapRect(near) as Rect;
    const corner = cameraFromMinimap(near, map, { x: map.x + map.width, y: map.y });
    expect(corner.x).toBeCloseTo(near.scene.layout.width);
    expect(corner.y).toBeCloseTo(0);
    expect(corner.zoom).toBe(near.camera.zoom);
  });

  test("shows the whole graph and the part in sight", () => {
    const painter = new SvgPainter();
    paintMinimap(painter, near, { ...NO_FOCUS, selected: 30 });
    const svg = painter.finish(1, 1, "#fff", "");
    expect(svg.match(/<circle /g)).toHaveLength(1);
    expect(svg).toContain(`stroke="${themes.light.focus}"`);
  });
});

describe.each(Object.entries(themes))("%s", (_, theme) => {
  test("text is readable on every ground", () => {
    for (const ground of [theme.ground, theme.band, theme.axis, theme.chip]) {
      expect(contrast(theme.ink, ground)).toBeGreaterThan(7);
      expect(contrast(theme.inkMuted, ground)).toBeGreaterThan(4.5);
    }
  });

  test("signs, focus and pins stand out from the ground", () => {
    for (const colour of [theme.positiveLine, theme.negativeLine, theme.focus, theme.pin]) {
      expect(contrast(colour, theme.ground)).toBeGreaterThan(3);
    }
  });

  test("colour grows away from neutral on both sides", () => {
    const { fill } = paletteOf(theme);
    expect(fill[LEVELS]).toBe(theme.neutral);
    expect(fill[0]).toBe(theme.negative);
    expect(fill[2 * LEVELS]).toBe(theme.positive);
  });
});
