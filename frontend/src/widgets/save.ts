/** Files handed to the reader, and a word when there is none. */
import { asProblem } from "../api/problem";
import { showToast } from "./toasts";

export function reportFailure(work: Promise<void> | undefined): void {
  work?.catch((error: unknown) => showToast(`Not exported. ${asProblem(error).message}`));
}

export function save(blob: Blob, name: string): void {
  const address = URL.createObjectURL(blob);
  const anchor = Object.assign(document.createElement("a"), { href: address, download: name });
  anchor.click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

export const saveText = (text: string, name: string, type = "text/plain"): void =>
  save(new Blob([text], { type: `${type};charset=utf-8` }), name);
