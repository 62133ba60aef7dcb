import { Canvas2dRenderer } from "./canvas2d";
import type { Renderer } from "./renderer";
import { WebGl2Renderer } from "./webgl2";

export interface Choice {
  readonly renderer: Renderer;
  readonly reason: string;
}

/** Chromium hands out software GL even when asked not to (FRONTEND.md 2.1), so look at its name. */
const SOFTWARE = /swiftshader|llvmpipe|softpipe|basic render|software/i;
/** Clearing and reading back a small target takes under 3 ms on graphics hardware. */
const PROBE_MS = 20;

/** The fastest renderer here: WebGL2 with graphics hardware, else Canvas2D. */
export function chooseRenderer(
  forced: "canvas2d" | "webgl2" | undefined,
  onLost: () => void,
): Choice {
  if (forced === "canvas2d") return { renderer: new Canvas2dRenderer(), reason: "asked for" };
  const refusal = forced === "webgl2" ? null : whyNotWebGl();
  if (refusal !== null) return { renderer: new Canvas2dRenderer(), reason: refusal };
  try {
    const renderer = new WebGl2Renderer(onLost);
    return { renderer, reason: forced ? "asked for" : "graphics hardware" };
  } catch (error) {
    return { renderer: new Canvas2dRenderer(), reason: `WebGL2 failed: ${error}` };
  }
}

let known: string | null | undefined;

function whyNotWebGl(): string | null {
  if (known === undefined) known = probe();
  return known;
}

function probe(): string | null {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 256;
  const gl = canvas.getContext("webgl2");
  if (!gl) return "no WebGL2";
  try {
    const info = gl.getExtension("WEBGL_debug_renderer_info");
    const name = String(gl.getParameter(info ? info.UNMASKED_RENDERER_WEBGL : gl.RENDERER));
    if (SOFTWARE.test(name)) return `software graphics (${name})`;
    const before = performance.now();
    const pixel = new Uint8Array(4);
    for (let i = 0; i < 4; i++) {
      gl.clearColor(i / 4, 0, 0, 1);
      gl.clear(gl.COLOR_BUFFER_BIT);
      gl.readPixels(0, 0, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, pixel);
    }
    const took = performance.now() - before;
    return took > PROBE_MS ? `slow graphics (${took.toFixed(0)} ms)` : null;
  } finally {
    gl.getExtension("WEBGL_lose_context")?.loseContext();
  }
}
