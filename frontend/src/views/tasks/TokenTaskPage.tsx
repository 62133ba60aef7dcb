import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { accuracyQuery, type TaskDetail } from "../../api/taskQueries";
import type { Model } from "../../api/types";
import { count, plural } from "../../widgets/format";
import { ModelChoice } from "../ModelChoice";
import page from "../Page.module.css";
import { AccuracyPanel } from "./AccuracyPanel";
import header from "./TaskHeader.module.css";
import styles from "./TaskPage.module.css";
import table from "./TokenTaskPage.module.css";

/** More rows than this tell nothing new of a task that a program wrote. */
const SHOWN = 200;

interface TokenTaskPageProps {
  readonly task: TaskDetail;
  readonly models: readonly Model[];
  readonly model: Model;
  readonly onModel: (name: string) => void;
}

/** A task of token ids: written by a program for one model, so there is nothing to edit by hand. */
export function TokenTaskPage({ task, models, model, onModel }: TokenTaskPageProps) {
  const accuracy = useQuery(accuracyQuery(task, model.name));
  return (
    <div className={styles.page}>
      <header className={page.head}>
        <div className={page.title}>
          <h1>{task.title || task.name}</h1>
          <p>{task.description || "Examples are token ids, written by a program for one model."}</p>
        </div>
        <div className={page.actions}>
          <ModelChoice models={models} model={model} onChange={onModel} />
          <Link
            to="/circuits/new"
            search={{ model: model.name, task: task.id }}
            className={header.find}
          >
            Find circuit
          </Link>
        </div>
      </header>
      <AccuracyPanel
        accuracy={accuracy}
        model={model.name}
        isChanged={false}
        chosenCase={null}
        onCase={() => {}}
      />
      <section className={page.card} aria-labelledby="examples">
        <h2 id="examples" className={table.heading}>
          {plural(task.n_examples, "example")}
          {task.n_examples > SHOWN && `, the first ${SHOWN} shown`}
        </h2>
        <div className={table.holder} tabIndex={0} role="region" aria-label="Examples as token ids">
          <table className={table.table}>
            <thead>
              <tr>
                <th scope="col">Example</th>
                <th scope="col">Clean</th>
                <th scope="col">Patch</th>
                <th scope="col">Position: right against wrong</th>
              </tr>
            </thead>
            <tbody>
              {task.examples.slice(0, SHOWN).map((example) => (
                <tr key={example.example}>
                  <td>{count(example.example + 1)}</td>
                  <td>{example.clean_ids?.join(" ")}</td>
                  <td>{example.patch_ids?.join(" ") ?? "–"}</td>
                  <td>
                    {example.readouts
                      ?.map(
                        ([position, right, wrong]) =>
                          `${position}: ${right}${wrong === null ? "" : ` against ${wrong}`}`,
                      )
                      .join(", ")}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </section>
    </div>
  );
}
