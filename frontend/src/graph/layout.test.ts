import { describe, expect, test } from "vitest";
import { syntheticGraph } from "./fixtures/synthetic";
import { tinyGraph } from "./fixtures/tiny";
import { endX, layoutGraph, SPACING } from "./layout";
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
    const boxes = rows.filter((row) => layout.halfBox[row] > 0);
    const overlapping = boxes.flatMap((a) =>
      boxes
        .filter((b) => b > a && layout.y[b] === layout.y[a])
        .filter((b) => {
          const apart = Math.abs(layout.x[a] - layout.x[b]);
          return apart < layout.halfBox[a] + layout.halfBox[b];
        })
        .map((b) => [a, b]),
    );
    expect(overlapping).toEqual([]);
  });

  test("targets stand in their band, everything else in its own column below it", () => {
    const { band } = layout;
    if (!band) throw new Error("no band");
    expect(band.column).toBe(data.nodes.position[data.targets[0]]);
    const isTarget = (row: number) => data.targets.includes(row);
    const misplaced = rows.filter((row) => {
      const [y, r] = [layout.y[row], layout.halfBox[row] > 0 ? 0 : layout.radius[row]];
      return isTarget(row) ? y <= band.top || y >= band.bottom : y - r < band.columnsTop;
    });
    expect(misplaced).toEqual([]);
    for (const row of data.targets) {
      expect(layout.x[row] - layout.halfBox[row]).toBeGreaterThanOrEqual(0);
      expect(layout.x[row] + layout.halfBox[row]).toBeLessThanOrEqual(layout.width);
    }
  });

  test("targets of a line fall in likelihood away from the column that predicts them", () => {
    const lines = new Map<number, number[]>();
    for (const row of data.targets) {
      lines.set(layout.y[row], [...(lines.get(layout.y[row]) ?? []), layout.x[row]]);
    }
    const { column } = layout.band ?? { column: 0 };
    const center = (layout.columns[column] + layout.columns[column + 1]) / 2;
    const sign = center > layout.width / 2 ? -1 : 1;
    for (const line of lines.values()) {
      for (let i = 1; i < line.length; i++) {
        expect(sign * (line[i] - line[i - 1])).toBeGreaterThan(0);
      }
    }
    // The first line is the lowest: edges into the likeliest pass nothing on their way.
    expect(layout.y[data.targets[0]]).toBe(Math.max(...lines.keys()));
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
        (isBeside && !data.targets.includes(row)) ||
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

describe("the band of targets", () => {
  const wide = syntheticGraph({ tokens: 26, layers: 6, nodes: 600, edges: 100 });

  test("needs more lines on a phone, never more than three", () => {
    const lines = (width: number) =>
      new Set(wide.targets.map((r) => layoutGraph(wide, 1, width).y[r]));
    expect(lines(1200).size).toBe(1);
    expect(lines(300).size).toBeGreaterThan(1);
    expect(lines(300).size).toBeLessThanOrEqual(3);
    const low = layoutGraph(wide, 2.4, 480);
    const { band } = low;
    expect((band?.columnsTop ?? 0) / low.height).toBeLessThan(0.42);
  });

  test("of an inner position grows out of that position's column", () => {
    const data = tinyGraph();
    const position = data.nodes.position.slice();
    for (const row of data.targets) position[row] = 1;
    const inner = { ...data, nodes: { ...data.nodes, position } };
    const { band, x, columns } = layoutGraph(inner);
    expect(band?.column).toBe(1);
    expect(x[data.targets[0]]).toBeGreaterThan(columns[1]);
    expect(x[data.targets[0]]).toBeLessThan(columns[2]);
  });

  test("holds a feature that the graph explains", () => {
    const data = tinyGraph();
    const feature = data.nodes.kind.indexOf(Kind.feature);
    const { rowNumber, halfBox, rowLabels } = layoutGraph({ ...data, targets: [feature] });
    expect(rowLabels[rowNumber[feature]]).toBe("Out");
    expect(halfBox[feature]).toBeGreaterThan(0);
  });

  test("is absent when nothing is explained", () => {
    const layout = layoutGraph({ ...tinyGraph(), targets: [] });
    expect(layout.band).toBeNull();
    expect(layout.rowLabels).not.toContain("Out");
  });

  test("edges into a target end within its box, apart from each other", () => {
    const layout = layoutGraph(wide);
    const target = wide.targets[0];
    const ends = [...Array(wide.nodes.count).keys()].map((row) => endX(layout, target, row));
    expect(new Set(ends).size).toBeGreaterThan(10);
    for (const x of ends) {
      expect(Math.abs(x - layout.x[target])).toBeLessThanOrEqual(layout.halfBox[target] + 1e-3);
    }
    const feature = wide.nodes.kind.indexOf(Kind.feature);
    expect(endX(layout, feature, target)).toBe(layout.x[feature]);
  });
});

test("cells are rather wide than tall, so that edges have air between rows", () => {
  const data = syntheticGraph({ tokens: 12, layers: 6, nodes: 400, edges: 100 });
  const { x, y, rowNumber } = layoutGraph(data, 1.2);
  const tall: string[] = [];
  for (let column = 0; column < 12; column++) {
    for (let row = 1; row <= 6; row++) {
      const cell = [...Array(data.nodes.count).keys()].filter(
        (n) => data.nodes.position[n] === column && rowNumber[n] === row,
      );
      const span = (of: Float32Array) =>
        Math.max(...cell.map((n) => of[n])) - Math.min(...cell.map((n) => of[n]));
      if (cell.length > 6 && span(y) > span(x) + SPACING) tall.push(`${column},${row}`);
    }
  }
  expect(tall).toEqual([]);
});
