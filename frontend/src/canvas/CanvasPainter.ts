import type { Rect } from "../base/geometry";
import type { Paint, Painter, Stroke, TextStyle } from "./painter";
import { curveOf, fontOf } from "./painter";

type Context = CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D;

/** Text widths by font, shared by all painters: measuring is the dearest call on a frame. */
const widths = new Map<string, Map<string, number>>();

export class CanvasPainter implements Painter {
  constructor(readonly context: Context) {}

  curves(s: ArrayLike<number>, stroke: Stroke): void {
    this.startStroke(stroke);
    // One path each: crossings darken as they do on the GPU, and it is no slower (48 per path
    // took 66 ms for a redraw of 1,200 edges in software, one per path 50).
    for (let i = 0; i < s.length; i += 4) {
      const [ax, ay, bx, by] = curveOf(s[i], s[i + 1], s[i + 2], s[i + 3]);
      this.context.beginPath();
      this.context.moveTo(s[i], s[i + 1]);
      this.context.bezierCurveTo(ax, ay, bx, by, s[i + 2], s[i + 3]);
      this.context.stroke();
    }
    this.endStroke(stroke);
  }

  circles(s: ArrayLike<number>, paint: Paint): void {
    this.context.beginPath();
    for (let i = 0; i < s.length; i += 3) {
      this.context.moveTo(s[i] + s[i + 2], s[i + 1]);
      this.context.arc(s[i], s[i + 1], s[i + 2], 0, 2 * Math.PI);
    }
    this.fillAndStroke(paint);
  }

  diamonds(s: ArrayLike<number>, paint: Paint): void {
    this.context.beginPath();
    for (let i = 0; i < s.length; i += 3) {
      const [x, y, r] = [s[i], s[i + 1], s[i + 2] * 1.15];
      this.context.moveTo(x, y - r);
      this.context.lineTo(x + r, y);
      this.context.lineTo(x, y + r);
      this.context.lineTo(x - r, y);
      this.context.closePath();
    }
    this.fillAndStroke(paint);
  }

  pluses(s: ArrayLike<number>, stroke: Stroke): void {
    this.startStroke(stroke);
    this.context.beginPath();
    for (let i = 0; i < s.length; i += 3) {
      this.context.moveTo(s[i] - s[i + 2], s[i + 1]);
      this.context.lineTo(s[i] + s[i + 2], s[i + 1]);
      this.context.moveTo(s[i], s[i + 1] - s[i + 2]);
      this.context.lineTo(s[i], s[i + 1] + s[i + 2]);
    }
    this.context.stroke();
    this.endStroke(stroke);
  }

  rects(s: ArrayLike<number>, paint: Paint): void {
    this.context.beginPath();
    for (let i = 0; i < s.length; i += 4) {
      if (paint.radius) this.context.roundRect(s[i], s[i + 1], s[i + 2], s[i + 3], paint.radius);
      else this.context.rect(s[i], s[i + 1], s[i + 2], s[i + 3]);
    }
    this.fillAndStroke(paint);
  }

  lines(s: ArrayLike<number>, stroke: Stroke): void {
    this.startStroke(stroke);
    this.context.beginPath();
    for (let i = 0; i < s.length; i += 4) {
      this.context.moveTo(s[i], s[i + 1]);
      this.context.lineTo(s[i + 2], s[i + 3]);
    }
    this.context.stroke();
    this.endStroke(stroke);
  }

  triangles(s: ArrayLike<number>, paint: Paint): void {
    this.context.beginPath();
    for (let i = 0; i < s.length; i += 6) {
      this.context.moveTo(s[i], s[i + 1]);
      this.context.lineTo(s[i + 2], s[i + 3]);
      this.context.lineTo(s[i + 4], s[i + 5]);
      this.context.closePath();
    }
    this.fillAndStroke(paint);
  }

  text(text: string, x: number, y: number, style: TextStyle): void {
    const c = this.context;
    this.setFont(fontOf(style));
    c.textAlign = style.align ?? "left";
    c.textBaseline = "middle";
    c.globalAlpha = style.alpha ?? 1;
    if (style.rotate) {
      c.save();
      c.translate(x, y);
      c.rotate((style.rotate * Math.PI) / 180);
      c.translate(-x, -y);
    }
    if (style.halo) {
      c.lineJoin = "round";
      c.lineWidth = 3;
      c.strokeStyle = style.halo;
      c.strokeText(text, x, y);
    }
    c.fillStyle = style.colour;
    c.fillText(text, x, y);
    if (style.rotate) c.restore();
    c.globalAlpha = 1;
  }

  measure(text: string, style: TextStyle): number {
    const font = fontOf(style);
    const known = widths.get(font) ?? new Map<string, number>();
    widths.set(font, known);
    let width = known.get(text);
    if (width === undefined) {
      this.setFont(font);
      width = this.context.measureText(text).width;
      if (known.size > 5000) known.clear();
      known.set(text, width);
    }
    return width;
  }

  clip(area: Rect, draw: () => void): void {
    this.context.save();
    this.context.beginPath();
    this.context.rect(area.x, area.y, area.width, area.height);
    this.context.clip();
    draw();
    this.context.restore();
  }

  /** Without ligatures: a token is shown letter by letter, "<|" must not become one sign. */
  private setFont(font: string): void {
    this.context.font = font;
    this.context.textRendering = "optimizeSpeed";
  }

  private startStroke(stroke: Stroke): void {
    this.context.strokeStyle = stroke.colour;
    this.context.lineWidth = stroke.width;
    this.context.globalAlpha = stroke.alpha ?? 1;
    if (stroke.dash) this.context.setLineDash([...stroke.dash]);
  }

  private endStroke(stroke: Stroke): void {
    this.context.globalAlpha = 1;
    if (stroke.dash) this.context.setLineDash([]);
  }

  private fillAndStroke(paint: Paint): void {
    this.context.globalAlpha = paint.alpha ?? 1;
    if (paint.fill) {
      this.context.fillStyle = paint.fill;
      this.context.fill();
    }
    if (paint.stroke) {
      this.context.strokeStyle = paint.stroke;
      this.context.lineWidth = paint.width ?? 1;
      this.context.stroke();
    }
    this.context.globalAlpha = 1;
  }
}

/** Forget widths, e.g. once web fonts have arrived. */
export function forgetTextWidths(): void {
  widths.clear();
}
