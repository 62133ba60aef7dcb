import { asProblem } from "../../api/problem";
import type { CheckProblem, TaskCheck } from "../../api/taskQueries";
import { count, plural } from "../../widgets/format";
import { ProblemNote } from "../../widgets/ProblemNote";
import { TokenText } from "../../widgets/TokenText";
import styles from "./ImportTask.module.css";
import { PairStrip } from "./PairStrip";

/** What of a file is kept, what is not and why, line by line, and how the model reads it. */
export function CheckReport({
  check,
  model,
}: {
  readonly check: TaskCheck;
  readonly model: string;
}) {
  const { n_ok, n_dropped, problems, preview } = check;
  // A file that cannot be read says so in both: once is enough.
  const notes = check.notes.filter((note) => !problems.some(({ reason }) => note.includes(reason)));
  return (
    <>
      <p className={styles.verdict} role="status">
        <span>
          <strong>{count(n_ok)}</strong> of {plural(n_ok + n_dropped, "example")} can be used with{" "}
          {model}
        </span>
        <span>{lengthsNote(check)}</span>
        {check.span_names && <span>spans marked</span>}
      </p>
      {notes.map((note) => (
        <p key={note} className={styles.answers}>
          {note}
        </p>
      ))}
      {n_dropped > 0 && (
        <div className={styles.part}>
          <h3 className={styles.dropped}>
            {plural(n_dropped, "example")} cannot be used{n_ok > 0 && "; they are kept in the task"}
          </h3>
          <Problems problems={problems} total={n_dropped} />
        </div>
      )}
      {preview.length > 0 && (
        <div className={styles.part}>
          <h3>As {model} reads it</h3>
          <div className={styles.preview} tabIndex={0} role="region" aria-label="First examples">
            {preview.map((example) => (
              <div key={example.line} className={styles.example}>
                <PairStrip clean={example.clean_tokens} patch={example.patch_tokens} />
                <p className={styles.answers}>
                  <span>line {example.line}</span>
                  <span>
                    answer <TokenText text={example.answers[0] ?? ""} />
                    {example.answers[1] !== undefined && (
                      <>
                        {" "}
                        against <TokenText text={example.answers[1]} />
                      </>
                    )}
                  </span>
                  {example.case !== "" && <span>{example.case}</span>}
                </p>
              </div>
            ))}
          </div>
        </div>
      )}
    </>
  );
}

function lengthsNote({ equal_lengths, lengths, n_ok }: TaskCheck): string {
  if (n_ok === 0) return "";
  const [shortest = 0] = lengths;
  return equal_lengths
    ? `all ${plural(shortest, "token")} long`
    : `${count(shortest)} to ${count(lengths.at(-1) ?? 0)} tokens long`;
}

interface ProblemsProps {
  readonly problems: readonly CheckProblem[];
  readonly total: number;
}

function Problems({ problems, total }: ProblemsProps) {
  return (
    <>
      <ul className={styles.problems} tabIndex={0} aria-label="Problems line by line">
        {problems.map(({ line, field, reason }, i) => (
          <li key={i}>
            <span>line {count(line)}</span>
            <span>
              {field && <code>{field} </code>}
              {reason}
            </span>
          </li>
        ))}
      </ul>
      {problems.length < total && (
        <p className={styles.answers}>
          The first {count(problems.length)} problems are shown; {plural(total, "example")} are
          affected.
        </p>
      )}
    </>
  );
}

/** A file that cannot be read at all: the server's words, and its lines when it names them. */
export function ImportProblem(props: { readonly error: unknown; readonly onRetry: () => void }) {
  const problem = asProblem(props.error);
  const given = problem.extra.problems;
  const lines = Array.isArray(given) ? (given as CheckProblem[]) : [];
  return (
    <div className={styles.body}>
      <ProblemNote error={problem} {...(problem.isTransient ? { onRetry: props.onRetry } : {})} />
      {lines.length > 0 && <Problems problems={lines} total={lines.length} />}
    </div>
  );
}
