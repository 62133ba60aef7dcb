import { Dialog as Base } from "@base-ui/react/dialog";
import type { ReactNode } from "react";
import { Button } from "./Button";
import styles from "./Dialog.module.css";

interface DialogProps {
  readonly isOpen: boolean;
  readonly title: string;
  readonly isTitleHidden?: boolean;
  readonly onClose: () => void;
  readonly children: ReactNode;
}

export function Dialog({ isOpen, title, isTitleHidden, onClose, children }: DialogProps) {
  return (
    <Base.Root open={isOpen} onOpenChange={(open) => !open && onClose()}>
      <Base.Portal>
        <Base.Backdrop className={styles.backdrop} />
        <Base.Popup className={styles.popup}>
          <div className={isTitleHidden ? "visuallyHidden" : styles.head}>
            <Base.Title className={styles.title}>{title}</Base.Title>
            {!isTitleHidden && (
              <Base.Close
                render={<Button look="quiet" size="s" icon="close" aria-label="Close" />}
              />
            )}
          </div>
          {children}
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}
