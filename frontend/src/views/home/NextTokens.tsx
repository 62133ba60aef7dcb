import { useQuery } from "@tanstack/react-query";
import { useStore } from "zustand";
import { asProblem } from "../../api/problem";
import { tokenizeQuery } from "../../api/queries";
import { draftStore, withChosen } from "../../state/draft";
import { ProblemNote } from "../../widgets/ProblemNote";
import { Skeleton } from "../../widgets/Skeleton";
import { NextTokenBars } from "./NextTokenBars";
import styles from "./NextTokens.module.css";

const SHOWN = 8;

interface NextTokensProps {
  readonly model: string | undefined;
  readonly prompt: string;
  readonly isStale: boolean;
}

/** What the model would say next; a click makes a candidate the thing to explain. */
export function NextTokens({ model, prompt, isStale }: NextTokensProps) {
  const draft = useStore(draftStore);
  const isAsked = model !== undefined && prompt.trim() !== "" && draft.prompt.trim() !== "";
  const answer = useQuery({ ...tokenizeQuery(model ?? "", prompt, SHOWN), enabled: isAsked });
  const candidates = answer.data?.next_tokens;
  return (
    <aside className={styles.panel} aria-label="What the model would say next">
      <h2 className={styles.title}>Next token</h2>
      {!isAsked ? (
        <p className={styles.hint}>
          The model's best guesses for what follows, with probabilities.
        </p>
      ) : answer.isError && !asProblem(answer.error).isTransient ? (
        <p className={styles.hint}>No prediction for this prompt.</p>
      ) : answer.isError ? (
        <ProblemNote error={answer.error} onRetry={() => answer.refetch()} />
      ) : candidates ? (
        <>
          <NextTokenBars
            candidates={candidates}
            isStale={isStale || answer.isPlaceholderData}
            draft={draft}
            onChoose={(token) => draftStore.setState(withChosen(draftStore.getState(), token))}
          />
          <p className={styles.hint}>{explanation(draft)}</p>
        </>
      ) : answer.data && !answer.data.fits ? (
        <p className={styles.hint}>Too long to predict from.</p>
      ) : (
        <Skeleton label="Asking the model" lines={SHOWN} height="1.5rem" />
      )}
    </aside>
  );
}

function explanation(draft: ReturnType<typeof draftStore.getState>): string {
  if (draft.targetKind === "logit_difference")
    return "Click A, then B: the graph explains why A rather than B.";
  if (draft.tokens.length > 0) return "The graph will explain the chosen tokens only.";
  return "The graph explains the likeliest tokens. Click one to explain it alone.";
}
