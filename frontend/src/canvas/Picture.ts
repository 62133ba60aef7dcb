import { totalEffect } from "../graph/effect";
import { applyFilter } from "../graph/filter";
import type { Layout } from "../graph/layout";
import { layoutGraph } from "../graph/layout";
import type { GraphData, GraphFilter, Visibility } from "../graph/types";
import { aspectClass, capacityClass, widthClass } from "./fitting";
import { Picker } from "./picking";
import type { EdgeColour, Scene } from "./scene";
import { makeScene, toLevels } from "./scene";
import { LEVELS } from "./style";

/** One graph laid out, filtered and coloured: what there is to draw and to point at. */
export interface Loaded {
  readonly data: GraphData;
  readonly layout: Layout;
  readonly layoutMs: number;
  readonly visibility: Visibility;
  readonly picker: Picker;
  readonly scene: Scene;
}

interface Settings {
  readonly filter: GraphFilter;
  readonly edgeBudget: number | null;
  readonly edgeColour: EdgeColour;
  /** Whose effects colours show; null: the selected target, else the most probable. */
  readonly target: number | null;
  readonly selected: number | null;
  /** Measured changes to show instead of effects. */
  readonly marks: ReadonlyMap<number, number> | null;
}

/** Keeps what is drawn in step with the settings, redoing no more than a change asks for. */
export class Picture {
  private loaded: Loaded | null = null;
  private width = 0;
  private height = 0;
  private effects = new Map<number, Float32Array>();
  private settings: Settings = {
    filter: {},
    edgeBudget: null,
    edgeColour: "sign",
    target: null,
    selected: null,
    marks: null,
  };

  get now(): Loaded | null {
    return this.loaded;
  }

  /** Rows mean other nodes in other data, so whatever names rows is forgotten. */
  setData(data: GraphData, width: number, height: number): void {
    const filter = { ...this.settings.filter, hiddenRows: undefined, keepRows: undefined };
    this.settings = { ...this.settings, filter, target: null, selected: null, marks: null };
    this.effects = new Map();
    this.layOut(data, width, height);
  }

  /** Lay out anew if the container has another shape now. */
  resize(width: number, height: number): void {
    if (this.loaded) this.layOut(this.loaded.data, width, height);
  }

  /** True when the selection changed colours. */
  setSelected(selected: number | null): boolean {
    const before = this.effectTarget();
    this.settings = { ...this.settings, selected };
    const isChanged = before !== this.effectTarget();
    if (isChanged) this.redo();
    return isChanged;
  }

  /** True when other nodes are shown. A selection usually changes what must stay, but nothing on screen. */
  setFilter(filter: GraphFilter): boolean {
    this.settings = { ...this.settings, filter };
    const { loaded } = this;
    if (!loaded) return false;
    if (capacityClass(filter.strongest) !== loaded.layout.capacity) {
      this.layOut(loaded.data, this.width, this.height);
      return true;
    }
    const visibility = this.filtered(loaded.data);
    const isChanged =
      visibility.edges !== loaded.visibility.edges ||
      !sameMask(visibility.mask, loaded.visibility.mask);
    if (isChanged) this.redo(visibility);
    else this.loaded = { ...loaded, visibility };
    return isChanged;
  }

  setEdgeBudget(edgeBudget: number | null): void {
    this.settings = { ...this.settings, edgeBudget };
    this.redo();
  }

  setEdgeColour(edgeColour: EdgeColour): void {
    if (edgeColour === this.settings.edgeColour) return;
    this.settings = { ...this.settings, edgeColour };
    this.redo();
  }

  setTarget(target: number | null): void {
    this.settings = { ...this.settings, target };
    this.redo();
  }

  setMarks(marks: ReadonlyMap<number, number> | null): void {
    this.settings = { ...this.settings, marks };
    this.redo();
  }

  private layOut(data: GraphData, width: number, height: number): void {
    this.width = width;
    this.height = height;
    const before = performance.now();
    const aspect = aspectClass(width, height);
    const room = widthClass(width);
    const capacity = capacityClass(this.settings.filter.strongest);
    if (this.loaded?.data === data) {
      const { layout } = this.loaded;
      const isSame = layout.aspect === aspect && layout.windowWidth === room;
      if (isSame && layout.capacity === capacity) return;
    }
    const layout = layoutGraph(data, aspect, room, capacity);
    const layoutMs = performance.now() - before;
    this.show(data, layout, layoutMs, this.filtered(data));
  }

  /** The scene again after colours, edges or visibility changed; the layout stays. */
  private redo(visibility?: Visibility): void {
    const { loaded } = this;
    if (!loaded) return;
    // Which effects are negative depends on the target, so a filter by sign does too.
    const isStale = this.settings.filter.sign !== undefined;
    const shown = visibility ?? (isStale ? this.filtered(loaded.data) : loaded.visibility);
    this.show(loaded.data, loaded.layout, loaded.layoutMs, shown);
  }

  private show(data: GraphData, layout: Layout, layoutMs: number, visibility: Visibility): void {
    const { loaded } = this;
    const canPick = loaded?.layout === layout && loaded.visibility === visibility;
    const picker = canPick ? loaded.picker : new Picker(layout, visibility.mask);
    const { mask, edges: selected } = visibility;
    const { edgeBudget, edgeColour } = this.settings;
    const level = this.levels(data);
    const inputs = { data, layout, mask, level, edgeBudget, edgeColour };
    const scene = makeScene({ ...inputs, ...(selected ? { selected } : {}) });
    this.loaded = { data, layout, layoutMs, visibility, picker, scene };
  }

  private filtered(data: GraphData): Visibility {
    return applyFilter(data, this.settings.filter, this.effectOf(data));
  }

  private levels(data: GraphData): Int8Array {
    const { marks } = this.settings;
    if (marks) {
      const changes = new Float32Array(data.nodes.count);
      for (const [row, change] of marks) changes[row] = change;
      return toLevels(changes);
    }
    const effect = this.effectOf(data);
    const level = effect ? toLevels(effect) : new Int8Array(data.nodes.count);
    const target = this.effectTarget(data);
    if (target !== null && !data.circuit) level[target] = LEVELS;
    return level;
  }

  private effectTarget(data = this.loaded?.data): number | null {
    if (!data) return null;
    const { target, selected } = this.settings;
    if (target !== null) return target;
    if (selected !== null && data.targets.includes(selected)) return selected;
    return data.targets[0] ?? null;
  }

  private effectOf(data: GraphData): Float32Array | undefined {
    // A circuit's effects were measured on the task; a graph's follow from its edges.
    if (data.circuit) return data.circuit.effect;
    const target = this.effectTarget(data);
    if (target === null) return undefined;
    let effect = this.effects.get(target);
    if (!effect) {
      effect = totalEffect(data, target);
      this.effects.set(target, effect);
    }
    return effect;
  }
}

export const NOTHING_SHOWN: Visibility = {
  mask: new Uint8Array(),
  shown: 0,
  hidden: {
    pruned: 0,
    kind: 0,
    layer: 0,
    position: 0,
    sign: 0,
    influence: 0,
    hand: 0,
    unconnected: 0,
  },
  total: 0,
};

const sameMask = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && a.every((bit, row) => bit === b[row]);
