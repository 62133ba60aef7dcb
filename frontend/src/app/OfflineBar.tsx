import { useSyncExternalStore } from "react";
import { Icon } from "../widgets/icons";
import styles from "./OfflineBar.module.css";

function subscribe(onChange: () => void) {
  window.addEventListener("online", onChange);
  window.addEventListener("offline", onChange);
  return () => {
    window.removeEventListener("online", onChange);
    window.removeEventListener("offline", onChange);
  };
}

export function OfflineBar() {
  const isOnline = useSyncExternalStore(subscribe, () => navigator.onLine);
  if (isOnline || location.hostname === "localhost" || location.hostname === "127.0.0.1")
    return null;
  return (
    <div className={styles.bar} role="status">
      <Icon name="offline" /> This device is offline. What is on screen stays; new requests wait.
    </div>
  );
}
