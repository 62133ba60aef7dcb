import { signWords } from "../graph/names";
import { SLOTS } from "../graph/types";
import { CanvasPainter } from "./CanvasPainter";
import type { Focus } from "./focus";
import type { Frame } from "./frame";
import { paintAxes } from "./paintAxes";
import type { Painter, TextStyle } from "./painter";
import { paintGraph, paintGround } from "./paintGraph";
import { dimming, paintTop } from "./paintTop";
import { SvgPainter } from "./SvgPainter";

/** Room under the view for the legend, in CSS pixels. */
export const LEGEND_PX = 26;

/** The current view on any medium, with a legend: what PNG and SVG export. */
export function drawPicture<P extends Painter>(
  painter: P,
  frame: Frame,
  focus: Focus,
  labels: ReadonlyMap<number, string>,
  dimmed: (opacity: number, draw: (painter: Painter) => void) => void,
): void {
  const still = { ...focus, hovered: null };
  const { stage, width } = frame;
  const inside = { x: stage.x, y: 0, width: width - stage.x, height: stage.y + stage.height };
  painter.clip(inside, () => {
    paintGround(painter, frame);
    dimmed(dimming(still, frame.theme), (layer) => paintGraph(layer, frame));
    paintTop(painter, frame, { focus: still, labels, tooltip: false });
  });
  paintAxes(painter, frame, still);
  paintLegend(painter, frame);
}

/** A picture travels without the page: it must say itself what its signs mean and what is missing. */
function paintLegend(painter: Painter, frame: Frame): void {
  const { theme, scene, width, height } = frame;
  const { view, nodes } = scene.data;
  const style: TextStyle = { size: 11, colour: theme.inkMuted, family: theme.font };
  const shown = scene.mask.reduce((sum, bit) => sum + bit, 0);
  const parts = [
    `${shown} of ${Math.max(view.nodes_total, nodes.count)} nodes`,
    `${scene.edges.drawn} of ${view.edges_total} edges`,
    scene.data.circuit
      ? "strongest by |effect| and |weight|"
      : `node threshold ${view.node_threshold}, edge threshold ${view.edge_threshold}`,
  ];
  const y = height + LEGEND_PX / 2;
  let x = 12;
  const key = (colour: string, dash: [number, number] | undefined, text: string) => {
    painter.lines([x, y, x + 18, y], { colour, width: 2, dash });
    painter.text(text, x + 23, y, style);
    x += 23 + painter.measure(text, style) + 14;
  };
  const [positive, negative] = signWords(scene.data);
  if (scene.edgeColour === "slot") {
    for (const slot of [1, 2, 3] as const) key(theme.slots[slot - 1], undefined, SLOTS[slot]);
    key(theme.inkMuted, [5, 3], negative);
  } else {
    key(theme.positiveLine, undefined, positive);
    key(theme.negativeLine, [5, 3], negative);
  }
  const note = parts.join(" · ");
  if (x + painter.measure(note, style) < width - 8) {
    painter.text(note, width - 8, y, { ...style, align: "right" });
  }
}

/** A PNG of the frame, `scale` device pixels per CSS pixel. */
export function toPng(
  frame: Frame,
  focus: Focus,
  labels: ReadonlyMap<number, string>,
  scale: number,
): Promise<Blob> {
  const { width } = frame;
  const height = frame.height + LEGEND_PX;
  const sheet = () => {
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(width * scale);
    canvas.height = Math.round(height * scale);
    const context = canvas.getContext("2d");
    if (!context) throw new Error("This browser cannot draw on a canvas.");
    context.scale(scale, scale);
    return { canvas, context };
  };
  const { canvas, context } = sheet();
  context.fillStyle = frame.theme.ground;
  context.fillRect(0, 0, width, height);
  const painter = new CanvasPainter(context);
  drawPicture(painter, frame, focus, labels, (opacity, draw) => {
    if (opacity >= 1) return draw(painter);
    const layer = sheet();
    draw(new CanvasPainter(layer.context));
    context.globalAlpha = opacity;
    context.drawImage(layer.canvas, 0, 0, width, height);
    context.globalAlpha = 1;
  });
  return new Promise((resolve, reject) =>
    canvas.toBlob((blob) =>
      blob ? resolve(blob) : reject(new Error("The picture is too large for this browser.")),
    ),
  );
}

/** The frame as a standalone SVG: vectors, selectable text, a legend. */
export function toSvg(
  frame: Frame,
  focus: Focus,
  labels: ReadonlyMap<number, string>,
  measureText: (text: string, font: string) => number,
): string {
  const painter = new SvgPainter(measureText);
  drawPicture(painter, frame, focus, labels, (opacity, draw) =>
    painter.dimmed(opacity, () => draw(painter)),
  );
  const { width, height, theme } = frame;
  return painter.finish(width, height + LEGEND_PX, theme.ground, frame.scene.data.summary.prompt);
}
