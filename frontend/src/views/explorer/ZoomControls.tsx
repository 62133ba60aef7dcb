import { useExplorer } from "../../state/explorer";
import { Button } from "../../widgets/Button";
import { classes } from "../../widgets/classes";
import { useCommands } from "./CommandHost";
import styles from "./ZoomControls.module.css";

export function ZoomControls() {
  const run = useCommands();
  const { data } = useExplorer();
  return (
    <div
      className={classes(styles.zoom, data.circuit && styles.across)}
      role="group"
      aria-label="Zoom"
    >
      <Button
        size="s"
        icon="help"
        className={styles.help}
        aria-label="Keys and commands"
        title="Keys and commands (?)"
        onClick={() => run("help")}
      />
      <Button
        size="s"
        icon="plus"
        aria-label="Zoom in"
        title="Zoom in (+)"
        onClick={() => run("zoom-in")}
      />
      <Button
        size="s"
        icon="minus"
        aria-label="Zoom out"
        title="Zoom out (−)"
        onClick={() => run("zoom-out")}
      />
      <Button
        size="s"
        icon="fit"
        aria-label="Fit everything"
        title="Fit everything (0)"
        onClick={() => run("fit")}
      />
    </div>
  );
}
