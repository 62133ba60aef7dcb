/** What the reader is about to trace. Outlives the page's views, so going back loses nothing. */
import { createStore } from "zustand/vanilla";
import type { Targets, TraceRequest } from "../api/types";

export type TargetKind = "top_logits" | "tokens" | "logit_difference";

export interface ChosenToken {
  readonly id: number;
  readonly text: string;
}

export interface Draft {
  readonly model: string | null;
  readonly dictionaries: string | null;
  readonly prompt: string;
  readonly targetKind: TargetKind;
  readonly tokens: readonly ChosenToken[];
  readonly plus: ChosenToken | null;
  readonly minus: ChosenToken | null;
  /** Null: every active feature. */
  readonly maxFeatures: number | null;
}

export const EMPTY_DRAFT: Draft = {
  model: null,
  dictionaries: null,
  prompt: "",
  targetKind: "top_logits",
  tokens: [],
  plus: null,
  minus: null,
  maxFeatures: null,
};

export const draftStore = createStore<Draft>(() => EMPTY_DRAFT);

/** A click on a candidate: what it means depends on what is to be explained. */
export function withChosen(draft: Draft, token: ChosenToken): Partial<Draft> {
  if (draft.targetKind === "logit_difference") return withSide(draft, token);
  const isChosen = draft.tokens.some((other) => other.id === token.id);
  const tokens = isChosen
    ? draft.tokens.filter((other) => other.id !== token.id)
    : [...draft.tokens, token];
  return { tokens, targetKind: tokens.length > 0 ? "tokens" : "top_logits" };
}

function withSide(draft: Draft, token: ChosenToken): Partial<Draft> {
  if (draft.plus?.id === token.id) return { plus: null };
  if (draft.minus?.id === token.id) return { minus: null };
  return draft.plus ? { minus: token } : { plus: token };
}

export function targetsOf(draft: Draft): Targets | undefined {
  if (draft.targetKind === "tokens" && draft.tokens.length > 0)
    return { kind: "tokens", tokens: draft.tokens.map((token) => token.id) };
  if (draft.targetKind === "logit_difference" && draft.plus && draft.minus)
    return { kind: "logit_difference", plus: draft.plus.id, minus: draft.minus.id };
  return undefined;
}

/** What still keeps the draft from being traced, in words; null when nothing does. */
export function missing(draft: Draft): string | null {
  if (draft.prompt.trim() === "") return "Type a prompt, or pick an example.";
  if (draft.targetKind === "tokens" && draft.tokens.length === 0)
    return "Pick at least one token from the list of next tokens.";
  if (draft.targetKind === "logit_difference" && !(draft.plus && draft.minus))
    return "Pick two tokens, A and B, from the list of next tokens.";
  return null;
}

export function requestOf(draft: Draft, model: string): TraceRequest {
  const targets = targetsOf(draft);
  return {
    model,
    prompt: draft.prompt,
    ...(draft.dictionaries ? { dictionaries: draft.dictionaries } : {}),
    ...(targets ? { targets } : {}),
    ...(draft.maxFeatures ? { method: { max_features: draft.maxFeatures } } : {}),
  };
}
