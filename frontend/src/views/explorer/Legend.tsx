import type { ReactNode } from "react";
import { signWords } from "../../graph/names";
import { KINDS, Kind, type KindName } from "../../graph/types";
import { useExploration, useExplorer } from "../../state/explorer";
import { classes } from "../../widgets/classes";
import { count } from "../../widgets/format";
import { Popover } from "../../widgets/Popover";
import styles from "./Legend.module.css";

const ENTRIES: readonly { kinds: readonly KindName[]; name: string; mark: ReactNode }[] = [
  { kinds: ["feature"], name: "feature", mark: <circle cx="6" cy="6" r="4" /> },
  { kinds: ["error"], name: "error", mark: <path d="M6 1.4 10.6 6 6 10.6 1.4 6Z" /> },
  {
    kinds: ["position", "bias", "start"],
    name: "constant",
    mark: <path d="M6 1.8 10.6 10H1.4Z" />,
  },
  {
    kinds: ["embedding", "logit"],
    name: "token",
    mark: <rect x="2" y="2" width="8" height="8" rx="1.5" />,
  },
];

const IN_CIRCUITS: typeof ENTRIES = [
  ...ENTRIES.slice(0, 2),
  { kinds: ["head"], name: "head", mark: <rect x="0.8" y="3" width="10.4" height="6" rx="3" /> },
  { kinds: ["mlp"], name: "MLP", mark: <rect x="1.2" y="3" width="9.6" height="6" /> },
  ...ENTRIES.slice(3).map((entry) => ({ ...entry, name: "input, output" })),
];

const SLOT_NAMES = { q: "queries", k: "keys", v: "values" };

/** What the marks mean, beside the graph; behind a button where there is no room for it. */
export function Legend() {
  const isCircuit = useExplorer().data.circuit !== null;
  return (
    <>
      <Kinds className={styles.wide} />
      <div className={classes(styles.brief, isCircuit && styles.low)}>
        <Popover
          title="What the marks mean"
          trigger={
            <button type="button" className={styles.entry}>
              Legend
            </button>
          }
        >
          <Kinds className={styles.inPopover} />
        </Popover>
      </div>
    </>
  );
}

/** A click takes a kind out of the picture or back in. */
function Kinds({ className }: { readonly className: string | undefined }) {
  const { data, store } = useExplorer();
  const hiddenKinds = useExploration((state) => state.hiddenKinds);
  const isBySlot = useExploration((state) => state.isBySlot);
  const numbers = countByKind(data.nodes.kind);
  const [positive, negative] = signWords(data);
  const entries = data.circuit
    ? IN_CIRCUITS.filter(({ kinds }) => kinds.some((kind) => numbers[Kind[kind]]))
    : ENTRIES;
  return (
    <div className={classes(styles.legend, className)} role="group" aria-label="Kinds of nodes">
      {entries.map(({ kinds, name, mark }) => {
        const number = kinds.reduce((sum, kind) => sum + (numbers[Kind[kind]] ?? 0), 0);
        const isShown = !kinds.some((kind) => hiddenKinds.includes(kind));
        return (
          <button
            key={name}
            type="button"
            className={styles.entry}
            aria-pressed={isShown}
            disabled={number === 0 && isShown}
            title={isShown ? `Hide ${name} nodes` : `Show ${name} nodes`}
            onClick={() => {
              const others = hiddenKinds.filter((kind) => !kinds.includes(kind));
              store.getState().setHiddenKinds(isShown ? [...others, ...kinds] : others);
            }}
          >
            <svg width="12" height="12" viewBox="0 0 12 12" aria-hidden="true">
              {mark}
            </svg>
            <span>{name}</span> <span className={styles.number}>{count(number)}</span>
          </button>
        );
      })}
      {isBySlot &&
        (["q", "k", "v"] as const).map((slot) => (
          <span key={slot} className={styles.sign} title={`Edges into ${SLOT_NAMES[slot]}`}>
            <i className={styles[slot]} /> {slot}
          </span>
        ))}
      {!isBySlot && (
        <span className={styles.sign}>
          <i className={styles.raises} /> {positive}
        </span>
      )}
      <span className={styles.sign}>
        <i className={isBySlot ? styles.dashed : styles.lowers} /> {negative}
      </span>
    </div>
  );
}

function countByKind(kinds: Uint8Array): number[] {
  const numbers = KINDS.map(() => 0);
  for (const kind of kinds) numbers[kind] = (numbers[kind] ?? 0) + 1;
  return numbers;
}
