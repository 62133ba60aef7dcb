import { Menu as Base } from "@base-ui/react/menu";
import type { ReactElement } from "react";
import styles from "./Menu.module.css";

export interface MenuEntry {
  readonly label: string;
  readonly note?: string;
  readonly run: () => void;
}

interface MenuProps {
  readonly trigger: ReactElement<Record<string, unknown>>;
  readonly entries: readonly MenuEntry[];
}

export function Menu({ trigger, entries }: MenuProps) {
  return (
    <Base.Root>
      <Base.Trigger render={trigger} />
      <Base.Portal>
        <Base.Positioner
          align="end"
          sideOffset={8}
          collisionPadding={12}
          className={styles.positioner}
        >
          <Base.Popup className={styles.popup}>
            {entries.map(({ label, note, run }) => (
              <Base.Item key={label} className={styles.item} onClick={run}>
                <span>{label}</span>
                {note && <small>{note}</small>}
              </Base.Item>
            ))}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}
