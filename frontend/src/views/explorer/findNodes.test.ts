import { expect, it } from "vitest";
import { syntheticGraph } from "../../graph/fixtures/synthetic";
import { longName } from "../../graph/names";
import { Kind } from "../../graph/types";
import { findNodes } from "./findNodes";
import { sortedRows } from "./sortRows";

const DATA = syntheticGraph({ tokens: 12, layers: 4, nodes: 300, edges: 900 });

it("lists every node, strongest first, while nothing is typed", () => {
  const rows = findNodes(DATA, "");
  expect(rows).toHaveLength(DATA.nodes.count);
  const influence = rows.map((row) => DATA.nodes.influence[row] ?? 0);
  expect(influence).toEqual([...influence].sort((a, b) => b - a));
});

it("finds a feature by its number and layer", () => {
  const wanted = DATA.nodes.kind.indexOf(Kind.feature);
  const query = `l${DATA.nodes.layer[wanted]} ${DATA.nodes.index[wanted]}`;
  expect(findNodes(DATA, query)).toContain(wanted);
});

it("finds nodes on a token, whatever the case", () => {
  const rows = findNodes(DATA, "STORE");
  expect(rows.length).toBeGreaterThan(0);
  for (const row of rows) expect(DATA.tokens[DATA.nodes.position[row] ?? 0]).toContain("store");
});

it("finds kinds by name, and nothing for nonsense", () => {
  expect(findNodes(DATA, "error").length).toBeGreaterThan(0);
  expect(findNodes(DATA, "xyzzy")).toEqual([]);
});

it("sorts by any column, both ways, losing no row", () => {
  for (const by of [
    "name",
    "layer",
    "position",
    "activation",
    "influence",
    "inputs",
    "outputs",
  ] as const) {
    const down = sortedRows(DATA, by, true);
    expect(new Set(down).size).toBe(DATA.nodes.count);
  }
  const names = sortedRows(DATA, "name", false).map((row) => longName(DATA, row));
  expect(names[0]).toMatch(/^Bias|^Error|^Feature/);
});
