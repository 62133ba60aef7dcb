import { useStore } from "zustand";
import { Button } from "./Button";
import styles from "./Toasts.module.css";
import { dismissToast, toastStore } from "./toasts";

export function Toasts() {
  const toasts = useStore(toastStore, (state) => state.toasts);
  return (
    <section className={styles.toasts} aria-label="Messages" aria-live="polite">
      {toasts.map((toast) => (
        <div key={toast.id} className={styles.toast}>
          <span>{toast.text}</span>
          {toast.action && (
            <Button
              look="quiet"
              size="s"
              className={styles.action}
              onClick={() => {
                toast.action?.run();
                dismissToast(toast.id);
              }}
            >
              {toast.action.label}
            </Button>
          )}
        </div>
      ))}
    </section>
  );
}
