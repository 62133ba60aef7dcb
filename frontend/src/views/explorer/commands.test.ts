// @vitest-environment jsdom
import { QueryClient } from "@tanstack/react-query";
import { describe, expect, it, vi } from "vitest";
import { syntheticGraph } from "../../graph/fixtures/synthetic";
import { nodeId } from "../../graph/nodeId";
import { Kind } from "../../graph/types";
import { keyOf } from "../../state/actions";
import { createExploration } from "../../state/exploration";
import { createDrawn, createHover } from "../../state/explorer";
import { createLabels } from "../../state/labels";
import { DEFAULT_VIEW } from "../../state/viewCodec";
import type { CommandContext } from "./commands";

const { COMMANDS, CIRCUIT_COMMANDS } = await (async () => {
  window.matchMedia = vi.fn().mockReturnValue({ matches: false, addEventListener: () => {} });
  return import("./commands");
})();

const DATA = syntheticGraph({ tokens: 8, layers: 3, nodes: 120, edges: 400 });

function context(): CommandContext {
  return {
    graph: "abc",
    path: "/g/$id",
    data: DATA,
    store: createExploration(DEFAULT_VIEW),
    hover: createHover(),
    drawn: createDrawn(),
    labels: createLabels(new QueryClient()),
    canvas: { current: null },
    sheet: null,
    openSheet: () => {},
  };
}

const run = (id: string, on: CommandContext) =>
  COMMANDS.find((command) => command.id === id)?.run(on);

describe.each([
  ["of a graph", COMMANDS],
  ["of a circuit", CIRCUIT_COMMANDS],
] as const)("the command list %s", (_, commands) => {
  it("binds no key twice", () => {
    const keys = commands.flatMap((command) => command.keys);
    expect(keys.length).toBe(new Set(keys).size);
  });

  it("can be reached by key, every one", () => {
    for (const command of commands) expect(command.keys.length, command.id).toBeGreaterThan(0);
  });

  it("writes keys as the keyboard reports them", () => {
    for (const key of commands.flatMap((command) => command.keys)) {
      const parts = key === "+" ? ["+"] : key.split("+");
      const name = parts.at(-1) ?? "";
      const reported = keyOf({
        key: name === "Space" ? " " : name,
        ctrlKey: parts.includes("Ctrl"),
        metaKey: false,
        altKey: parts.includes("Alt"),
        shiftKey: parts.includes("Shift"),
      });
      expect(reported).toBe(key);
    }
  });
});

describe("ablating by key", () => {
  it("adds the selected feature, then takes it out", () => {
    const on = context();
    const row = DATA.nodes.kind.indexOf(Kind.feature);
    on.store.getState().select(nodeId(DATA, row));
    run("ablate", on);
    expect(on.store.getState().plan.items).toHaveLength(1);
    expect(on.store.getState().panel).toBe("ablation");
    run("ablate", on);
    expect(on.store.getState().plan.items).toHaveLength(0);
  });

  it("does not ablate what is not a feature", () => {
    const on = context();
    on.store.getState().select(nodeId(DATA, DATA.nodes.kind.indexOf(Kind.embedding)));
    run("ablate", on);
    expect(on.store.getState().plan.items).toEqual([]);
  });
});

it("steps back from the table first, then from the selection", () => {
  const on = context();
  on.store.getState().select("e1");
  on.store.getState().setTable(true);
  run("back", on);
  expect(on.store.getState()).toMatchObject({ isTable: false, selection: "e1" });
  run("back", on);
  expect(on.store.getState().selection).toBeNull();
});

it("selects the graph's target when walking begins nowhere", () => {
  const on = context();
  run("walk-up", on);
  expect(on.store.getState().selection).toBe(nodeId(DATA, DATA.targets[0] ?? -1));
});
