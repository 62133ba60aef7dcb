import { useState } from "react";
import { Button } from "../../widgets/Button";
import page from "../Page.module.css";
import {
  type EditedExample,
  nameFault,
  withoutSpan,
  withoutSpans,
  withSpanName,
  withSplitSpan,
} from "./document";
import strip from "./PairStrip.module.css";
import styles from "./SpanEditor.module.css";
import type { TaskEditor } from "./useTaskEditor";

interface SpanEditorProps {
  readonly editor: TaskEditor;
  readonly example: EditedExample;
  readonly tokens: readonly string[] | undefined;
}

/** The spans' names and places. Names belong to all examples, borders to this one. */
export function SpanEditor({ editor, example, tokens }: SpanEditorProps) {
  const { document, edit } = editor;
  const { bounds } = example;
  return (
    <fieldset className={styles.spans}>
      <legend>Spans</legend>
      <p className={page.note}>
        Names are shared by all examples. Borders are this example's: drag them above, or select one
        and press the arrow keys.
      </p>
      <ol className={styles.list}>
        {document.spanNames.map((name, span) => (
          <SpanRow
            key={span}
            name={name}
            span={span}
            names={document.spanNames}
            where={whereOf(bounds?.[span], bounds?.[span + 1])}
            text={tokens?.slice(bounds?.[span] ?? 0, bounds?.[span + 1] ?? 0).join("") ?? ""}
            canSplit={bounds !== null && (bounds[span + 1] ?? 0) - (bounds[span] ?? 0) > 1}
            onName={(next) => edit((now) => withSpanName(now, span, next), "Rename a span")}
            onSplit={() =>
              edit(
                (now) =>
                  withSplitSpan(
                    now,
                    example.key,
                    span,
                    Math.ceil(((bounds?.[span] ?? 1) + (bounds?.[span + 1] ?? 1)) / 2),
                  ),
                "Split a span",
              )
            }
            onRemove={() => edit((now) => withoutSpan(now, span), "Join two spans")}
          />
        ))}
      </ol>
      <Button size="s" look="quiet" onClick={() => edit(withoutSpans, "Take the spans away")}>
        Take all spans away
      </Button>
    </fieldset>
  );
}

function whereOf(start: number | undefined, end: number | undefined): string {
  if (start === undefined || end === undefined) return "not marked here";
  if (end <= start) return "empty here";
  return end - start === 1 ? `token ${start}` : `tokens ${start}–${end - 1}`;
}

interface SpanRowProps {
  readonly name: string;
  readonly span: number;
  readonly names: readonly string[];
  readonly where: string;
  readonly text: string;
  readonly canSplit: boolean;
  readonly onName: (name: string) => void;
  readonly onSplit: () => void;
  readonly onRemove: () => void;
}

function SpanRow(props: SpanRowProps) {
  const { name, span, names, where, text, canSplit, onName, onSplit, onRemove } = props;
  const [typed, setTyped] = useState<string | null>(null);
  const shown = typed ?? name;
  const fault = nameFault(names, span, shown);

  /** A name becomes the task's when it is left, and only if it can be one. */
  function settle() {
    if (typed !== null && fault === null && typed !== name) onName(typed);
    setTyped(null);
  }

  return (
    <li className={styles.row}>
      <span className={strip.band} data-tint={span % 6}>
        {span + 1}
      </span>
      <input
        className={page.input}
        aria-label={`Name of span ${span + 1}`}
        aria-invalid={fault !== null || undefined}
        value={shown}
        onChange={({ target }) => setTyped(target.value)}
        onBlur={settle}
        onKeyDown={({ key }) => {
          if (key === "Enter") settle();
          if (key === "Escape") setTyped(null);
        }}
      />
      <span className={styles.where} title={text}>
        {fault ? <span className={page.fault}>{fault}</span> : where}
      </span>
      <Button size="s" look="quiet" disabled={!canSplit} onClick={onSplit}>
        Split
      </Button>
      <Button
        size="s"
        look="quiet"
        icon="close"
        aria-label={`Join span ${name} with its neighbour`}
        title="Join with its neighbour"
        onClick={onRemove}
      />
    </li>
  );
}
