import { percent, plain, probability, visibleToken } from "../base/text";
import type { GraphData } from "./types";
import { Kind } from "./types";

/** Short enough to stand beside a dot: a token, a feature's number, a kind. */
export function shortName(data: GraphData, row: number): string {
  const { kind, index, position, label } = data.nodes;
  switch (kind[row]) {
    case Kind.embedding:
      return visibleToken(data.tokens[position[row]] ?? "");
    case Kind.feature:
      return `${index[row]}`;
    case Kind.logit:
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
  const token = visibleToken(data.tokens[position[first]] ?? "");
  if (kind[first] === Kind.feature) return `Feature explained, at ${token}`;
  if (isDifference(data)) return `Difference of logits after ${token}`;
  return kind[first] === Kind.logit ? `Next token after ${token}` : `Explained, at ${token}`;
}

/** What a node is, in full. */
export function longName(data: GraphData, row: number): string {
  const { kind, layer } = data.nodes;
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
  const parts = [`at ${position[row]} ${visibleToken(data.tokens[position[row]] ?? "")}`];
  if (kind[row] === Kind.feature) parts.push(`activation ${plain(activation[row])}`);
  const likely = probabilityText(data, row);
  if (likely) parts.push(`probability ${likely}`);
  if (kind[row] !== Kind.logit) parts.push(`influence ${percent(influence[row])}`);
  return parts.join(" · ");
}
