import type { TokenEffect } from "../../api/types";
import { signed } from "../../widgets/format";
import { TokenText } from "../../widgets/TokenText";
import styles from "./TokenEffects.module.css";

interface TokenEffectsProps {
  readonly top: readonly TokenEffect[];
  readonly bottom: readonly TokenEffect[];
}

export function TokenEffects({ top, bottom }: TokenEffectsProps) {
  const most = Math.max(...[...top, ...bottom].map(({ effect }) => Math.abs(effect)), 1e-9);
  return (
    <div className={styles.sides}>
      <Side title="Promotes" effects={top} most={most} />
      <Side title="Suppresses" effects={bottom} most={most} />
    </div>
  );
}

interface SideProps {
  readonly title: string;
  readonly effects: readonly TokenEffect[];
  readonly most: number;
}

function Side({ title, effects, most }: SideProps) {
  return (
    <div>
      <h4 className={styles.title}>{title}</h4>
      <ol>
        {effects.slice(0, 8).map(({ id, text, effect }) => (
          <li key={id} className={styles.row}>
            <span
              className={effect >= 0 ? styles.raises : styles.lowers}
              style={{ width: `${(Math.abs(effect) / most) * 100}%` }}
            />
            <span className={styles.token}>
              <TokenText text={text} />
            </span>
            <span className={styles.figure}>{signed(effect)}</span>
          </li>
        ))}
      </ol>
    </div>
  );
}
