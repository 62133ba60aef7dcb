import { useExplorer } from "../../state/explorer";
import { Button } from "../../widgets/Button";
import { count } from "../../widgets/format";
import { Popover } from "../../widgets/Popover";
import { showToast } from "../../widgets/toasts";
import { type Fact, Facts, flatten } from "../explorer/Facts";
import styles from "./Circuit.module.css";

/** Where the circuit comes from: the paragraph for a paper, residuals, settings, fingerprints. */
export function CircuitProvenance() {
  const { data } = useExplorer();
  const summary = data.circuit?.summary;
  if (!summary) return null;
  const provenance = flatten(summary.provenance, "").filter(
    ([name, value]) => value !== null && !/^(method|task)\b/.test(name),
  );
  const isResidual = ([name]: Fact) => /residual|remainder|unexplained/i.test(name);
  const residual = provenance.filter(isResidual);
  const rows: Fact[] = [
    ["Circuit", summary.id],
    ["Model", summary.model],
    ...Object.entries(summary.dictionaries).map(([site, set]): Fact => [`${site} dictionary`, set]),
    ["Task", `${summary.task.title} (${summary.task.name})`],
    ["Examples as tokens", summary.task.fingerprint],
    ["Found", new Date(summary.created_at).toLocaleString()],
    ["Size", `${count(summary.n_nodes)} nodes, ${count(summary.n_edges)} edges`],
    ...flatten(summary.method, "").filter(([, value]) => value !== null),
    ...provenance.filter((fact) => !isResidual(fact)),
  ];

  async function copy() {
    try {
      await navigator.clipboard.writeText(summary?.methods_text ?? "");
      showToast("Methods paragraph copied.");
    } catch {
      showToast("The browser forbids copying here. Select the paragraph and copy it by hand.");
    }
  }

  return (
    <Popover
      title="How this circuit was made"
      trigger={
        <Button
          look="quiet"
          icon="info"
          aria-label="How this circuit was made"
          title="How this circuit was made: methods paragraph, residuals, settings"
        />
      }
    >
      <section className={styles.methods}>
        <div className={styles.methodsHead}>
          <h3>Methods paragraph</h3>
          <Button size="s" onClick={copy}>
            Copy
          </Button>
        </div>
        <p>{summary.methods_text}</p>
      </section>
      {residual.length > 0 && (
        <section className={styles.methods}>
          <h3>Residuals of its own sum rules</h3>
          <Facts rows={residual} />
        </section>
      )}
      <Facts rows={rows} />
    </Popover>
  );
}
