import type { CSSProperties } from "react";
import { visibleToken } from "../base/text";
import { figure } from "./format";
import styles from "./TintedText.module.css";
import { tint } from "./tint";

interface TintedTextProps {
  readonly tokens: readonly string[];
  readonly activations: readonly number[];
  /** The activation that gets the full tint. */
  readonly maximum: number;
  readonly peak: number;
}

/** Running text, each token tinted by how strongly the feature fired on it. */
export function TintedText({ tokens, activations, maximum, peak }: TintedTextProps) {
  return (
    <p className={styles.text}>
      {tokens.map((token, i) => {
        const activation = activations[i] ?? 0;
        if (activation <= 0) return <span key={i}>{shown(token)}</span>;
        return (
          <mark
            key={i}
            className={i === peak ? styles.peak : styles.hot}
            style={{ "--tint": tint(activation, maximum) } as CSSProperties}
            title={`${visibleToken(token)}: ${figure(activation)}`}
          >
            {shown(token)}
          </mark>
        );
      })}
    </p>
  );
}

/** Line breaks would tear the example apart; they are shown as signs. */
const shown = (token: string): string => token.replace(/\n/g, "⏎").replace(/\t/g, "⇥");
