import { Popover as Base } from "@base-ui/react/popover";
import type { ReactElement, ReactNode } from "react";
import styles from "./Popover.module.css";

interface PopoverProps {
  /** The button that opens it. */
  readonly trigger: ReactElement<Record<string, unknown>>;
  readonly title: string;
  readonly side?: "top" | "bottom" | "left" | "right";
  readonly align?: "start" | "center" | "end";
  readonly opensOnHover?: boolean;
  readonly children: ReactNode;
}

/** An explanation beside what it explains; opens by click, key or, for short ones, hover. */
export function Popover(props: PopoverProps) {
  const { trigger, title, side = "bottom", align = "end", opensOnHover = false, children } = props;
  return (
    <Base.Root>
      <Base.Trigger render={trigger} openOnHover={opensOnHover} delay={180} />
      <Base.Portal>
        <Base.Positioner
          side={side}
          align={align}
          sideOffset={8}
          collisionPadding={12}
          className={styles.positioner}
        >
          <Base.Popup className={styles.popup}>
            <Base.Title className={styles.title}>{title}</Base.Title>
            <div className={styles.body}>{children}</div>
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}
