import type { ExampleEffect } from "../../api/circuitViewQueries";
import { signed } from "../../widgets/format";
import { TokenText } from "../../widgets/TokenText";
import styles from "./CircuitNode.module.css";

/** Both prompts of an example; tokens that differ are marked. */
export function PromptPair({ example }: { readonly example: ExampleEffect }) {
  const { clean_tokens: clean, patch_tokens: patch } = example;
  const isAligned = patch !== null && patch.length === clean.length;
  const differs = (at: number) => isAligned && clean[at] !== patch[at];
  return (
    <div className={styles.pair}>
      <p className={styles.meta}>
        Example {example.example}
        {example.case && ` · ${example.case}`} · effect {signed(example.effect)}
      </p>
      <Tokens name="clean" tokens={clean} differs={differs} />
      {patch && <Tokens name="patch" tokens={patch} differs={differs} />}
    </div>
  );
}

interface TokensProps {
  readonly name: string;
  readonly tokens: readonly string[];
  readonly differs: (at: number) => boolean;
}

function Tokens({ name, tokens, differs }: TokensProps) {
  return (
    <p className={styles.tokens}>
      <span className={styles.side}>{name}</span>
      {tokens.map((token, at) =>
        differs(at) ? (
          <mark key={at}>
            <TokenText text={token} />
          </mark>
        ) : (
          <span key={at}>{token}</span>
        ),
      )}
    </p>
  );
}
