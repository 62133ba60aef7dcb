import { Link } from "@tanstack/react-router";
import { metricName } from "../../graph/names";
import { useExplorer } from "../../state/explorer";
import { useTitle } from "../../state/useTitle";
import { Button } from "../../widgets/Button";
import { classes } from "../../widgets/classes";
import { count, figure, percent } from "../../widgets/format";
import { Icon } from "../../widgets/icons";
import { Popover } from "../../widgets/Popover";
import { CHANCE } from "../circuits/TaskAccuracy";
import { useCommands } from "../explorer/CommandHost";
import explorer from "../explorer/Explorer.module.css";
import header from "../explorer/ExplorerHeader.module.css";
import { TopBar } from "../TopBar";
import styles from "./Circuit.module.css";
import { CircuitProvenance } from "./CircuitProvenance";
import { DownloadMenu } from "./DownloadMenu";
import { methodTitle } from "./methodTitle";

/** What was asked of which model, and how well it does the task at all. */
export function CircuitHeader() {
  const { data, graph } = useExplorer();
  const run = useCommands();
  const summary = data.circuit?.summary;
  useTitle(summary ? `${data.summary.prompt}, ${methodTitle(summary.method)}` : null);
  if (!summary) return null;
  const { metric_clean, metric_patch, accuracy, task } = summary;
  return (
    <TopBar>
      <div className={classes(header.what, styles.what)}>
        <h1 className={explorer.prompt} title={`${data.summary.prompt} · ${summary.model}`}>
          {data.summary.prompt}
        </h1>
        <p className={classes(header.target, styles.method)} title="Method">
          <span className="visuallyHidden">found by </span>
          {methodTitle(summary.method)}
        </p>
      </div>
      <Popover
        title="The model on this task"
        trigger={
          <button
            type="button"
            className={styles.figures}
            data-warns={accuracy !== null && accuracy <= CHANCE}
          >
            {accuracy !== null && accuracy <= CHANCE && <Icon name="warning" />}
            <span className={styles.long}>{summary.model} ·</span>{" "}
            <span className={styles.long}>{count(task.n_train)} examples ·</span>{" "}
            <span>
              {accuracy === null ? "metric" : percent(accuracy)}
              {accuracy !== null && <span className={styles.word}> right</span>}
              <span className={styles.long}>
                {metric_clean !== null &&
                  ` · ${figure(metric_clean)}${metric_patch === null ? "" : ` → ${figure(metric_patch)}`}`}
              </span>
            </span>
          </button>
        }
      >
        <p>
          {metricName(summary.method)}, mean over examples:{" "}
          {metric_clean === null ? "–" : figure(metric_clean)} on clean prompts
          {metric_patch !== null && <>, {figure(metric_patch)} on patch prompts</>}. Effects and
          weights on this page are in its units: how far it falls when a node goes from clean to
          patch.
        </p>
        {accuracy !== null && (
          <p>
            The model gets {percent(accuracy)} of the examples right (metric above zero).{" "}
            {accuracy > CHANCE
              ? "A circuit of a task that the model cannot do explains little."
              : "That is no better than chance: this circuit explains a behaviour that the model does not show."}
          </p>
        )}
        <p>
          Found on {count(task.n_train)} of {count(task.n_examples)} examples;{" "}
          {count(task.n_evaluation)} are set aside for evaluation
          {task.n_dropped > 0 && <>; {count(task.n_dropped)} could not be used with this model</>}.
        </p>
      </Popover>
      <div className={header.actions}>
        <CircuitProvenance />
        <DownloadMenu />
        <Link
          to="/compare"
          search={{ a: graph }}
          className={styles.compare}
          aria-label="Compare with another circuit"
          title="Compare with another circuit"
        >
          <Icon name="graph" />
          <span className={styles.word}>Compare</span>
        </Link>
        <Button
          icon="link"
          className={styles.copy}
          onClick={() => run("copy-link")}
          title="Copy a link to exactly this view (Shift+C)"
        >
          <span className={header.long}>Copy link</span>
        </Button>
        <Button
          look="quiet"
          icon="help"
          aria-label="Keys and commands"
          title="Keys and commands (?)"
          onClick={() => run("help")}
        />
      </div>
    </TopBar>
  );
}
