import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { type KeyboardEvent, useId } from "react";
import { useStore } from "zustand";
import { asProblem } from "../../api/problem";
import { tokenizeQuery } from "../../api/queries";
import type { Model } from "../../api/types";
import { TraceProgress } from "../../panels/trace/TraceProgress";
import { useTrace } from "../../panels/trace/useTrace";
import { draftStore, missing, requestOf } from "../../state/draft";
import { useDebounced } from "../../state/useDebounced";
import { Button } from "../../widgets/Button";
import styles from "./Composer.module.css";
import { Examples } from "./Examples";
import { NextTokens } from "./NextTokens";
import { PromptTokens } from "./PromptTokens";
import { Settings } from "./Settings";
import { setOf, traceable } from "./traceable";

const TOKENIZE_AFTER_MS = 150;
const NOTHING_TO_TRACE = "No model here can be traced; Settings says why.";
const isMac = /Mac|iP(hone|ad)/.test(navigator.platform);

/** The prompt box: text in, tokens and predictions beside it, a trace out. */
export function Composer({ models }: { readonly models: readonly Model[] | undefined }) {
  const draft = useStore(draftStore);
  const navigate = useNavigate();
  const { tracing, start, cancel, reset } = useTrace((graph) =>
    navigate({ to: "/g/$id", params: { id: graph } }),
  );
  const offered = models && traceable(models);
  const model = offered?.find(({ name }) => name === draft.model) ?? offered?.[0];
  const prompt = useDebounced(draft.prompt, TOKENIZE_AFTER_MS);
  const isAsked = model !== undefined && prompt.trim() !== "";
  const tokens = useQuery({
    ...tokenizeQuery(model?.name ?? "", prompt, 0),
    enabled: isAsked,
  });
  const hintId = useId();
  const obstacle = offered?.length === 0 ? NOTHING_TO_TRACE : missing(draft);
  const isTooLong = tokens.data !== undefined && prompt === draft.prompt && !tokens.data.fits;
  const isRefused = tokens.isError && !asProblem(tokens.error).isTransient;
  const isBusy = tracing.at === "starting" || tracing.at === "following";
  const isReporting = tracing.at !== "idle";
  const canTrace = model !== undefined && obstacle === null && !isTooLong && !isRefused && !isBusy;

  function trace() {
    if (!model || !canTrace) return;
    const now = draftStore.getState();
    const dictionaries = setOf(model, now.dictionaries);
    start(requestOf({ ...now, dictionaries: dictionaries?.id ?? null }, model.name));
  }

  function onKeyDown(event: KeyboardEvent) {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      trace();
    }
  }

  return (
    <section className={styles.composer} aria-label="New trace">
      <div className={styles.card}>
        <div className={styles.left}>
          <label className={styles.label} htmlFor="prompt">
            Prompt
          </label>
          <textarea
            id="prompt"
            className={styles.prompt}
            value={draft.prompt}
            rows={3}
            spellCheck={false}
            autoComplete="off"
            placeholder="When Mary and John went to the store, John gave a drink to"
            aria-describedby={hintId}
            aria-invalid={isTooLong || isRefused || undefined}
            onChange={(event) =>
              draftStore.setState({
                prompt: event.target.value,
                tokens: [],
                plus: null,
                minus: null,
                targetKind: draft.targetKind === "tokens" ? "top_logits" : draft.targetKind,
              })
            }
            onKeyDown={onKeyDown}
          />
          <div id={hintId} className={styles.tokens}>
            <PromptTokens
              isAsked={draft.prompt.trim() !== ""}
              answer={tokens.data}
              isStale={prompt !== draft.prompt || tokens.isPlaceholderData}
              error={tokens.error}
              onRetry={() => tokens.refetch()}
            />
          </div>
          <div className={styles.foot}>
            {!isReporting && <Settings models={models} model={model} />}
            {isReporting ? (
              <div className={styles.progress}>
                <TraceProgress
                  tracing={tracing}
                  onCancel={cancel}
                  onRetry={trace}
                  onDismiss={reset}
                />
              </div>
            ) : (
              <>
                <p className={styles.obstacle}>{obstacle}</p>
                <Button
                  look="primary"
                  icon="trace"
                  disabled={!canTrace}
                  onClick={trace}
                  keys={isMac ? "⌘ ↵" : "Ctrl ↵"}
                >
                  Trace
                </Button>
              </>
            )}
          </div>
        </div>
        <NextTokens model={model?.name} prompt={prompt} isStale={prompt !== draft.prompt} />
      </div>
      <Examples model={model} />
    </section>
  );
}
