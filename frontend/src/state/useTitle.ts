import { useEffect } from "react";

/** What the browser's tab and history say. */
export function useTitle(title: string | null): void {
  useEffect(() => {
    document.title = title ? `${title} · Headwater` : "Headwater";
  }, [title]);
}
