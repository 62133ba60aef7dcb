import type { Model } from "../../api/types";
import { draftStore, EMPTY_DRAFT } from "../../state/draft";
import styles from "./Examples.module.css";

/** Prompts with a known circuit behind them; a click puts one into the box. */
export function Examples({ model }: { readonly model: Model | undefined }) {
  if (!model || model.examples.length === 0) return null;
  return (
    <section className={styles.examples} aria-label="Examples">
      <h2 className={styles.title}>Try one</h2>
      <ul className={styles.list}>
        {model.examples.map((example) => (
          <li key={example.title}>
            <button
              type="button"
              className={styles.example}
              title={example.why}
              onClick={() => {
                const { model: chosen, dictionaries, maxFeatures } = draftStore.getState();
                draftStore.setState({
                  ...EMPTY_DRAFT,
                  model: chosen,
                  dictionaries,
                  maxFeatures,
                  prompt: example.prompt,
                });
                document.getElementById("prompt")?.focus();
              }}
            >
              <strong>{example.title}</strong>
              <span>{example.prompt}</span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
