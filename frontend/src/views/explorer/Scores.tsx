import { useExplorer } from "../../state/explorer";
import { score } from "../../widgets/format";
import { Popover } from "../../widgets/Popover";
import styles from "./Scores.module.css";

interface Score {
  readonly key: "replacement_score" | "completeness_score" | "completeness_score_leaf_free";
  readonly name: string;
  readonly short: string;
  readonly text: readonly string[];
}

const SCORES: readonly Score[] = [
  {
    key: "replacement_score",
    name: "Replacement score",
    short: "Replacement",
    text: [
      "Followed back to where it starts, influence on the output ends at tokens or at errors; this is the share that ends at tokens. 1 means features explain every path from prompt to output.",
      "What is missing runs through error nodes: parts of the activations that the dictionaries do not describe. Low scores mean the graph tells only part of the story.",
    ],
  },
  {
    key: "completeness_score",
    name: "Completeness score",
    short: "Completeness",
    text: [
      "For each node, the share of its input that does not come from errors, averaged over all nodes by influence.",
      "Tokens and errors have no input and count as complete, so this score never falls below one half, however poor the dictionaries.",
    ],
  },
  {
    key: "completeness_score_leaf_free",
    name: "Leaf-free completeness",
    short: "Leaf-free",
    text: [
      "The same average over features and outputs only, the nodes that have inputs to explain. It can reach 0.",
      "The stricter of the two: compare dictionaries and graphs by this one.",
    ],
  },
];

const WHOLE = "Measured on the whole graph, before pruning: the sliders do not change it.";

/** How far to trust this graph, with what each figure means on hover, focus or tap. */
export function Scores() {
  const { summary } = useExplorer().data;
  return (
    <>
      <div className={styles.scores}>
        {SCORES.map(({ key, name, short, text }) => (
          <Popover
            key={key}
            title={`${name}: ${score(summary[key])}`}
            opensOnHover
            trigger={
              <button type="button" className={styles.score}>
                <span className={styles.short}>{short}</span>
                <span className={styles.value}>{score(summary[key])}</span>
              </button>
            }
          >
            {text.map((sentence) => (
              <p key={sentence}>{sentence}</p>
            ))}
            <p>{WHOLE}</p>
          </Popover>
        ))}
      </div>
      <div className={styles.brief}>
        <Popover
          title="How far to trust this graph"
          trigger={
            <button type="button" className={styles.score}>
              <span className={styles.word}>Scores </span>
              <span className={styles.value}>{score(summary.replacement_score)}</span>
            </button>
          }
        >
          {SCORES.map(({ key, name, text }) => (
            <section key={key}>
              <h3 className={styles.name}>
                {name}: {score(summary[key])}
              </h3>
              <p>{text[0]}</p>
            </section>
          ))}
          <p>{WHOLE}</p>
        </Popover>
      </div>
    </>
  );
}
