import { parseHex } from "../base/colour";
import { Kind } from "../graph/types";
import type { Frame } from "./frame";
import { ARCH, ARCH_MOST, ARCH_REACH, BOW, BOW_MOST, BOW_REACH } from "./painter";
import { frameEdgeAlpha } from "./paintGraph";
import type { Renderer } from "./renderer";
import type { Scene } from "./scene";
import {
  DOT_PX,
  detailLevel,
  edgeStroke,
  LEAST_RADIUS_PX,
  LEVELS,
  nodeScale,
  outlineWidth,
  paletteOf,
} from "./style";

/** Points along a curve: at 24 a full-height curve stays within a third of a pixel. */
const SEGMENTS = 24;

const EDGE_VERTEX = `#version 300 es
layout(location=0) in vec2 corner;   // along 0..1, side -1..1
layout(location=1) in vec4 ends;     // world: source, target
uniform vec4 view;                   // scale x y, offset x y: world to CSS pixels
uniform vec2 size;
uniform float width;
out float across;
out float along;
vec2 curve(vec2 a, vec2 b, vec2 c, vec2 d, float t) {
  float s = 1.0 - t;
  return s*s*s*a + 3.0*s*s*t*b + 3.0*s*t*t*c + t*t*t*d;
}
void main() {
  vec2 a = ends.xy * view.xy + view.zw;
  vec2 d = ends.zw * view.xy + view.zw;
  float rise = (a.y - d.y) * 0.5;
  float bow = min(${BOW_MOST.toFixed(1)}, ${BOW} * abs(a.y - d.y))
    * max(0.0, 1.0 - abs(d.x - a.x) / ${BOW_REACH.toFixed(1)});
  float arch = min(${ARCH_MOST.toFixed(1)}, ${ARCH} * abs(d.x - a.x))
    * max(0.0, 1.0 - abs(a.y - d.y) / ${ARCH_REACH.toFixed(1)});
  vec2 b = vec2(a.x + bow, a.y - rise - arch);
  vec2 c = vec2(d.x + bow, d.y + rise - arch);
  float t = corner.x;
  float e = 0.004;
  vec2 p = curve(a, b, c, d, t);
  vec2 forward = curve(a, b, c, d, min(1.0, t + e)) - curve(a, b, c, d, max(0.0, t - e));
  forward = length(forward) < 1e-6 ? vec2(0.0, -1.0) : normalize(forward);
  float half_ = width * 0.5 + 0.7;
  across = corner.y * half_;
  along = t * length(d - a) * 1.12;
  vec2 at = p + vec2(-forward.y, forward.x) * corner.y * half_;
  gl_Position = vec4(at / size * 2.0 - 1.0, 0.0, 1.0);
  gl_Position.y = -gl_Position.y;
}`;

const EDGE_FRAGMENT = `#version 300 es
precision highp float;
in float across;
in float along;
uniform vec4 colour;                 // premultiplied by nothing
uniform float width;
uniform vec2 dash;                   // on, period; 0 when solid
out vec4 result;
void main() {
  float cover = clamp(width * 0.5 + 0.5 - abs(across), 0.0, min(1.0, width));
  if (dash.y > 0.0 && mod(along, dash.y) > dash.x) discard;
  float a = colour.a * cover;
  result = vec4(colour.rgb * a, a);
}`;

const NODE_VERTEX = `#version 300 es
layout(location=0) in vec2 corner;
layout(location=1) in vec4 node;     // world x y, radius, shape
layout(location=2) in float level;
uniform vec4 view;
uniform vec2 size;
uniform vec2 radii;                  // scale, least
uniform float line;
uniform vec4 fills[${2 * LEVELS + 1}];
uniform vec4 pales[${2 * LEVELS + 1}];
uniform vec4 lines[${2 * LEVELS + 1}];
uniform vec4 dots[${2 * LEVELS + 1}];
uniform vec4 plus;
out vec2 at;
flat out float radius;
flat out float shape;
flat out vec4 fill;
flat out vec4 stroke;
void main() {
  int i = int(level) + ${LEVELS};
  radius = max(radii.y, node.z * radii.x);
  shape = node.w;
  if (shape == 1.0) radius *= 1.15;
  if (shape == 2.0) radius = max(2.0, radius);
  bool isDot = radius < (shape == 1.0 ? ${DOT_PX} * 1.15 : ${DOT_PX});
  fill = isDot ? dots[i] : shape == 1.0 ? pales[i] : fills[i];
  stroke = shape == 2.0 ? plus : isDot ? dots[i] : lines[i];
  float reach = radius + line + 1.0;
  at = corner * reach;
  vec2 p = node.xy * view.xy + view.zw + at;
  gl_Position = vec4(p / size * 2.0 - 1.0, 0.0, 1.0);
  gl_Position.y = -gl_Position.y;
}`;

const NODE_FRAGMENT = `#version 300 es
precision highp float;
in vec2 at;
flat in float radius;
flat in float shape;
flat in vec4 fill;
flat in vec4 stroke;
uniform float line;
out vec4 result;
void main() {
  float away;
  if (shape == 2.0) {
    vec2 p = abs(at);
    float arm = max(min(p.x, p.y) - line * 0.5, max(p.x, p.y) - radius);
    float cover = clamp(0.5 - arm, 0.0, 1.0);
    result = vec4(stroke.rgb * cover, cover);
    return;
  }
  away = shape == 1.0 ? (abs(at.x) + abs(at.y) - radius) * 0.7071 : length(at) - radius;
  float inside = clamp(0.5 - away, 0.0, 1.0);
  bool isDot = fill == stroke;
  float ring = isDot ? 0.0 : clamp(line * 0.5 + 0.5 - abs(away), 0.0, 1.0);
  float a = max(inside, ring);
  result = vec4(mix(fill.rgb, stroke.rgb, ring) * a, a);
}`;

/** The renderer for graphics hardware: everything is uploaded once, a frame sets uniforms. */
export class WebGl2Renderer implements Renderer {
  readonly name = "webgl2";
  readonly element = document.createElement("canvas");
  redrawMs = 0;
  private readonly gl: WebGL2RenderingContext;
  private readonly edgeProgram: Program;
  private readonly nodeProgram: Program;
  private readonly strip: WebGLBuffer;
  private readonly square: WebGLBuffer;
  private scene: Scene | null = null;
  private bundles: { buffer: WebGLBuffer; count: number }[] = [];
  private nodes: { buffer: WebGLBuffer; count: number } | null = null;
  private width = 1;
  private height = 1;

  constructor(onLost: () => void) {
    const gl = this.element.getContext("webgl2", { antialias: false, premultipliedAlpha: true });
    if (!gl) throw new Error("no WebGL2");
    this.gl = gl;
    this.element.addEventListener("webglcontextlost", (event) => {
      event.preventDefault();
      onLost();
    });
    this.edgeProgram = new Program(gl, EDGE_VERTEX, EDGE_FRAGMENT);
    this.nodeProgram = new Program(gl, NODE_VERTEX, NODE_FRAGMENT);
    const strip: number[] = [];
    for (let i = 0; i <= SEGMENTS; i++) strip.push(i / SEGMENTS, -1, i / SEGMENTS, 1);
    this.strip = upload(gl, Float32Array.from(strip));
    this.square = upload(gl, Float32Array.from([-1, -1, 1, -1, -1, 1, 1, 1]));
  }

  resize(width: number, height: number, density: number): void {
    this.width = width;
    this.height = height;
    this.element.width = Math.max(1, Math.round(width * density));
    this.element.height = Math.max(1, Math.round(height * density));
    this.element.style.width = `${width}px`;
    this.element.style.height = `${height}px`;
  }

  draw(frame: Frame): boolean {
    const before = performance.now();
    const { gl } = this;
    if (frame.scene !== this.scene) this.load(frame.scene);
    gl.viewport(0, 0, this.element.width, this.element.height);
    gl.clearColor(0, 0, 0, 0);
    gl.clear(gl.COLOR_BUFFER_BIT);
    gl.enable(gl.BLEND);
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
    this.drawEdges(frame);
    if (detailLevel(frame.camera.zoom) !== "far") this.drawNodes(frame);
    this.redrawMs = performance.now() - before;
    return true;
  }

  destroy(): void {
    this.gl.getExtension("WEBGL_lose_context")?.loseContext();
    this.element.remove();
  }

  private load(scene: Scene): void {
    const { gl } = this;
    for (const { buffer } of this.bundles) gl.deleteBuffer(buffer);
    if (this.nodes) gl.deleteBuffer(this.nodes.buffer);
    this.bundles = scene.bundles.map(({ segments }) => ({
      buffer: upload(gl, segments),
      count: segments.length / 4,
    }));
    const { layout, mask, level, data } = scene;
    const packed: number[] = [];
    for (let row = 0; row < mask.length; row++) {
      if (!mask[row] || layout.halfBox[row] > 0) continue;
      const kind = data.nodes.kind[row];
      const shape = kind === Kind.feature ? 0 : kind === Kind.error ? 1 : 2;
      packed.push(layout.x[row], layout.y[row], layout.radius[row], shape, level[row]);
    }
    this.nodes = { buffer: upload(gl, Float32Array.from(packed)), count: packed.length / 5 };
    this.scene = scene;
  }

  private setView(program: Program, { camera, stage }: Frame): void {
    const { zoom } = camera;
    const x = stage.x + stage.width / 2 - camera.x * zoom;
    const y = stage.y + stage.height / 2 - camera.y * zoom;
    this.gl.uniform4f(program.uniform("view"), zoom, zoom, x, y);
    this.gl.uniform2f(program.uniform("size"), this.width, this.height);
  }

  private drawEdges(frame: Frame): void {
    const { gl, edgeProgram: program } = this;
    program.start();
    this.setView(program, frame);
    attribute(gl, this.strip, 0, 2, 0, 0, 0);
    const alpha = frameEdgeAlpha(frame);
    frame.scene.bundles.forEach((bundle, i) => {
      const { buffer, count } = this.bundles[i];
      const stroke = edgeStroke(
        frame.theme,
        bundle,
        frame.scene.edgeColour,
        alpha,
        frame.camera.zoom,
      );
      attribute(gl, buffer, 1, 4, 0, 0, 1);
      gl.uniform4f(program.uniform("colour"), ...rgb(stroke.colour), stroke.alpha ?? 1);
      gl.uniform1f(program.uniform("width"), stroke.width);
      const [on, off] = stroke.dash ?? [0, 0];
      gl.uniform2f(program.uniform("dash"), on, on + off);
      gl.drawArraysInstanced(gl.TRIANGLE_STRIP, 0, 2 * (SEGMENTS + 1), count);
    });
  }

  private drawNodes(frame: Frame): void {
    const { gl, nodeProgram: program, nodes } = this;
    if (!nodes || nodes.count === 0) return;
    const palette = paletteOf(frame.theme);
    program.start();
    this.setView(program, frame);
    gl.uniform2f(program.uniform("radii"), nodeScale(frame.camera.zoom), LEAST_RADIUS_PX);
    gl.uniform1f(program.uniform("line"), outlineWidth(frame.camera.zoom));
    gl.uniform4fv(program.uniform("fills[0]"), table(palette.fill));
    gl.uniform4fv(program.uniform("pales[0]"), table(palette.pale));
    gl.uniform4fv(program.uniform("lines[0]"), table(palette.line));
    gl.uniform4fv(program.uniform("dots[0]"), table(palette.dot));
    gl.uniform4f(program.uniform("plus"), ...rgb(frame.theme.neutralLine), 1);
    attribute(gl, this.square, 0, 2, 0, 0, 0);
    attribute(gl, nodes.buffer, 1, 4, 20, 0, 1);
    attribute(gl, nodes.buffer, 2, 1, 20, 16, 1);
    gl.drawArraysInstanced(gl.TRIANGLE_STRIP, 0, 4, nodes.count);
  }
}

class Program {
  private readonly program: WebGLProgram;
  private readonly places = new Map<string, WebGLUniformLocation | null>();

  constructor(
    private readonly gl: WebGL2RenderingContext,
    vertex: string,
    fragment: string,
  ) {
    this.program = gl.createProgram();
    for (const [type, source] of [
      [gl.VERTEX_SHADER, vertex],
      [gl.FRAGMENT_SHADER, fragment],
    ] as const) {
      const shader = gl.createShader(type);
      if (!shader) throw new Error("lost before it began");
      gl.shaderSource(shader, source);
      gl.compileShader(shader);
      gl.attachShader(this.program, shader);
    }
    gl.linkProgram(this.program);
    if (!gl.getProgramParameter(this.program, gl.LINK_STATUS)) {
      throw new Error(gl.getProgramInfoLog(this.program) ?? "shaders do not link");
    }
  }

  start(): void {
    // biome-ignore lint/correctness/useHookAtTopLevel: WebGL, not React
    this.gl.useProgram(this.program);
  }

  uniform(name: string): WebGLUniformLocation | null {
    let place = this.places.get(name);
    if (place === undefined) {
      place = this.gl.getUniformLocation(this.program, name);
      this.places.set(name, place);
    }
    return place;
  }
}

function upload(gl: WebGL2RenderingContext, values: Float32Array): WebGLBuffer {
  const buffer = gl.createBuffer();
  gl.bindBuffer(gl.ARRAY_BUFFER, buffer);
  gl.bufferData(gl.ARRAY_BUFFER, values, gl.STATIC_DRAW);
  return buffer;
}

function attribute(
  gl: WebGL2RenderingContext,
  buffer: WebGLBuffer,
  place: number,
  size: number,
  stride: number,
  offset: number,
  divisor: number,
): void {
  gl.bindBuffer(gl.ARRAY_BUFFER, buffer);
  gl.enableVertexAttribArray(place);
  gl.vertexAttribPointer(place, size, gl.FLOAT, false, stride, offset);
  gl.vertexAttribDivisor(place, divisor);
}

const rgb = (hex: string): [number, number, number] => {
  const [r, g, b] = parseHex(hex);
  return [r / 255, g / 255, b / 255];
};

const table = (colours: readonly string[]): Float32Array =>
  Float32Array.from(colours.flatMap((colour) => [...rgb(colour), 1]));
