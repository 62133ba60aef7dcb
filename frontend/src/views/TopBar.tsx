import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useStore } from "zustand";
import { themeStore, toggleTheme } from "../state/theme";
import { Button } from "../widgets/Button";
import { Logo } from "../widgets/Logo";
import styles from "./TopBar.module.css";

/** The line on top of every view: home on the left, the view's own things, the theme. */
export function TopBar({ children }: { readonly children?: ReactNode }) {
  const isDark = useStore(themeStore, (state) => state.isDark);
  return (
    <header className={styles.bar}>
      <Link to="/" className={styles.home} aria-label="Headwater: new trace">
        <Logo />
        <span className={styles.name}>Headwater</span>
      </Link>
      <div className={styles.middle}>{children}</div>
      <Button
        look="quiet"
        icon={isDark ? "sun" : "moon"}
        aria-label={isDark ? "Use the light theme" : "Use the dark theme"}
        title={isDark ? "Light theme" : "Dark theme"}
        onClick={toggleTheme}
      />
    </header>
  );
}
