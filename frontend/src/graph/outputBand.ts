import { boxName, probabilityText } from "./names";
import type { GraphData } from "./types";

/** The strip above all columns where the targets stand, in world units. */
export interface Band {
  readonly top: number;
  readonly bottom: number;
  /** Columns end here: between them and the band nothing stands, so that edges can fan out. */
  readonly columnsTop: number;
  /** The column whose prediction (or feature) this is. */
  readonly column: number;
}

/**
 * Boxes are measured in the pixels of a usual window, since text does not grow with the graph;
 * the layout turns them into world units once it knows how wide the graph became.
 */
export interface BandPlan {
  readonly lines: readonly (readonly Slot[])[];
  readonly column: number;
  readonly windowWidth: number;
  readonly gap: number;
  /** Without the gap below. */
  readonly height: number;
  readonly lineHeight: number;
}

interface Slot {
  readonly row: number;
  readonly width: number;
}

const LINE_PX = 27;
const PAD_PX = 6;
const GAP_PX = 30;
const LETTER_PX = 6.7;
const BOX_AIR_PX = 26;
const SLIMMEST_PX = 40;
const WIDEST_PX = 190;
const MOST_LINES = 3;
/** A low window is for the graph, not for its outputs. */
const MOST_OF_HEIGHT = 0.24;
const MOST_GROWTH = 1.25;

/** Lines of boxes for the targets, likeliest first; null when there are none. */
export function planBand(data: GraphData, windowWidth: number, aspect: number): BandPlan | null {
  if (data.targets.length === 0) return null;
  const slots = data.targets.map((row) => ({ row, width: slotWidth(data, row) }));
  const room = (windowWidth / aspect) * MOST_OF_HEIGHT;
  const most = Math.max(1, Math.min(MOST_LINES, Math.floor(room / LINE_PX)));
  const lines = breakLines(slots, windowWidth, most);
  return {
    lines,
    column: Math.max(0, data.nodes.position[data.targets[0]]),
    windowWidth,
    gap: Math.min(GAP_PX, room / 2),
    height: lines.length * LINE_PX + 2 * PAD_PX,
    lineHeight: LINE_PX,
  };
}

function slotWidth(data: GraphData, row: number): number {
  const note = probabilityText(data, row).length * LETTER_PX;
  const name = [...boxName(data, row)].length * LETTER_PX;
  return Math.min(WIDEST_PX, Math.max(SLIMMEST_PX, name + note + BOX_AIR_PX));
}

/** As few lines as fit, all about equally full; slimmer boxes rather than too many lines. */
function breakLines(slots: readonly Slot[], room: number, most: number): Slot[][] {
  for (let count = 1; count <= most; count++) {
    const lines = chunks(slots, Math.ceil(slots.length / count));
    const widest = Math.max(...lines.map(widthOf));
    if (widest <= room)
      return lines.map((line) => scaled(line, Math.min(MOST_GROWTH, room / widest)));
  }
  return chunks(slots, Math.ceil(slots.length / most)).map((line) =>
    scaled(line, Math.min(1, room / widthOf(line))),
  );
}

const scaled = (line: readonly Slot[], by: number): Slot[] =>
  line.map(({ row, width }) => ({ row, width: width * by }));

function chunks<T>(items: readonly T[], size: number): T[][] {
  const out: T[][] = [];
  for (let at = 0; at < items.length; at += size) out.push(items.slice(at, at + size));
  return out;
}

const widthOf = (line: readonly Slot[]): number => line.reduce((sum, slot) => sum + slot.width, 0);

export interface PlacedSlot {
  readonly row: number;
  readonly x: number;
  readonly y: number;
  readonly halfWidth: number;
}

/**
 * The likeliest stands above the column that predicts it, the others beside it in falling order
 * towards the side with more room; further lines lie above. So the strongest edges are short.
 */
export function placeSlots(
  plan: BandPlan,
  center: number,
  width: number,
  bottom: number,
): PlacedSlot[] {
  const unit = width / plan.windowWidth;
  const leftward = center > width / 2;
  return plan.lines.flatMap((line, number) => {
    const total = widthOf(line) * unit;
    // Lines are set like bricks: an edge into an upper box passes between lower ones.
    const first = number % 2 === 0 ? (line[0].width * unit) / 2 : 0;
    let at = leftward
      ? Math.min(width, Math.max(total, center + first))
      : Math.max(0, Math.min(width - total, center - first));
    const y = bottom - (PAD_PX + (number + 0.5) * plan.lineHeight) * unit;
    return line.map(({ row, width: px }) => {
      const slot = px * unit;
      const x = leftward ? at - slot / 2 : at + slot / 2;
      at += leftward ? -slot : slot;
      return { row, x, y, halfWidth: slot / 2 - 3 * unit };
    });
  });
}
