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
      <div className={styles.middle}>{children ?? <Places />}</div>
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

/** The places one starts from; a view with things of its own on the line leads home instead. */
function Places() {
  return (
    <nav className={styles.places} aria-label="Places">
      <Link to="/" activeOptions={{ exact: true }}>
        Trace
      </Link>
      <Link to="/tasks">Tasks</Link>
      <Link to="/circuits">Circuits</Link>
    </nav>
  );
}
