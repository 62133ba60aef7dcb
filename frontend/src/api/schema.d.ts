/** Generated from the server's OpenAPI document by `npm run types`; do not edit. */
export interface paths {
    "/api/v1/features": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Search Features
         * @description Features whose strongest or promoted tokens contain the words, best first.
         */
        get: operations["search_features_api_v1_features_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/features/{dictionary}/{index}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get Feature
         * @description One feature's dashboard. Without a harvest only what is known is filled; `has_examples` is false.
         */
        get: operations["get_feature_api_v1_features__dictionary___index__get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/graphs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Graphs
         * @description Stored graphs, newest first.
         */
        get: operations["list_graphs_api_v1_graphs_get"];
        put?: never;
        /**
         * Post Graph
         * @description Trace a prompt. 200 with the graph when it is stored already, else 202 with its job.
         *
         *     The same body names the same graph, so asking twice (or ten at once) computes once.
         */
        post: operations["post_graph_api_v1_graphs_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/graphs/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get Graph
         * @description A graph, pruned to the nodes and edges that hold these shares of all influence.
         *
         *     `npz` is the raw matrix; `headwater` the whole graph with what is shown marked; `neuronpedia` what
         *     circuit-tracer's viewers read; `columns` the binary that the page draws.
         */
        get: operations["get_graph_api_v1_graphs__id__get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/graphs/{id}/interventions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Post Intervention
         * @description Change features of a graph's prompt and measure. The same plan is run once and then remembered.
         */
        post: operations["post_intervention_api_v1_graphs__id__interventions_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/graphs/{id}/interventions/{intervention_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get Intervention
         * @description A result that was measured before: what a shared link shows.
         */
        get: operations["get_intervention_api_v1_graphs__id__interventions__intervention_id__get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/health": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Health
         * @description The server process is up.
         */
        get: operations["health_api_v1_health_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/jobs/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get Job
         * @description How a job stands.
         */
        get: operations["get_job_api_v1_jobs__id__get"];
        put?: never;
        post?: never;
        /**
         * Cancel Job
         * @description Cancel: at once when waiting, within a moment when running. What is over stays as it is.
         */
        delete: operations["cancel_job_api_v1_jobs__id__delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/jobs/{id}/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Stream Job
         * @description The job on every change: events `progress`, and at the end `done`, `failed` or `cancelled`.
         *
         *     The data is the job; the id grows with every change, and a reconnecting client gets only news.
         */
        get: operations["stream_job_api_v1_jobs__id__events_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/models": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Models
         * @description Every model that can be used, bundled ones first, and how the worker is.
         */
        get: operations["list_models_api_v1_models_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/ready": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Ready
         * @description The database answers and the worker has its model warm; 503 until then.
         */
        get: operations["ready_api_v1_ready_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tokenize": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Tokenize
         * @description Tokens of a prompt, the start token first; with `next_tokens`, the model's own continuation.
         */
        post: operations["tokenize_api_v1_tokenize_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /**
         * ActivationChange
         * @description One feature whose activation moved. `intervened` marks those the plan itself set.
         */
        ActivationChange: {
            /** After */
            after: number;
            /** Before */
            before: number;
            /** Index */
            index: number;
            /** Intervened */
            intervened: boolean;
            /** Layer */
            layer: number;
            /** Position */
            position: number;
            /** Predicted After */
            predicted_after: number;
        };
        /** BrokenSetInfo */
        BrokenSetInfo: {
            /** Id */
            id: string;
            /**
             * Reason
             * @description Why it cannot be used, and what to do.
             */
            reason: string;
            /** Set */
            set: string;
        };
        /**
         * ChosenTokens
         * @description These next tokens, each weighted with the model's own probability of it.
         */
        ChosenTokens: {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            kind: "tokens";
            /**
             * Position
             * @default -1
             */
            position?: number;
            /** Tokens */
            tokens: (number | string)[];
        };
        /** DictionarySetInfo */
        DictionarySetInfo: {
            /** Default */
            default: boolean;
            /**
             * Id
             * @description `model.set`, e.g. `brook.transcoders`; with a layer it names a dictionary.
             */
            id: string;
            /**
             * Kind
             * @description `transcoder` or `sae`. Tracing needs transcoders.
             */
            kind: string;
            /** Layers */
            layers: number[];
            /** Set */
            set: string;
            /**
             * Width
             * @description Features per layer (of the widest).
             */
            width: number;
        };
        /**
         * Example
         * @description One stretch of text around the token where the feature fired.
         *
         *     `activations[i]` belongs to `tokens[i]`; `peak` is the index of the token chosen.
         *     `next_token` is what followed the window, for logit-side reading ("" at a document's end).
         */
        Example: {
            /** Activations */
            activations: number[];
            /** Peak */
            peak: number;
            /** Token Ids */
            token_ids: number[];
            /** Tokens */
            tokens: string[];
        };
        /**
         * ExampleGroup
         * @description Examples whose peak activation lies in [low, high], e.g. "top" or "40-60 %".
         */
        ExampleGroup: {
            /** Examples */
            examples: components["schemas"]["Example"][];
            /** High */
            high: number;
            /** Low */
            low: number;
            /** Name */
            name: string;
        };
        /** ExamplePrompt */
        ExamplePrompt: {
            /** Prompt */
            prompt: string;
            /** Title */
            title: string;
            /** Why */
            why: string;
        };
        /**
         * FeatureDashboard
         * @description `density`: share of tokens (start-of-text left out) on which the feature fired, over
         *     `tokens_seen` tokens. `is_dead`: it never fired. `has_examples` is False for
         *     dictionaries without a harvest; then only weights-based parts are filled.
         */
        FeatureDashboard: {
            /** Bottom Logits */
            bottom_logits: components["schemas"]["TokenEffect"][];
            /** Decoder Norm */
            decoder_norm: number | null;
            /** Density */
            density: number | null;
            /** Dictionary */
            dictionary: string;
            /** Groups */
            groups: components["schemas"]["ExampleGroup"][];
            /** Has Examples */
            has_examples: boolean;
            histogram: components["schemas"]["Histogram"] | null;
            /** Index */
            index: number;
            /** Is Dead */
            is_dead: boolean;
            /** Layer */
            layer: number;
            /** Max Activation */
            max_activation: number | null;
            /** Mean Activation */
            mean_activation: number | null;
            /** Summary */
            summary: string;
            /** Tokens Seen */
            tokens_seen: number;
            /** Top Logits */
            top_logits: components["schemas"]["TokenEffect"][];
        };
        /**
         * FeatureIntervention
         * @description One feature, at some positions, given a new activation.
         *
         *     `ablate` sets it to 0, `scale` multiplies its activation by `value`, `set` gives it
         *     `value` outright (also where it was silent).
         */
        FeatureIntervention: {
            /** Index */
            index: number;
            /** Layer */
            layer: number;
            /**
             * Mode
             * @default ablate
             * @enum {string}
             */
            mode?: "ablate" | "scale" | "set";
            /** Positions */
            positions: number[] | "all";
            /** Value */
            value?: number | null;
        };
        /**
         * FeaturePage
         * @description `total`: features in the whole answer. `next`: cursor of the next page, None on the last.
         */
        FeaturePage: {
            /** Items */
            items: components["schemas"]["FeatureRow"][];
            /** Next */
            next: string | null;
            /** Total */
            total: number;
        };
        /**
         * FeatureRow
         * @description One line of a list of features. `top_tokens`: where it fired most strongly, strongest first.
         */
        FeatureRow: {
            /** Density */
            density: number;
            /** Dictionary */
            dictionary: string;
            /** Index */
            index: number;
            /** Is Dead */
            is_dead: boolean;
            /** Layer */
            layer: number;
            /** Max Activation */
            max_activation: number;
            /** Promoted Tokens */
            promoted_tokens: string[];
            /** Summary */
            summary: string;
            /** Top Tokens */
            top_tokens: string[];
        };
        /**
         * FeatureTarget
         * @description The pre-activation of one active feature: trace onward from a node.
         */
        FeatureTarget: {
            /** Index */
            index: number;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            kind: "feature";
            /** Layer */
            layer: number;
            /**
             * Position
             * @default -1
             */
            position?: number;
        };
        /**
         * GraphAnswer
         * @description A graph that was asked for. Until `status` is `done`, what is only known then is null.
         */
        GraphAnswer: {
            /** Completeness Score */
            completeness_score: number | null;
            /** Completeness Score Leaf Free */
            completeness_score_leaf_free: number | null;
            /**
             * Created At
             * Format: date-time
             */
            created_at: string;
            /** Dictionaries */
            dictionaries: string;
            /**
             * Id
             * @description SHA-256 of model, dictionaries, tokens, method and engine: equal request, equal id.
             */
            id: string;
            /** @description The job that computes it; null when it was stored already. */
            job: components["schemas"]["Job"] | null;
            /** Method */
            method: {
                [key: string]: unknown;
            };
            /** Model */
            model: string;
            /** N Edges */
            n_edges: number | null;
            /** N Features */
            n_features: number | null;
            /** N Nodes */
            n_nodes: number | null;
            /** Prompt */
            prompt: string;
            /** Provenance */
            provenance: {
                [key: string]: unknown;
            } | null;
            /** Replacement Score */
            replacement_score: number | null;
            /**
             * Status
             * @enum {string}
             */
            status: "queued" | "running" | "done" | "failed" | "cancelled";
            /** Targets */
            targets: components["schemas"]["GraphTarget"][] | null;
            /** Token Ids */
            token_ids: number[];
            /** Tokens */
            tokens: string[];
        };
        /**
         * GraphFormat
         * @enum {string}
         */
        GraphFormat: "json" | "columns" | "neuronpedia" | "npz" | "headwater";
        /** GraphList */
        GraphList: {
            /** Items */
            items: components["schemas"]["GraphSummary"][];
            /**
             * Next
             * @description Cursor of the next page; null on the last.
             */
            next: string | null;
        };
        /**
         * GraphSummary
         * @description The facts about a graph that need none of its arrays.
         */
        GraphSummary: {
            /** Completeness Score */
            completeness_score: number;
            /** Completeness Score Leaf Free */
            completeness_score_leaf_free: number | null;
            /**
             * Created At
             * Format: date-time
             */
            created_at: string;
            /**
             * Dictionaries
             * @description Dictionary set, e.g. `brook.transcoders`.
             */
            dictionaries: string;
            /**
             * Id
             * @description SHA-256 of model, dictionaries, tokens, method and engine: equal request, equal id.
             */
            id: string;
            /**
             * Method
             * @description The method with all its settings.
             */
            method: {
                [key: string]: unknown;
            };
            /** Model */
            model: string;
            /** N Edges */
            n_edges: number;
            /** N Features */
            n_features: number;
            /** N Nodes */
            n_nodes: number;
            /** Prompt */
            prompt: string;
            /** Provenance */
            provenance: {
                [key: string]: unknown;
            };
            /** Replacement Score */
            replacement_score: number;
            /**
             * Status
             * @constant
             */
            status: "done";
            /** Targets */
            targets: components["schemas"]["GraphTarget"][];
            /** Token Ids */
            token_ids: number[];
            /** Tokens */
            tokens: string[];
        };
        /**
         * GraphTarget
         * @description What a graph explains: a logit, a difference of logits or a feature.
         */
        GraphTarget: {
            /** Label */
            label: string;
            /**
             * Node
             * @description Node id, e.g. `l42.9`.
             */
            node: string;
            /**
             * Probability
             * @description The model's probability of the token; 1 for other targets.
             */
            probability: number;
        };
        /** Health */
        Health: {
            /**
             * Status
             * @description Always `ok`: the server process answers.
             */
            status: string;
            /** Version */
            version: string;
        };
        /**
         * Histogram
         * @description Counts of non-zero activations in equal bins from 0 to `maximum`.
         */
        Histogram: {
            /** Counts */
            counts: number[];
            /** Maximum */
            maximum: number;
        };
        /** InterventionAnswer */
        InterventionAnswer: {
            /** Activations */
            activations: components["schemas"]["ActivationChange"][];
            /** Correlation */
            correlation: number | null;
            /**
             * Id
             * @description SHA-256 of graph and plan: the same plan on the same graph has the same id.
             */
            id: string;
            /** Kl */
            kl: number;
            /** N Changed */
            n_changed: number;
            plan: components["schemas"]["InterventionPlan"];
            /** Tokens */
            tokens: components["schemas"]["TokenChange"][];
        };
        /**
         * InterventionPlan
         * @description `mode="full"`: the rest of the model reacts (attention too, unless
         *     `freeze_attention`). `mode="direct"`: attention, norms and all MLPs keep their values,
         *     so only direct effects move: the graph's own linear model, exact against it.
         */
        InterventionPlan: {
            /**
             * Freeze Attention
             * @default false
             */
            freeze_attention?: boolean;
            /** Interventions */
            interventions: components["schemas"]["FeatureIntervention"][];
            /**
             * Mode
             * @default full
             * @enum {string}
             */
            mode?: "full" | "direct";
        };
        /** InvalidField */
        InvalidField: {
            /** Detail */
            detail: string;
            /**
             * Pointer
             * @description JSON pointer into the body, or the name of the query or path parameter.
             */
            pointer: string;
        };
        /**
         * Job
         * @description Long work, as shown. `done` of `total` steps of `phase`; `total` 0 means not known yet.
         */
        Job: {
            /**
             * Attempt
             * @description 1 normally, 2 when a worker died and the job was tried again.
             */
            attempt: number;
            /**
             * Created At
             * Format: date-time
             */
            created_at: string;
            /** Done */
            done: number;
            /**
             * Error
             * @description A problem document (RFC 9457) when the job failed.
             */
            error: {
                [key: string]: unknown;
            } | null;
            /** Finished At */
            finished_at: string | null;
            /** Id */
            id: string;
            /** Kind */
            kind: string;
            /** Phase */
            phase: string;
            result: components["schemas"]["JobResult"] | null;
            /** Started At */
            started_at: string | null;
            /**
             * State
             * @enum {string}
             */
            state: "queued" | "running" | "done" | "failed" | "cancelled";
            /** Total */
            total: number;
        };
        /** JobResult */
        JobResult: {
            /**
             * Graph
             * @description Id of the graph that the job stored.
             */
            graph: string;
        };
        /**
         * LogitDifference
         * @description One number: the logit of `plus` minus the logit of `minus`.
         */
        LogitDifference: {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            kind: "logit_difference";
            /** Minus */
            minus: number | string;
            /** Plus */
            plus: number | string;
            /**
             * Position
             * @default -1
             */
            position?: number;
        };
        /** MethodBody */
        MethodBody: {
            /**
             * Max Features
             * @description How many features to explain, most influential first; the others are folded into their error nodes. Null explains at most 5000.
             */
            max_features?: number | null;
            /**
             * Method
             * @default linear
             * @constant
             */
            method?: "linear";
        };
        /** ModelInfo */
        ModelInfo: {
            /** Architecture */
            architecture: string;
            /**
             * Broken Sets
             * @description Sets that are named but cannot be read.
             */
            broken_sets: components["schemas"]["BrokenSetInfo"][];
            /** Bundled */
            bundled: boolean;
            /** D Model */
            d_model: number;
            /** D Vocab */
            d_vocab: number;
            /** Dictionary Sets */
            dictionary_sets: components["schemas"]["DictionarySetInfo"][];
            /** Examples */
            examples: components["schemas"]["ExamplePrompt"][];
            /**
             * Fingerprint
             * @description SHA-256 over config, tokenizer and weights.
             */
            fingerprint: string;
            /** N Ctx */
            n_ctx: number;
            /** N Layers */
            n_layers: number;
            /** Name */
            name: string;
        };
        /** Models */
        Models: {
            /** Models */
            models: components["schemas"]["ModelInfo"][];
            worker: components["schemas"]["WorkerStatus"];
        };
        /** NextToken */
        NextToken: {
            /** Id */
            id: number;
            /** Logit */
            logit: number;
            /** Probability */
            probability: number;
            /** Text */
            text: string;
        };
        /**
         * Problem
         * @description What went wrong, in one sentence a person can act on. `type` is stable; extras depend on it.
         */
        Problem: {
            /** Detail */
            detail: string;
            /**
             * Errors
             * @description What is wrong with which field (invalid-request only).
             * @default []
             */
            errors?: components["schemas"]["InvalidField"][];
            /**
             * Instance
             * @description The path that was asked for.
             */
            instance: string;
            /**
             * Request Id
             * @description Also in the X-Request-ID header and in the server's log.
             */
            request_id: string;
            /** Status */
            status: number;
            /** Title */
            title: string;
            /**
             * Type
             * @description `/problems/NAME`, stable across versions.
             */
            type: string;
        } & {
            [key: string]: unknown;
        };
        /** Ready */
        Ready: {
            /**
             * Status
             * @description Always `ready`; anything else is a 503 problem.
             */
            status: string;
            worker: components["schemas"]["WorkerStatus"];
        };
        /** Token */
        Token: {
            /** Id */
            id: number;
            /**
             * Special
             * @description Not part of the text, e.g. the start token.
             */
            special: boolean;
            /**
             * Text
             * @description Its own text, leading space included.
             */
            text: string;
        };
        /**
         * TokenChange
         * @description One next-token candidate before and after. Logits in nats.
         *
         *     `predicted_change` is what the linear graph foretells for this token's logit: the
         *     effect of the changed features along every path through active features, attention
         *     and norms frozen; `direct_change` counts one-edge paths only. Both and
         *     `measured_change` are differences of logits from the mean logit over the vocabulary,
         *     since the softmax sees nothing else.
         */
        TokenChange: {
            /** Direct Change */
            direct_change: number;
            /** Id */
            id: number;
            /** Logit After */
            logit_after: number;
            /** Logit Before */
            logit_before: number;
            /** Measured Change */
            measured_change: number;
            /** Predicted Change */
            predicted_change: number;
            /** Probability After */
            probability_after: number;
            /** Probability Before */
            probability_before: number;
            /** Text */
            text: string;
        };
        /**
         * TokenEffect
         * @description How one unit of the feature moves a token's logit through the direct path only.
         */
        TokenEffect: {
            /** Effect */
            effect: number;
            /** Id */
            id: number;
            /** Text */
            text: string;
        };
        /** TokenizeBody */
        TokenizeBody: {
            /** Model */
            model: string;
            /**
             * Next Tokens
             * @description How many of the likeliest next tokens to give; 0 is none.
             * @default 0
             */
            next_tokens?: number;
            /** Prompt */
            prompt: string;
        };
        /** Tokenized */
        Tokenized: {
            /** Fits */
            fits: boolean;
            /**
             * N Ctx
             * @description How many tokens fit, the start token included.
             */
            n_ctx: number;
            /**
             * Next Tokens
             * @description By descending probability. Null when not asked for, when the prompt does not fit, and while the worker is starting.
             */
            next_tokens: components["schemas"]["NextToken"][] | null;
            /** Token Ids */
            token_ids: number[];
            /** Tokens */
            tokens: components["schemas"]["Token"][];
        };
        /**
         * TopLogits
         * @description The smallest set of most probable next tokens reaching `probability`, at most `max`.
         */
        TopLogits: {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            kind: "top_logits";
            /**
             * Max
             * @default 10
             */
            max?: number;
            /**
             * Position
             * @default -1
             */
            position?: number;
            /**
             * Probability
             * @default 0.95
             */
            probability?: number;
        };
        /**
         * TraceBody
         * @description What to trace. Give `prompt` or `token_ids` (the start token first), not both.
         */
        TraceBody: {
            /**
             * Dictionaries
             * @description A dictionary set; null is the model's default.
             */
            dictionaries?: string | null;
            method?: components["schemas"]["MethodBody"];
            /** Model */
            model: string;
            /** Prompt */
            prompt?: string | null;
            /** Targets */
            targets?: components["schemas"]["TopLogits"] | components["schemas"]["ChosenTokens"] | components["schemas"]["LogitDifference"] | components["schemas"]["FeatureTarget"];
            /** Token Ids */
            token_ids?: number[] | null;
        };
        /**
         * WorkerStatus
         * @description `starting` until the default model is warm. `detail` says why it is not ready, or what it lacks.
         */
        WorkerStatus: {
            /** Detail */
            detail: string;
            /** Models */
            models: string[];
            /** Pid */
            pid: number | null;
            /** Restarts */
            restarts: number;
            /**
             * State
             * @enum {string}
             */
            state: "starting" | "ready" | "down";
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    search_features_api_v1_features_get: {
        parameters: {
            query?: {
                /** @description Words; all must match. Empty lists a dictionary. */
                q?: string;
                /** @description A dictionary or a set; without one, the default model is searched. */
                dictionary?: string | null;
                limit?: number;
                cursor?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FeaturePage"];
                };
            };
            /** @description A problem document. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_feature_api_v1_features__dictionary___index__get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description `model.set.layer`, e.g. `brook.transcoders.3`. */
                dictionary: string;
                index: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FeatureDashboard"];
                };
            };
            /** @description A problem document. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_graphs_api_v1_graphs_get: {
        parameters: {
            query?: {
                limit?: number;
                cursor?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GraphList"];
                };
            };
            /** @description A problem document. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    post_graph_api_v1_graphs_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TraceBody"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GraphAnswer"];
                };
            };
            /** @description Being computed: see `job`. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GraphAnswer"];
                };
            };
            /** @description A problem document. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_graph_api_v1_graphs__id__get: {
        parameters: {
            query?: {
                node_threshold?: number;
                edge_threshold?: number;
                /** @description `json` and `columns` carry the same facts. */
                format?: components["schemas"]["GraphFormat"];
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The graph in the format asked for. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": Record<string, never>;
                    "application/vnd.headwater.graph": string;
                    "application/zip": string;
                };
            };
            /** @description Not complete yet (or failed): see `job`. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GraphAnswer"];
                };
            };
            /** @description What the client has is current (If-None-Match). */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A problem document. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    post_intervention_api_v1_graphs__id__interventions_post: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["InterventionPlan"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InterventionAnswer"];
                };
            };
            /** @description A problem document. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_intervention_api_v1_graphs__id__interventions__intervention_id__get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
                intervention_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InterventionAnswer"];
                };
            };
            /** @description A problem document. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    health_api_v1_health_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Health"];
                };
            };
            /** @description A problem document. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_job_api_v1_jobs__id__get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Job"];
                };
            };
            /** @description A problem document. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    cancel_job_api_v1_jobs__id__delete: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Job"];
                };
            };
            /** @description A problem document. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    stream_job_api_v1_jobs__id__events_get: {
        parameters: {
            query?: never;
            header?: {
                /** @description Where a broken stream ended; sent by browsers. */
                "last-event-id"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": unknown;
                };
            };
            /** @description A problem document. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_models_api_v1_models_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Models"];
                };
            };
            /** @description A problem document. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    ready_api_v1_ready_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Ready"];
                };
            };
            /** @description A problem document. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    tokenize_api_v1_tokenize_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TokenizeBody"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Tokenized"];
                };
            };
            /** @description A problem document. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
}
