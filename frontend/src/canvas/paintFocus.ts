import { endX } from "../graph/layout";
import { SLOTS } from "../graph/types";
import { toScreenX, toScreenY } from "./camera";
import type { Focus, FocusEdges } from "./focus";
import type { Frame } from "./frame";
import { boxOf } from "./paintBoxes";
import type { Painter } from "./painter";
import { radiusPx, screenX, screenY } from "./places";
import { edgeColour, LABEL_PX } from "./style";

const FOCUS_STEPS = 5;
/** In a slimmer box the letters would run into each other. */
const LEAST_LETTERED_PX = 13;
const LETTERED_OUTPUTS = 8;

/** Every edge of the lit node, wider and darker with its share, with a head at its target. */
export function paintFocusEdges(
  painter: Painter,
  frame: Frame,
  edges: readonly number[],
  strength: number,
  extraWidth = 0,
): void {
  const { scene, camera, stage, theme } = frame;
  const { source, target, share, weight, slot } = scene.data.edges;
  const { layout, edgeColour: by } = scene;
  const most = edges.reduce((max, e) => Math.max(max, Math.abs(share[e])), 1e-9);
  // By step, slot and sign; without slots or where colour tells the sign there is one slot only.
  const slots = slot && by === "slot" ? SLOTS.length : 1;
  const bundles = Array.from({ length: 2 * FOCUS_STEPS * slots }, () => [] as number[]);
  const heads = Array.from({ length: 2 * slots }, () => [] as number[]);
  for (const edge of edges) {
    const at = Math.sqrt(Math.abs(share[edge]) / most);
    const step = Math.min(FOCUS_STEPS - 1, Math.floor(at * FOCUS_STEPS));
    const into = slot?.[edge] ?? 0;
    const side = (weight[edge] < 0 ? 1 : 0) + 2 * (slots > 1 ? into : 0);
    const x0 = toScreenX(camera, stage, layout.x[source[edge]]);
    const y0 = toScreenY(camera, stage, layout.y[source[edge]]);
    const x1 = toScreenX(camera, stage, endX(layout, target[edge], source[edge], into));
    const gap = radiusPx(frame, target[edge]) + 1.5;
    const y1 = toScreenY(camera, stage, layout.y[target[edge]]) + gap;
    bundles[step * 2 * slots + side].push(x0, y0, x1, y1);
    if (step >= 2) {
      const size = 2.6 + step * 0.6;
      heads[side].push(
        x1,
        y1 - 0.5,
        x1 - size * 0.7,
        y1 + size * 1.5,
        x1 + size * 0.7,
        y1 + size * 1.5,
      );
    }
  }
  bundles.forEach((segments, bundle) => {
    const step = Math.floor(bundle / (2 * slots));
    const negative = bundle % 2 === 1;
    painter.curves(segments, {
      colour: edgeColour(theme, !negative, (bundle >> 1) % slots, by),
      width: 0.8 + 0.55 * step + extraWidth * strength,
      alpha: strength * (0.3 + 0.15 * step),
      dash: negative ? [5, 3] : undefined,
    });
  });
  if (strength < 1) return;
  heads.forEach((corners, side) => {
    painter.triangles(corners, { fill: edgeColour(theme, side % 2 === 0, side >> 1, by) });
  });
}

/** Letters under a lit head and those it feeds most, where queries, keys and values come in. */
export function paintSlots(painter: Painter, frame: Frame, edges: FocusEdges): void {
  const { scene, theme, camera, stage } = frame;
  const { slot, target } = scene.data.edges;
  if (!slot) return;
  const seen = new Set<string>();
  for (const edge of [...edges.inputs, ...edges.outputs.slice(-LETTERED_OUTPUTS)]) {
    const row = target[edge];
    const key = `${row}.${slot[edge]}`;
    const half = scene.layout.halfBox[row] * camera.zoom;
    if (slot[edge] === 0 || seen.has(key) || half < LEAST_LETTERED_PX) continue;
    seen.add(key);
    const x = toScreenX(camera, stage, endX(scene.layout, row, row, slot[edge]));
    const y = screenY(frame, row) + radiusPx(frame, row) + 9;
    painter.text(SLOTS[slot[edge]] ?? "", x + 3, y, {
      size: LABEL_PX,
      colour: theme.slots[slot[edge] - 1] ?? theme.ink,
      family: theme.mono,
      weight: 700,
      halo: theme.ground,
    });
  }
}

/** Outputs wear a second ring, so that both sides stay apart where they share a column. */
export function paintOutputRings(painter: Painter, frame: Frame, edges: FocusEdges): void {
  const rings: number[] = [];
  for (const edge of edges.outputs) {
    const row = frame.scene.data.edges.target[edge];
    if (frame.scene.layout.halfBox[row] > 0) continue;
    rings.push(screenX(frame, row), screenY(frame, row), radiusPx(frame, row) + 2.5);
  }
  painter.circles(rings, { stroke: frame.theme.inkMuted, width: 0.9 });
}

export function paintRings(painter: Painter, frame: Frame, focus: Focus): void {
  const { theme, scene } = frame;
  const ring = (row: number, colour: string, gap: number, width: number) => {
    if (!scene.mask[row]) return;
    if (scene.layout.halfBox[row] > 0) {
      const box = boxOf(painter, frame, row);
      const rect = [box.x - gap, box.y - gap, box.width + 2 * gap, box.height + 2 * gap];
      painter.rects(rect, { stroke: colour, width, radius: 5 + gap });
      return;
    }
    const circle = [screenX(frame, row), screenY(frame, row), radiusPx(frame, row) + gap];
    painter.circles(circle, { stroke: colour, width });
  };
  for (const row of focus.pins) ring(row, theme.pin, 3.2, 2.2);
  if (focus.selected !== null) {
    ring(focus.selected, theme.ground, 2.2, 4.5);
    ring(focus.selected, theme.focus, 2.4, 2.2);
  }
  if (focus.hovered !== null && focus.hovered !== focus.selected) {
    ring(focus.hovered, theme.focus, 2, 1.4);
  }
}
