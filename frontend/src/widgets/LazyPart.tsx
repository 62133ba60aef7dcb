import { Component, type ReactNode, Suspense } from "react";
import { Button } from "./Button";
import styles from "./LazyPart.module.css";

interface LazyPartProps {
  /** Shown while the part is fetched. */
  readonly fallback?: ReactNode;
  readonly children: ReactNode;
}

/** Code fetched when first needed. When it cannot be, only this part says so; the rest stays. */
export class LazyPart extends Component<LazyPartProps, { readonly error: unknown }> {
  override state = { error: null };

  static getDerivedStateFromError(error: unknown) {
    return { error };
  }

  override render() {
    const { fallback, children } = this.props;
    const { error } = this.state;
    if (error === null) return <Suspense fallback={fallback}>{children}</Suspense>;
    if (!isFetchFault(error)) throw error;
    return <UpdatedNote />;
  }
}

/** The page is older than the server, or the server is away: a reload tells. */
export function UpdatedNote() {
  return (
    <div className={styles.note} role="alert">
      <p>
        <strong>Headwater was updated while this page was open,</strong> or stopped. Reload to go
        on: the address keeps your view.
      </p>
      <Button size="s" onClick={() => location.reload()}>
        Reload
      </Button>
    </div>
  );
}

/** As browsers word it when a chunk of code cannot be had. */
export function isFetchFault(error: unknown): boolean {
  return (
    error instanceof Error &&
    /dynamically imported module|importing a module script failed|error loading dynamically|preload/i.test(
      error.message,
    )
  );
}
