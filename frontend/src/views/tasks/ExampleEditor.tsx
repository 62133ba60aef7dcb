import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { tokenizeQuery } from "../../api/queries";
import type { CheckProblem, ExampleAccuracy } from "../../api/taskQueries";
import { useDebounced } from "../../state/useDebounced";
import { Button } from "../../widgets/Button";
import { figure } from "../../widgets/format";
import { Icon } from "../../widgets/icons";
import { Skeleton } from "../../widgets/Skeleton";
import { TokenText } from "../../widgets/TokenText";
import page from "../Page.module.css";
import { AnswerField } from "./AnswerField";
import { type EditedExample, type SplitMark, withExample } from "./document";
import styles from "./ExampleEditor.module.css";
import { markSpans } from "./markSpans";
import { PairStrip } from "./PairStrip";
import { SpanEditor } from "./SpanEditor";
import { fitBounds, moveBound } from "./spans";
import { pairNote } from "./tokenPair";
import type { TaskEditor } from "./useTaskEditor";

const TOKENIZE_AFTER_MS = 150;

interface ExampleEditorProps {
  readonly example: EditedExample;
  readonly number: number;
  readonly editor: TaskEditor;
  readonly model: string;
  readonly problems: readonly CheckProblem[] | undefined;
  readonly measured: ExampleAccuracy | undefined;
  readonly isMeasuring: boolean;
}

/** One example: its prompts as text and as the model reads them, its answers, its spans. */
export function ExampleEditor(props: ExampleEditorProps) {
  const { example, number, editor, model, problems, measured, isMeasuring } = props;
  const { edit, adjust } = editor;
  const { key } = example;
  const clean = useTokens(model, example.clean);
  const patch = useTokens(model, example.patch ?? "");
  const patchTokens = example.patch === null ? null : patch.tokens;
  const isStale = clean.isStale || (example.patch !== null && patch.isStale);

  const set = (change: Partial<EditedExample>, name: string, field: string) =>
    edit((now) => withExample(now, key, change), name, `${key} ${field}`);

  // Spans end where the prompt does: typing moves the end along with it.
  const original = editor.savedExamples.get(key);
  const isRewritten = original?.clean !== example.clean || original.bounds !== example.bounds;
  const length = clean.tokens && !clean.isStale ? clean.tokens.length : null;
  useEffect(() => {
    if (length === null || !isRewritten || !example.bounds || example.bounds.at(-1) === length)
      return;
    const bounds = fitBounds(example.bounds, length);
    adjust((now) => withExample(now, key, { bounds }));
  }, [length, isRewritten, example.bounds, key, adjust]);

  return (
    <section className={styles.editor} aria-label={`Example ${number}`}>
      <header className={styles.head}>
        <h2>Example {number}</h2>
        <Button size="s" onClick={editor.duplicate}>
          Duplicate
        </Button>
        <Button size="s" look="danger" onClick={editor.remove}>
          Delete
        </Button>
      </header>

      <PromptField
        id="example-clean"
        name="Clean prompt"
        value={example.clean}
        onChange={(text) => set({ clean: text }, "Edit a clean prompt", "clean")}
      />
      {example.patch === null ? (
        <Button
          size="s"
          onClick={() => set({ patch: example.clean }, "Add a patch prompt", "patch")}
        >
          Add a patch prompt
        </Button>
      ) : (
        <PromptField
          id="example-patch"
          name="Patch prompt"
          value={example.patch}
          onChange={(text) => set({ patch: text }, "Edit a patch prompt", "patch")}
        />
      )}

      <div className={styles.tokens}>
        {clean.error ? (
          <p className={page.fault}>{clean.error.message}</p>
        ) : clean.tokens && (example.patch === null || patchTokens) ? (
          <>
            <PairStrip
              clean={clean.tokens}
              patch={patchTokens ?? null}
              bounds={example.bounds}
              spanNames={editor.document.spanNames}
              isStale={isStale}
              onMove={(which, to) =>
                edit(
                  (now) =>
                    withExample(now, key, {
                      bounds: example.bounds && moveBound(example.bounds, which, to),
                    }),
                  "Move a span's border",
                  `${key} border ${which}`,
                )
              }
            />
            <p className={styles.note}>{pairNote(clean.tokens, patchTokens ?? null)}</p>
          </>
        ) : (
          <Skeleton label="Splitting the prompts into tokens" lines={2} height="1.5rem" />
        )}
      </div>

      <div className={styles.pair}>
        <AnswerField
          name="Clean answer"
          value={example.cleanAnswer}
          more={example.cleanAnswers}
          prompt={example.clean}
          model={model}
          onChange={(text) => set({ cleanAnswer: text }, "Edit an answer", "cleanAnswer")}
        />
        {example.patchAnswer === null ? (
          <Button size="s" onClick={() => set({ patchAnswer: "" }, "Add an answer", "patchAnswer")}>
            Add a patch answer
          </Button>
        ) : (
          <AnswerField
            name="Patch answer"
            value={example.patchAnswer}
            more={example.patchAnswers}
            prompt={example.patch ?? example.clean}
            model={model}
            onChange={(text) => set({ patchAnswer: text }, "Edit an answer", "patchAnswer")}
          />
        )}
        <label className={page.field}>
          <span className={page.name}>Case</span>
          <input
            className={page.input}
            value={example.case}
            onChange={({ target }) => set({ case: target.value }, "Edit a case", "case")}
          />
        </label>
        <label className={page.field}>
          <span className={page.name}>Split</span>
          <select
            className={page.input}
            value={example.split ?? ""}
            onChange={({ target }) =>
              set({ split: (target.value || null) as SplitMark }, "Change a split", "split")
            }
          >
            <option value="">by chance</option>
            <option value="train">to find the circuit</option>
            <option value="evaluation">to test it</option>
          </select>
        </label>
      </div>

      {problems?.map(({ field, reason }, i) => (
        <p key={i} className={styles.problem}>
          <Icon name="warning" />
          <span>
            {field && <code>{field} </code>}
            {reason}
          </span>
        </p>
      ))}
      <Verdict measured={measured} isMeasuring={isMeasuring} />
      <Spans {...props} tokens={clean.tokens} />
    </section>
  );
}

interface PromptFieldProps {
  readonly id: string;
  readonly name: string;
  readonly value: string;
  readonly onChange: (text: string) => void;
}

function PromptField({ id, name, value, onChange }: PromptFieldProps) {
  return (
    <label className={page.field} htmlFor={id}>
      <span className={page.name}>{name}</span>
      <textarea
        id={id}
        className={`${page.input} ${styles.prompt}`}
        rows={1}
        spellCheck={false}
        value={value}
        onChange={({ target }) => onChange(target.value)}
      />
    </label>
  );
}

function Verdict({ measured, isMeasuring }: Pick<ExampleEditorProps, "measured" | "isMeasuring">) {
  return (
    <p className={styles.verdict} role="status">
      {measured ? (
        <>
          {measured.correct !== null && (
            <>
              The model is <strong>{measured.correct ? "right" : "wrong"}</strong>.{" "}
            </>
          )}
          Logit difference {figure(measured.metric)}
          {measured.metric_patch !== null &&
            `, on the patch prompt ${figure(measured.metric_patch)}`}
          ; it says <TokenText text={measured.predicted} />
        </>
      ) : isMeasuring ? (
        "Asking the model…"
      ) : (
        "Not measured as it stands: save it to ask the model."
      )}
    </p>
  );
}

function Spans(props: ExampleEditorProps & { readonly tokens: readonly string[] | undefined }) {
  const { editor, example, model, tokens } = props;
  const queries = useQueryClient();
  const [marking, setMarking] = useState<"" | "busy" | Error>("");
  if (editor.document.spanNames.length > 0)
    return <SpanEditor editor={editor} example={example} tokens={tokens} />;

  async function mark() {
    setMarking("busy");
    try {
      const marked = await markSpans(editor.document, model, queries);
      editor.edit(() => marked, "Mark spans");
      setMarking("");
    } catch (error) {
      setMarking(error as Error);
    }
  }

  return (
    <div className={styles.spans}>
      <p className={styles.note}>
        Spans let examples of different length share positions: the same named parts in each.
      </p>
      <Button size="s" disabled={marking === "busy"} onClick={mark}>
        {marking === "busy" ? "Reading all examples…" : "Mark spans"}
      </Button>
      {marking instanceof Error && <p className={page.fault}>{marking.message}</p>}
    </div>
  );
}

/** How the model reads a text as it is typed; the last reading stays, dimmed, until the next. */
function useTokens(model: string, text: string) {
  const settled = useDebounced(text, TOKENIZE_AFTER_MS);
  const answer = useQuery({ ...tokenizeQuery(model, settled, 0), enabled: settled !== "" });
  return {
    tokens: settled === "" ? [] : answer.data?.tokens.map((token) => token.text),
    isStale: settled !== text || answer.isPlaceholderData,
    error: answer.error,
  };
}
