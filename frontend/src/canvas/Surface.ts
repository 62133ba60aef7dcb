import { CanvasPainter } from "./CanvasPainter";

/** A canvas in CSS pixels. */
export class Surface {
  readonly element = document.createElement("canvas");
  readonly painter: CanvasPainter;
  private readonly context: CanvasRenderingContext2D;
  private density = 1;

  constructor() {
    const context = this.element.getContext("2d");
    if (!context) throw new Error("This browser cannot draw on a canvas.");
    this.context = context;
    this.painter = new CanvasPainter(context);
    Object.assign(this.element.style, {
      position: "absolute",
      left: "0",
      top: "0",
      pointerEvents: "none",
    });
  }

  resize(width: number, height: number, density: number): void {
    this.density = density;
    this.element.width = Math.max(1, Math.round(width * density));
    this.element.height = Math.max(1, Math.round(height * density));
    this.element.style.width = `${width}px`;
    this.element.style.height = `${height}px`;
  }

  paint(draw: (painter: CanvasPainter) => void): void {
    this.context.setTransform(1, 0, 0, 1, 0, 0);
    this.context.clearRect(0, 0, this.element.width, this.element.height);
    this.context.setTransform(this.density, 0, 0, this.density, 0, 0);
    draw(this.painter);
  }

  measure(text: string, font: string): number {
    this.context.font = font;
    return this.context.measureText(text).width;
  }
}
