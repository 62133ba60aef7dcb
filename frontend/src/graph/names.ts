import { percent, plain, visibleToken } from "../base/text";
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
  const { kind, position, influence, activation, probability } = data.nodes;
  const parts = [`at ${position[row]} ${visibleToken(data.tokens[position[row]] ?? "")}`];
  if (kind[row] === Kind.feature) parts.push(`activation ${plain(activation[row])}`);
  if (kind[row] === Kind.logit) parts.push(`probability ${percent(probability[row])}`);
  else parts.push(`influence ${percent(influence[row])}`);
  return parts.join(" · ");
}
