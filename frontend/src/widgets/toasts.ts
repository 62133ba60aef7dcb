/** Short messages that pass by; the reader may undo what they announce. */
import { createStore } from "zustand/vanilla";

export interface Toast {
  readonly id: number;
  readonly text: string;
  readonly action?: { readonly label: string; readonly run: () => void };
}

const SHOWN_MS = 5_000;
let lastId = 0;

export const toastStore = createStore<{ toasts: readonly Toast[] }>(() => ({ toasts: [] }));

export function dismissToast(id: number): void {
  toastStore.setState(({ toasts }) => ({ toasts: toasts.filter((toast) => toast.id !== id) }));
}

export function showToast(text: string, action?: Toast["action"]): void {
  lastId += 1;
  const id = lastId;
  toastStore.setState(({ toasts }) => ({
    toasts: [...toasts.slice(-2), { id, text, ...(action ? { action } : {}) }],
  }));
  setTimeout(() => dismissToast(id), SHOWN_MS);
}
