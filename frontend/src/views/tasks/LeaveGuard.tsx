import { useBlocker } from "@tanstack/react-router";
import { Button } from "../../widgets/Button";
import { Dialog } from "../../widgets/Dialog";
import styles from "./LeaveGuard.module.css";

/** Asks before unsaved changes are left behind, by a link here or by closing the page. */
export function LeaveGuard({ isChanged }: { readonly isChanged: boolean }) {
  const blocker = useBlocker({
    shouldBlockFn: ({ current, next }) => isChanged && current.pathname !== next.pathname,
    enableBeforeUnload: isChanged,
    withResolver: true,
  });
  if (blocker.status !== "blocked") return null;
  return (
    <Dialog isOpen title="Leave without saving?" onClose={blocker.reset}>
      <p className={styles.words}>Your changes to this task are only on this page.</p>
      <div className={styles.ways}>
        <Button look="danger" onClick={blocker.proceed}>
          Leave, lose changes
        </Button>
        <Button look="primary" onClick={blocker.reset}>
          Stay here
        </Button>
      </div>
    </Dialog>
  );
}
