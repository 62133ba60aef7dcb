import { Fragment } from "react";
import { printedKey } from "../../state/actions";
import { useExplorer } from "../../state/explorer";
import { Dialog } from "../../widgets/Dialog";
import { commandsOf } from "./commands";
import styles from "./HelpSheet.module.css";

const WITH_THE_MOUSE: readonly [what: string, does: string][] = [
  ["Wheel, drag", "move"],
  ["Ctrl + wheel, pinch", "zoom at the pointer"],
  ["Click", "select a node"],
  ["Ctrl or Shift + click, long press", "pin a node"],
];

export default function HelpSheet({ onClose }: { readonly onClose: () => void }) {
  const commands = commandsOf(useExplorer().path);
  const groups = [...new Set(commands.map(({ group }) => group))];
  return (
    <Dialog isOpen title="Keys and commands" onClose={onClose}>
      <div className={styles.groups}>
        {groups.map((group) => (
          <section key={group}>
            <h3>{group}</h3>
            <dl>
              {commands
                .filter((command) => command.group === group)
                .map(({ id, label, keys }) => (
                  <div key={id}>
                    <dt>{label}</dt>
                    <dd>
                      {keys.map((key, i) => (
                        <Fragment key={key}>
                          {i > 0 && " or "}
                          <span className={styles.combination}>
                            {printedKey(key).map((part) => (
                              <kbd key={part}>{part}</kbd>
                            ))}
                          </span>
                        </Fragment>
                      ))}
                    </dd>
                  </div>
                ))}
            </dl>
          </section>
        ))}
        <section>
          <h3>Pointer</h3>
          <dl>
            {WITH_THE_MOUSE.map(([what, does]) => (
              <div key={what}>
                <dt>{does[0]?.toUpperCase() + does.slice(1)}</dt>
                <dd>{what}</dd>
              </div>
            ))}
          </dl>
        </section>
      </div>
    </Dialog>
  );
}
