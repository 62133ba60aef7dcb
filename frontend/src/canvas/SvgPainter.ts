import type { Rect } from "../base/geometry";
import type { Paint, Painter, Stroke, TextStyle } from "./painter";
import { curveOf, fontOf } from "./painter";

/** Draws to SVG source: vectors for print, text that can be selected and searched. */
export class SvgPainter implements Painter {
  private readonly parts: string[] = [];
  private clips = 0;

  /** `measureText` comes from a canvas where there is one, so that labels fit alike. */
  constructor(private readonly measureText?: (text: string, font: string) => number) {}

  /** The finished document. */
  finish(width: number, height: number, ground: string, title: string): string {
    return [
      `<svg xmlns="http://www.w3.org/2000/svg" width="${n(width)}" height="${n(height)}" viewBox="0 0 ${n(width)} ${n(height)}" role="img">`,
      `<title>${escapeXml(title)}</title>`,
      `<rect width="100%" height="100%" fill="${ground}"/>`,
      ...this.parts,
      "</svg>",
      "",
    ].join("\n");
  }

  curves(s: ArrayLike<number>, stroke: Stroke): void {
    if (s.length === 0) return;
    this.parts.push(`<g fill="none"${strokeAttributes(stroke)}>`);
    for (let i = 0; i < s.length; i += 4) {
      const c = curveOf(s[i], s[i + 1], s[i + 2], s[i + 3]);
      this.parts.push(
        `<path d="M${n(s[i])} ${n(s[i + 1])}C${n(c[0])} ${n(c[1])} ${n(c[2])} ${n(c[3])} ${n(s[i + 2])} ${n(s[i + 3])}"/>`,
      );
    }
    this.parts.push("</g>");
  }

  circles(s: ArrayLike<number>, paint: Paint): void {
    this.group(
      s,
      3,
      paint,
      (i) => `<circle cx="${n(s[i])}" cy="${n(s[i + 1])}" r="${n(s[i + 2])}"/>`,
    );
  }

  diamonds(s: ArrayLike<number>, paint: Paint): void {
    this.group(s, 3, paint, (i) => {
      const r = n(s[i + 2] * 1.15);
      return `<path d="M${n(s[i])} ${n(s[i + 1] - s[i + 2] * 1.15)}l${r} ${r}l-${r} ${r}l-${r} -${r}z"/>`;
    });
  }

  pluses(s: ArrayLike<number>, stroke: Stroke): void {
    if (s.length === 0) return;
    let path = "";
    for (let i = 0; i < s.length; i += 3) {
      const r = s[i + 2];
      path += `M${n(s[i] - r)} ${n(s[i + 1])}h${n(2 * r)}M${n(s[i])} ${n(s[i + 1] - r)}v${n(2 * r)}`;
    }
    this.parts.push(`<path d="${path}" fill="none"${strokeAttributes(stroke)}/>`);
  }

  rects(s: ArrayLike<number>, paint: Paint): void {
    const rx = paint.radius ? ` rx="${n(paint.radius)}"` : "";
    this.group(
      s,
      4,
      paint,
      (i) =>
        `<rect x="${n(s[i])}" y="${n(s[i + 1])}" width="${n(s[i + 2])}" height="${n(s[i + 3])}"${rx}/>`,
    );
  }

  lines(s: ArrayLike<number>, stroke: Stroke): void {
    if (s.length === 0) return;
    let path = "";
    for (let i = 0; i < s.length; i += 4) {
      path += `M${n(s[i])} ${n(s[i + 1])}L${n(s[i + 2])} ${n(s[i + 3])}`;
    }
    this.parts.push(`<path d="${path}" fill="none"${strokeAttributes(stroke)}/>`);
  }

  triangles(s: ArrayLike<number>, paint: Paint): void {
    this.group(
      s,
      6,
      paint,
      (i) =>
        `<path d="M${n(s[i])} ${n(s[i + 1])}L${n(s[i + 2])} ${n(s[i + 3])}L${n(s[i + 4])} ${n(s[i + 5])}z"/>`,
    );
  }

  text(text: string, x: number, y: number, style: TextStyle): void {
    const anchor = { left: "start", center: "middle", right: "end" }[style.align ?? "left"];
    const attributes = [
      `x="${n(x)}"`,
      `y="${n(y)}"`,
      `text-anchor="${anchor}"`,
      'dominant-baseline="central"',
      'style="font-variant-ligatures:none"',
      `font-size="${n(style.size)}"`,
      `font-family='${style.family.replaceAll("'", "")}'`,
      `fill="${style.colour}"`,
    ];
    if (style.weight) attributes.push(`font-weight="${style.weight}"`);
    if (style.alpha !== undefined && style.alpha < 1)
      attributes.push(`opacity="${n(style.alpha)}"`);
    if (style.rotate) attributes.push(`transform="rotate(${n(style.rotate)} ${n(x)} ${n(y)})"`);
    if (style.halo) {
      attributes.push(
        `stroke="${style.halo}" stroke-width="3" stroke-linejoin="round" paint-order="stroke"`,
      );
    }
    this.parts.push(`<text ${attributes.join(" ")}>${escapeXml(text)}</text>`);
  }

  measure(text: string, style: TextStyle): number {
    return (
      this.measureText?.(text, fontOf(style)) ??
      [...text].length * style.size * (style.family.includes("mono") ? 0.6 : 0.55)
    );
  }

  clip(area: Rect, draw: () => void): void {
    const id = `clip${this.clips++}`;
    this.parts.push(
      `<clipPath id="${id}"><rect x="${n(area.x)}" y="${n(area.y)}" width="${n(area.width)}" height="${n(area.height)}"/></clipPath>`,
      `<g clip-path="url(#${id})">`,
    );
    draw();
    this.parts.push("</g>");
  }

  /** A dimmed group, as the screen dims its lower canvas. */
  dimmed(opacity: number, draw: () => void): void {
    if (opacity >= 1) {
      draw();
      return;
    }
    this.parts.push(`<g opacity="${n(opacity)}">`);
    draw();
    this.parts.push("</g>");
  }

  private group(
    s: ArrayLike<number>,
    step: number,
    paint: Paint,
    shape: (at: number) => string,
  ): void {
    if (s.length === 0) return;
    const stroke = paint.stroke
      ? ` stroke="${paint.stroke}" stroke-width="${n(paint.width ?? 1)}"`
      : "";
    const alpha =
      paint.alpha !== undefined && paint.alpha < 1 ? ` opacity="${n(paint.alpha)}"` : "";
    this.parts.push(`<g fill="${paint.fill ?? "none"}"${stroke}${alpha}>`);
    for (let i = 0; i < s.length; i += step) this.parts.push(shape(i));
    this.parts.push("</g>");
  }
}

function strokeAttributes(stroke: Stroke): string {
  const dash = stroke.dash ? ` stroke-dasharray="${stroke.dash.join(" ")}"` : "";
  const alpha =
    stroke.alpha !== undefined && stroke.alpha < 1 ? ` stroke-opacity="${n(stroke.alpha)}"` : "";
  return ` stroke="${stroke.colour}" stroke-width="${n(stroke.width)}"${alpha}${dash}`;
}

const n = (value: number): string => String(Math.round(value * 100) / 100);

function escapeXml(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replace(/\p{Cc}/gu, " ");
}
