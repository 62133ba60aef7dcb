import { longName, sublayerName } from "../../graph/names";
import { nodeId } from "../../graph/nodeId";
import type { GraphData } from "../../graph/types";

/**
 * Rows that match every word of the query, strongest first. A word matches a node's name, id,
 * automatic name, layer ("L3"), token ("Mary") or position ("@9").
 */
export function findNodes(
  data: GraphData,
  query: string,
  names: ReadonlyMap<number, string> = new Map(),
): number[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  const rows: number[] = [];
  for (let row = 0; row < data.nodes.count; row++) {
    const text = `${searchText(data, row)} ${names.get(row)?.toLowerCase() ?? ""}`;
    if (words.every((word) => text.includes(word))) rows.push(row);
  }
  const influence = data.nodes.influence;
  return rows.sort((a, b) => (influence[b] ?? 0) - (influence[a] ?? 0));
}

const texts = new WeakMap<GraphData, string[]>();

function searchText(data: GraphData, row: number): string {
  let all = texts.get(data);
  if (!all) {
    all = Array.from({ length: data.nodes.count }, (_, i) => textOf(data, i));
    texts.set(data, all);
  }
  return all[row] ?? "";
}

function textOf(data: GraphData, row: number): string {
  const { layer, position } = data.nodes;
  const at = position[row] ?? 0;
  const sublayer = data.circuit ? sublayerName(data, row) : "";
  return [
    longName(data, row),
    nodeId(data, row),
    sublayer,
    `l${layer[row]}`,
    `@${at}`,
    data.tokens[at],
  ]
    .join(" ")
    .toLowerCase();
}
