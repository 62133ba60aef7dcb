import { useExplorer } from "../../state/explorer";
import { Button } from "../../widgets/Button";
import { count, score } from "../../widgets/format";
import { Popover } from "../../widgets/Popover";
import { Facts, flatten } from "./Facts";

/** Where the graph comes from and what it was made with: enough to make it again. */
export function Provenance() {
  const { summary } = useExplorer().data;
  const rows: [name: string, value: unknown][] = [
    ["Graph", summary.id],
    ["Model", summary.model],
    ["Dictionaries", summary.dictionaries],
    ["Traced", new Date(summary.created_at).toLocaleString()],
    [
      "Size",
      `${count(summary.n_nodes)} nodes, ${count(summary.n_edges)} edges, ${count(summary.n_features)} features`,
    ],
    [
      "Scores",
      `replacement ${score(summary.replacement_score)}, completeness ${score(summary.completeness_score)}, leaf-free ${score(summary.completeness_score_leaf_free)}`,
    ],
    ...flatten(summary.method, "").filter(([, value]) => value !== null),
    ...flatten(summary.provenance, "").filter(([name]) => !name.startsWith("method")),
  ];
  return (
    <Popover
      title="How this graph was made"
      trigger={
        <Button
          look="quiet"
          icon="info"
          aria-label="How this graph was made"
          title="How this graph was made"
        />
      }
    >
      <Facts rows={rows} />
    </Popover>
  );
}
