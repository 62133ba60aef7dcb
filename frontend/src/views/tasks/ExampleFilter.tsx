import { Button } from "../../widgets/Button";
import { count, plural } from "../../widgets/format";
import { Segmented } from "../../widgets/Segmented";
import page from "../Page.module.css";
import styles from "./ExampleFilter.module.css";
import type { Measured, RowFilter, Shown } from "./rows";
import type { DocumentCheck } from "./useDocumentCheck";
import type { TaskEditor } from "./useTaskEditor";

interface ExampleFilterProps {
  readonly filter: RowFilter;
  readonly onChange: (filter: RowFilter) => void;
  readonly cases: readonly (readonly [name: string, n: number])[];
  readonly n: number;
  readonly nShown: number;
  /** Undefined while the model is asked. */
  readonly measured: Measured | undefined;
  readonly check: DocumentCheck;
  readonly editor: TaskEditor;
}

export function ExampleFilter(props: ExampleFilterProps) {
  const { filter, onChange, cases, n, nShown, measured, check, editor } = props;
  const wrong =
    measured && [...measured.values()].filter(({ correct }) => correct === false).length;
  const options: { value: Shown; text: string }[] = [
    { value: "all", text: `All ${count(n)}` },
    { value: "wrong", text: `Model is wrong ${wrong === undefined ? "" : count(wrong)}` },
    {
      value: "problems",
      text: `Problems ${check.nProblems === undefined ? "" : count(check.nProblems)}`,
    },
  ];
  return (
    <section className={styles.bar} aria-label="Which examples are shown">
      <h2 className="visuallyHidden">Examples</h2>
      <Segmented
        label="Show"
        name="shown"
        value={filter.shown}
        options={options}
        onChange={(shown) => onChange({ ...filter, shown })}
      />
      {cases.length > 1 && (
        <select
          className={page.input}
          aria-label="Case"
          value={filter.case ?? "*"}
          onChange={({ target }) =>
            onChange({ ...filter, case: target.value === "*" ? null : target.value })
          }
        >
          <option value="*">Every case</option>
          {cases.map(([name, number]) => (
            <option key={name} value={name}>
              {name || "no case"} ({number})
            </option>
          ))}
        </select>
      )}
      <input
        className={`${page.input} ${styles.search}`}
        type="search"
        aria-label="Search the examples"
        placeholder="Search"
        value={filter.text}
        onChange={({ target }) => onChange({ ...filter, text: target.value })}
      />
      <p className={styles.state} role="status">
        {nShown < n && `${count(nShown)} of ${count(n)} shown. `}
        {stateOf(check)}
      </p>
      {check.checkNow && (
        <Button size="s" onClick={check.checkNow}>
          Check now
        </Button>
      )}
      {check.error && !check.check && (
        <Button size="s" onClick={check.retry}>
          Check again
        </Button>
      )}
      <Button icon="plus" onClick={editor.add}>
        Add
      </Button>
    </section>
  );
}

function stateOf({ check, isStale, error, checkNow }: DocumentCheck): string {
  if (error && !check) return `Not checked: ${error.message}`;
  if (checkNow) return "Too many examples to check while you type.";
  if (!check) return "Checking…";
  const usable = `${plural(check.n_ok, "example")} usable`;
  const lengths =
    check.n_ok === 0
      ? ""
      : check.equal_lengths
        ? `, ${count(check.lengths[0] ?? 0)} tokens each`
        : `, ${count(check.lengths[0] ?? 0)} to ${count(check.lengths.at(-1) ?? 0)} tokens`;
  return `${usable}${lengths}${isStale ? " (checking…)" : ""}`;
}
