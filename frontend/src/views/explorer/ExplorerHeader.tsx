import { boxName, targetsHeading } from "../../graph/names";
import { useExplorer } from "../../state/explorer";
import { useTitle } from "../../state/useTitle";
import { Button } from "../../widgets/Button";
import { isProbable, probability } from "../../widgets/format";
import { TopBar } from "../TopBar";
import { useCommands } from "./CommandHost";
import explorer from "./Explorer.module.css";
import styles from "./ExplorerHeader.module.css";
import { ExportMenu } from "./ExportMenu";
import { Provenance } from "./Provenance";
import { Scores } from "./Scores";

export function ExplorerHeader() {
  const { data } = useExplorer();
  const run = useCommands();
  const { summary } = data;
  useTitle(summary.prompt);
  const top = data.targets[0];
  return (
    <TopBar>
      <div className={styles.what}>
        <h1 className={explorer.prompt} title={summary.prompt}>
          {summary.prompt}
        </h1>
        {top !== undefined && (
          <p className={styles.target} title={targetsHeading(data)}>
            <span className="visuallyHidden">explains </span>
            <code>{boxName(data, top)}</code>
            {isProbable(summary) && (
              <span className={styles.share}>
                {probability(data.nodes.probability[top] ?? 0)}
                {data.targets.length > 1 && ` and ${data.targets.length - 1} more`}
              </span>
            )}
          </p>
        )}
      </div>
      <Scores />
      <div className={styles.actions}>
        <Provenance />
        <ExportMenu />
        <Button
          icon="link"
          onClick={() => run("copy-link")}
          title="Copy a link to exactly this view (Shift+C)"
        >
          <span className={styles.long}>Copy link</span>
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
