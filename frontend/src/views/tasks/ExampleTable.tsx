import { type KeyboardEvent, type UIEvent, useEffect, useMemo, useRef, useState } from "react";
import type { CheckProblem, ExampleAccuracy } from "../../api/taskQueries";
import { classes } from "../../widgets/classes";
import { count } from "../../widgets/format";
import { TokenText } from "../../widgets/TokenText";
import type { EditedExample } from "./document";
import styles from "./ExampleTable.module.css";
import type { Measured } from "./rows";
import { wordDifferences } from "./tokenPair";
import { ROW_PX, rowsAround, scrollToShow } from "./windowing";

interface ExampleTableProps {
  /** What the filter leaves. */
  readonly rows: readonly EditedExample[];
  /** All examples: an example's number is its place here. */
  readonly numbers: readonly EditedExample[];
  readonly selected: number | null;
  readonly measured: Measured;
  readonly problems: ReadonlyMap<number, readonly CheckProblem[]>;
  readonly onSelect: (key: number) => void;
  readonly onDelete: () => void;
}

/** Thousands of examples, of which only those near the window are drawn; arrow keys walk them. */
export function ExampleTable(props: ExampleTableProps) {
  const { rows, numbers, selected, measured, problems, onSelect, onDelete } = props;
  const list = useRef<HTMLDivElement>(null);
  const [top, setTop] = useState(0);
  const [height, setHeight] = useState(600);
  const numberOf = useMemo(
    () => new Map(numbers.map((example, i) => [example.key, i + 1])),
    [numbers],
  );
  const at = rows.findIndex(({ key }) => key === selected);

  useEffect(() => {
    const box = list.current;
    if (!box) return;
    const observer = new ResizeObserver(() => setHeight(box.clientHeight));
    observer.observe(box);
    return () => observer.disconnect();
  }, []);
  useEffect(() => {
    const box = list.current;
    if (box && at >= 0) box.scrollTop = scrollToShow(at, box.scrollTop, box.clientHeight);
  }, [at]);

  function onKeyDown(event: KeyboardEvent) {
    const page = Math.max(1, Math.floor(height / ROW_PX) - 1);
    const to = {
      ArrowDown: at + 1,
      ArrowUp: at - 1,
      PageDown: at + page,
      PageUp: at - page,
      Home: 0,
      End: rows.length - 1,
    }[event.key];
    if (event.key === "Delete") {
      event.preventDefault();
      onDelete();
    }
    if (event.key === "Enter") {
      event.preventDefault();
      document.getElementById("example-clean")?.focus();
    }
    if (to === undefined) return;
    event.preventDefault();
    const next = rows[Math.min(rows.length - 1, Math.max(0, to))];
    if (next) onSelect(next.key);
  }

  const { first, last } = rowsAround(top, height, rows.length);
  return (
    <div className={styles.frame}>
      <div
        ref={list}
        className={styles.list}
        role="listbox"
        tabIndex={0}
        aria-label="Examples"
        aria-activedescendant={at >= 0 ? `example-${selected}` : undefined}
        onScroll={(event: UIEvent<HTMLDivElement>) => setTop(event.currentTarget.scrollTop)}
        onKeyDown={onKeyDown}
      >
        <div style={{ height: first * ROW_PX }} aria-hidden="true" />
        {rows.slice(first, last).map((example, i) => (
          <Row
            key={example.key}
            example={example}
            number={numberOf.get(example.key) ?? 0}
            place={first + i}
            n={rows.length}
            isSelected={example.key === selected}
            measured={measured.get(example)}
            problem={problems.get(example.key)?.[0]}
            onSelect={onSelect}
          />
        ))}
        <div style={{ height: (rows.length - last) * ROW_PX }} aria-hidden="true" />
        {rows.length === 0 && (
          <p className={styles.none}>
            {numbers.length === 0 ? "No examples yet. Add one." : "No example fits the filter."}
          </p>
        )}
      </div>
    </div>
  );
}

interface RowProps {
  readonly example: EditedExample;
  readonly number: number;
  readonly place: number;
  readonly n: number;
  readonly isSelected: boolean;
  readonly measured: ExampleAccuracy | undefined;
  readonly problem: CheckProblem | undefined;
  readonly onSelect: (key: number) => void;
}

function Row(props: RowProps) {
  const { example, number, place, n, isSelected, measured, problem, onSelect } = props;
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the list has the keys, as a listbox should
    <div
      id={`example-${example.key}`}
      role="option"
      tabIndex={-1}
      aria-selected={isSelected}
      aria-posinset={place + 1}
      aria-setsize={n}
      data-example={number}
      className={classes(styles.row, isSelected && styles.selected)}
      onClick={() => onSelect(example.key)}
    >
      <span className={styles.number}>{count(number)}</span>
      <span className={styles.prompts}>
        <Prompt text={example.clean} other={example.patch} side="clean" />
        {example.patch !== null && (
          <Prompt text={example.patch} other={example.clean} side="patch" />
        )}
      </span>
      <span className={styles.answers}>
        <TokenText text={example.cleanAnswer} />
        {example.patchAnswer !== null && <TokenText text={example.patchAnswer} />}
      </span>
      <span className={styles.case}>{example.case}</span>
      <State measured={measured} problem={problem} />
    </div>
  );
}

interface PromptProps {
  readonly text: string;
  readonly other: string | null;
  readonly side: "clean" | "patch";
}

function Prompt({ text, other, side }: PromptProps) {
  return (
    <span className={styles.prompt}>
      <bdi>
        {text === "" ? (
          <span className={styles.empty}>empty</span>
        ) : (
          wordDifferences(text, other).map((part, i) =>
            part.differs ? (
              <mark key={i} className={styles[side]}>
                {part.text}
              </mark>
            ) : (
              <span key={i}>{part.text}</span>
            ),
          )
        )}
      </bdi>
    </span>
  );
}

function State({ measured, problem }: Pick<RowProps, "measured" | "problem">) {
  if (problem)
    return (
      <span className={styles.problem} title={problem.reason}>
        problem
      </span>
    );
  if (!measured || measured.correct === null) return <span className={styles.state} />;
  return (
    <span
      className={measured.correct ? styles.state : styles.wrong}
      title={`logit difference ${measured.metric.toFixed(2)}; the model says “${measured.predicted}”`}
    >
      {measured.correct ? "right" : "wrong"}
    </span>
  );
}
