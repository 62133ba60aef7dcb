import { Link } from "@tanstack/react-router";
import { TopBar } from "../views/TopBar";
import styles from "./Screens.module.css";

export function NotFound() {
  return (
    <>
      <TopBar />
      <main className={styles.screen} id="main">
        <h1>There is no such page</h1>
        <p>The address leads nowhere in Headwater. It may be cut short.</p>
        <Link to="/">Trace a prompt</Link>
      </main>
    </>
  );
}
