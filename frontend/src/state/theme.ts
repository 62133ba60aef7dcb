/** Light, dark, or as the system says. The choice is kept on this device. */
import { createStore } from "zustand/vanilla";

export type ThemeChoice = "light" | "dark" | "system";

const KEY = "headwater.theme";
const systemDark = window.matchMedia("(prefers-color-scheme: dark)");
const moreContrast = window.matchMedia("(prefers-contrast: more)");

interface ThemeState {
  readonly choice: ThemeChoice;
  readonly isDark: boolean;
  readonly isHighContrast: boolean;
}

function read(): ThemeState {
  const set = document.documentElement.dataset.theme;
  const choice = set === "light" || set === "dark" ? set : "system";
  return {
    choice,
    isDark: choice === "system" ? systemDark.matches : choice === "dark",
    isHighContrast: moreContrast.matches,
  };
}

export const themeStore = createStore<ThemeState>(read);

for (const query of [systemDark, moreContrast])
  query.addEventListener("change", () => themeStore.setState(read()));

export function setTheme(choice: ThemeChoice): void {
  const root = document.documentElement;
  if (choice === "system") delete root.dataset.theme;
  else root.dataset.theme = choice;
  try {
    if (choice === "system") localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, choice);
  } catch {
    // Storage may be forbidden; the choice then lasts as long as the page.
  }
  themeStore.setState(read());
}

export function toggleTheme(): void {
  setTheme(themeStore.getState().isDark ? "light" : "dark");
}
