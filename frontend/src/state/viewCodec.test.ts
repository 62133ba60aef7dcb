import { describe, expect, it } from "vitest";
import {
  CIRCUIT_PANELS,
  DEFAULT_VIEW,
  decodeView,
  encodeView,
  readSearch,
  type ViewState,
} from "./viewCodec";

const FULL: ViewState = {
  selection: "f3.17.9",
  pins: ["f3.17.9", "e4", "l1234.9"],
  nodeThreshold: 0.65,
  edgeThreshold: 0.9,
  edgeBudget: 300,
  edgeRule: "strongest",
  nodeBudget: null,
  sign: null,
  isBySlot: false,
  hiddenKinds: ["error", "bias"],
  camera: { cx: 3.25, cy: -1.5, zoom: 2.125 },
  plan: {
    items: [
      { layer: 3, index: 17, position: 9, everywhere: false, mode: "ablate", value: 1 },
      { layer: 0, index: 4095, position: 2, everywhere: true, mode: "scale", value: -1.5 },
      { layer: 5, index: 0, position: 0, everywhere: false, mode: "set", value: 2.25 },
    ],
    freezeAttention: true,
  },
  panel: "ablation",
  isPanelOpen: false,
  isTable: true,
};

const CIRCUIT: ViewState = {
  ...DEFAULT_VIEW,
  selection: "resid3/120@2",
  pins: ["a0.h3", "m2", "input", "logits", "attn1/error@0", "embed/12"],
  edgeBudget: 1500,
  edgeRule: "greedy",
  nodeBudget: 80,
  sign: "negative",
  isBySlot: true,
  hiddenKinds: ["error", "head"],
  panel: "evaluation",
};

describe("the view in the address", () => {
  it("comes back as it went in, of a circuit too", () => {
    const query = new URLSearchParams(encodeView(CIRCUIT) as Record<string, string>).toString();
    const read = readSearch(Object.fromEntries(new URLSearchParams(query)));
    expect(decodeView(read, CIRCUIT_PANELS)).toEqual(CIRCUIT);
    expect(decodeView({ tab: "evaluation" }).panel).toBe("node");
  });

  it("comes back as it went in", () => {
    expect(decodeView(encodeView(FULL))).toEqual(FULL);
  });

  it("survives a trip through a query string", () => {
    const query = new URLSearchParams(encodeView(FULL) as Record<string, string>).toString();
    expect(decodeView(readSearch(Object.fromEntries(new URLSearchParams(query))))).toEqual(FULL);
    expect(query.length).toBeLessThan(220);
  });

  it("is empty for a view nobody has touched", () => {
    expect(encodeView(DEFAULT_VIEW)).toEqual({});
    expect(decodeView({})).toEqual(DEFAULT_VIEW);
  });

  it("drops what it cannot read and keeps the rest", () => {
    const view = decodeView({
      n: "javascript:alert(1)",
      p: "f1.2.3_nonsense_f1.2.3",
      t: "7",
      e: "abc",
      b: "-3",
      k: "error_unicorn",
      c: "1_2",
      a: "3.17.9o_1.2x_<script>",
      tab: "settings",
    });
    expect(view).toEqual({
      ...DEFAULT_VIEW,
      pins: ["f1.2.3"],
      hiddenKinds: ["error"],
      plan: {
        items: [{ layer: 3, index: 17, position: 9, everywhere: false, mode: "ablate", value: 1 }],
        freezeAttention: false,
      },
    });
  });
});
