import { TopBar } from "../views/TopBar";
import { Button } from "../widgets/Button";
import { isFetchFault, UpdatedNote } from "../widgets/LazyPart";
import styles from "./Screens.module.css";

/** A fault in the page itself: say so, keep the address, offer the way back. */
export function ErrorScreen({ error }: { readonly error: unknown }) {
  if (isFetchFault(error))
    return (
      <>
        <TopBar />
        <main className={styles.screen} id="main">
          <h1>Reload to go on</h1>
          <UpdatedNote />
        </main>
      </>
    );
  return (
    <>
      <TopBar />
      <main className={styles.screen} id="main">
        <h1>This page broke</h1>
        <p>
          A fault in Headwater's page, not in your graph: everything stored is safe, and the address
          still holds your view.
        </p>
        <pre className={styles.detail}>
          {error instanceof Error ? error.message : String(error)}
        </pre>
        <Button look="primary" onClick={() => location.reload()}>
          Reload
        </Button>
      </main>
    </>
  );
}
