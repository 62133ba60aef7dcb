import { Fragment } from "react";
import styles from "./TokenText.module.css";

const MARK: Record<string, string> = { " ": "␣", "\n": "⏎", "\t": "⇥", "\r": "␍", "\u00a0": "⍽" };
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must be shown
const HIDDEN = /([ \n\t\r\u00a0]|[\u0000-\u001f\u007f\u200b-\u200f\u2028-\u202e\ufeff])/;

/**
 * A token's text with its spaces made visible: " to" and "to" are two different tokens.
 * Invisible characters are written as their code, so nothing hides or reorders text.
 */
export function TokenText({ text }: { readonly text: string }) {
  if (text === "") return <span className={styles.mark}>∅</span>;
  const parts = text.split(HIDDEN).filter((part) => part !== "");
  return (
    <bdi className={styles.token}>
      {parts.map((part, i) =>
        HIDDEN.test(part) ? (
          <span key={i} className={styles.mark}>
            {MARK[part] ?? `\\x${part.charCodeAt(0).toString(16)}`}
          </span>
        ) : (
          <Fragment key={i}>{part}</Fragment>
        ),
      )}
    </bdi>
  );
}
