/** What travels over HTTP, as ARCHITECTURE.md writes it. */
import type { GraphSummary } from "../graph/types";

export type { GraphSummary };

export type JobState = "queued" | "running" | "done" | "failed" | "cancelled";

export interface DictionarySet {
  readonly id: string;
  readonly set: string;
  readonly kind: "transcoder" | "sae";
  readonly layers: number;
  readonly width: number;
  readonly default: boolean;
}

export interface ModelExample {
  readonly title: string;
  readonly prompt: string;
  readonly why: string;
}

export interface Model {
  readonly name: string;
  readonly architecture: string;
  readonly n_layers: number;
  readonly d_model: number;
  readonly d_vocab: number;
  readonly n_ctx: number;
  readonly fingerprint: string;
  readonly bundled: boolean;
  readonly dictionary_sets: readonly DictionarySet[];
  readonly examples: readonly ModelExample[];
}

export interface WorkerStatus {
  readonly state: "starting" | "ready" | "down";
  readonly detail?: string | null;
}

export interface ModelsAnswer {
  readonly models: readonly Model[];
  readonly worker: WorkerStatus;
}

export interface PromptToken {
  readonly id: number;
  readonly text: string;
  readonly special: boolean;
}

export interface NextToken {
  readonly id: number;
  readonly text: string;
  readonly probability: number;
  readonly logit: number;
}

export interface Tokenised {
  readonly token_ids: readonly number[];
  readonly tokens: readonly PromptToken[];
  readonly n_ctx: number;
  readonly fits: boolean;
  readonly next_tokens: readonly NextToken[] | null;
}

export type Targets =
  | { kind: "top_logits"; max?: number; probability?: number; position?: number }
  | { kind: "tokens"; tokens: readonly (string | number)[]; position?: number }
  | { kind: "logit_difference"; plus: string | number; minus: string | number; position?: number }
  | { kind: "feature"; layer: number; index: number; position: number };

export interface TraceRequest {
  readonly model: string;
  readonly prompt?: string;
  readonly token_ids?: readonly number[];
  readonly dictionaries?: string;
  readonly targets?: Targets;
  readonly method?: { max_features?: number | null };
}

export interface Job {
  readonly id: string;
  readonly kind: string;
  readonly state: JobState;
  readonly phase: string | null;
  readonly done: number | null;
  readonly total: number | null;
  readonly attempt: number;
  readonly error: Record<string, unknown> | null;
  readonly result: { graph: string } | null;
  readonly created_at: string;
  readonly started_at: string | null;
  readonly finished_at: string | null;
}

export interface TraceAnswer extends Partial<Omit<GraphSummary, "id" | "status" | "prompt">> {
  readonly id: string;
  readonly status: JobState;
  readonly prompt: string;
  readonly job: Job | null;
}

export interface GraphPage {
  readonly items: readonly GraphSummary[];
  readonly next: string | null;
}

export interface FeatureIntervention {
  readonly layer: number;
  readonly index: number;
  readonly positions: readonly number[] | "all";
  readonly mode: "ablate" | "scale" | "set";
  readonly value: number | null;
}

export interface InterventionRequest {
  readonly interventions: readonly FeatureIntervention[];
  readonly freeze_attention: boolean;
}

export interface TokenChange {
  readonly id: number;
  readonly text: string;
  readonly logit_before: number;
  readonly logit_after: number;
  readonly probability_before: number;
  readonly probability_after: number;
  readonly measured_change: number;
  readonly predicted_change: number;
  readonly direct_change: number;
}

export interface ActivationChange {
  readonly layer: number;
  readonly index: number;
  readonly position: number;
  readonly before: number;
  readonly after: number;
  readonly predicted_after: number;
  readonly intervened: boolean;
}

export interface InterventionResult {
  readonly id?: string;
  readonly tokens: readonly TokenChange[];
  readonly activations: readonly ActivationChange[];
  readonly n_changed: number;
  readonly kl: number;
  readonly correlation: number | null;
}

export interface FeatureExample {
  readonly tokens: readonly string[];
  readonly token_ids: readonly number[];
  readonly activations: readonly number[];
  readonly peak: number;
}

export interface ExampleGroup {
  readonly name: string;
  readonly low: number;
  readonly high: number;
  readonly examples: readonly FeatureExample[];
}

export interface TokenEffect {
  readonly id: number;
  readonly text: string;
  readonly effect: number;
}

export interface FeatureDashboard {
  readonly dictionary: string;
  readonly layer: number;
  readonly index: number;
  readonly density: number | null;
  readonly tokens_seen: number;
  readonly is_dead: boolean;
  readonly has_examples: boolean;
  readonly max_activation: number | null;
  readonly mean_activation: number | null;
  readonly decoder_norm: number | null;
  readonly groups: readonly ExampleGroup[];
  readonly histogram: { readonly maximum: number; readonly counts: readonly number[] } | null;
  readonly top_logits: readonly TokenEffect[];
  readonly bottom_logits: readonly TokenEffect[];
  readonly summary: string;
}
