import { percent, plain, probability, signed, visibleToken } from "../base/text";
import type { CircuitSummary, GraphData } from "./types";
import { Kind } from "./types";

/** Short enough to stand beside a dot: a token, a feature's number, a kind. */
export function shortName(data: GraphData, row: number): string {
  const { kind, index, position, label } = data.nodes;
  switch (kind[row]) {
    case Kind.embedding:
      return data.circuit ? "input" : visibleToken(data.tokens[position[row]] ?? "");
    case Kind.head:
      return `h${index[row]}`;
    case Kind.mlp:
      return "MLP";
    case Kind.feature:
      return `${index[row]}`;
    case Kind.logit:
      if (data.circuit) return "logits";
      if (isDifference(data)) return label[row].split(" − ").map(visibleToken).join(" − ");
      return label[row] === "" ? `#${index[row]}` : visibleToken(label[row]);
    case Kind.error:
      return "error";
    case Kind.bias:
      return "bias";
    case Kind.start:
      return "start";
    default:
      return "position";
  }
}

/** One logit minus another: its node stands for no token and has no probability. */
function isDifference({ summary }: GraphData): boolean {
  const targets = summary.method.targets as { kind?: unknown } | undefined;
  return targets?.kind === "logit_difference";
}

/** "" for whatever the model gives no probability to. */
export function probabilityText(data: GraphData, row: number): string {
  const share = data.nodes.probability[row];
  return share > 0 && !isDifference(data) ? probability(share) : "";
}

/** The text of a box: a feature needs its layer, since the band of targets has none. */
export function boxName(data: GraphData, row: number): string {
  const { kind, layer } = data.nodes;
  const name = shortName(data, row);
  return kind[row] === Kind.feature ? `L${layer[row]} · ${name}` : name;
}

/** What the graph explains, and where: the heading of the band of targets. */
export function targetsHeading(data: GraphData): string {
  const { kind, position } = data.nodes;
  const first = data.targets[0];
  if (first === undefined) return "";
  if (data.circuit) return metricHeading(data.circuit.summary);
  const token = visibleToken(data.tokens[position[first]] ?? "");
  if (kind[first] === Kind.feature) return `Feature explained, at ${token}`;
  if (isDifference(data)) return `Difference of logits after ${token}`;
  return kind[first] === Kind.logit ? `Next token after ${token}` : `Explained, at ${token}`;
}

/** What a circuit explains, with both ends of the change that its effects divide. */
function metricHeading({ metric_clean, metric_patch, method }: CircuitSummary): string {
  const name = metricName(method);
  if (metric_clean === null || metric_patch === null) return name;
  return `${name}: ${plain(metric_clean)} clean, ${plain(metric_patch)} patched`;
}

/** "Logit difference"; the server writes `logit_difference`, or an object for a feature. */
export function metricName(method: Readonly<Record<string, unknown>>): string {
  const { metric } = method;
  if (typeof metric === "object" && metric !== null) return "Activation of a feature";
  const text = typeof metric === "string" ? metric : "logit_difference";
  if (text === "kl") return "KL divergence";
  const words = text.replaceAll("_", " ");
  return `${words[0].toUpperCase()}${words.slice(1)}`;
}

/** The sublayer of a circuit's node as people say it: "L3 residual". */
export const sublayerName = (data: GraphData, row: number): string =>
  data.circuit?.rows[data.line[row]]?.name ?? `L${data.nodes.layer[row]}`;

/** What stands below a column: a token with its spaces shown, or a bin's plain name. */
export function columnName({ circuit, tokens }: GraphData, column: number): string {
  if (!circuit) return visibleToken(tokens[column] ?? "");
  return tokens.length === 1 ? "all positions" : (tokens[column] ?? "");
}

/** Where a node stands: its token, or the circuit's bin; "" when all positions were summed. */
export const placeName = (data: GraphData, row: number): string =>
  data.circuit && data.tokens.length <= 1 ? "" : (data.tokens[data.nodes.position[row]] ?? "");

function longCircuitName(data: GraphData, row: number): string {
  const { kind, layer, index } = data.nodes;
  switch (kind[row]) {
    case Kind.embedding:
      return "Input embeddings";
    case Kind.logit:
      return "Logits";
    case Kind.head:
      return `Head ${layer[row]}.${index[row]}`;
    case Kind.mlp:
      return `MLP of layer ${layer[row]}`;
    case Kind.error:
      return `Error of ${sublayerName(data, row)}`;
    default:
      return `Feature ${index[row]} of ${sublayerName(data, row)}`;
  }
}

/** What blue and orange say of a node: raising the target, or supporting the behaviour. */
export const signWords = ({ circuit }: GraphData): readonly [positive: string, negative: string] =>
  circuit ? ["supports", "opposes"] : ["raises", "lowers"];

/** What a node is, in full. */
export function longName(data: GraphData, row: number): string {
  const { kind, layer } = data.nodes;
  if (data.circuit) return longCircuitName(data, row);
  const name = shortName(data, row);
  switch (kind[row]) {
    case Kind.embedding:
      return `Token ${name}`;
    case Kind.feature:
      return `Feature ${layer[row]} · ${name}`;
    case Kind.logit:
      return `Output ${name}`;
    case Kind.error:
      return `Error of layer ${layer[row]}`;
    case Kind.bias:
      return `Bias of layer ${layer[row]}`;
    case Kind.start:
      return `Start-of-text terms of layer ${layer[row]}`;
    default:
      return "Position embedding";
  }
}

/** Where it is and how much it matters, in one line. */
export function describeNode(data: GraphData, row: number): string {
  const { kind, position, influence, activation } = data.nodes;
  if (data.circuit) return describeInCircuit(data, row);
  const parts = [`at ${position[row]} ${visibleToken(data.tokens[position[row]] ?? "")}`];
  if (kind[row] === Kind.feature) parts.push(`activation ${plain(activation[row])}`);
  const likely = probabilityText(data, row);
  if (likely) parts.push(`probability ${likely}`);
  if (kind[row] !== Kind.logit) parts.push(`influence ${percent(influence[row])}`);
  return parts.join(" · ");
}

function describeInCircuit(data: GraphData, row: number): string {
  const place = placeName(data, row);
  const parts = place === "" ? [] : [`at ${place}`];
  if (data.nodes.kind[row] !== Kind.logit) {
    parts.push(`effect ${signed(data.circuit?.effect[row] ?? Number.NaN)}`);
    parts.push(`${percent(data.nodes.influence[row])} of all effects`);
  }
  return parts.join(" · ") || "what the circuit explains";
}
