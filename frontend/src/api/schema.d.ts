/** Generated from the server's OpenAPI document by `npm run types`; do not edit. */
export interface paths {
    "/api/v1/circuits": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Circuits
         * @description Stored circuits, newest first.
         */
        get: operations["list_circuits_api_v1_circuits_get"];
        put?: never;
        /**
         * Post Circuit
         * @description Find a circuit. 200 when it is stored already, else 202 with its job.
         *
         *     Finished parts of a job that was cancelled or killed are kept: asking again goes on from there.
         */
        post: operations["post_circuit_api_v1_circuits_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/circuits/compare": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Compare
         * @description What two circuits share, with the overlap that chance alone would give.
         *
         *     How each works on the other's task is an evaluation: POST /circuits/{id}/evaluations with `against`.
         */
        post: operations["compare_api_v1_circuits_compare_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/circuits/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get Circuit
         * @description A circuit, cut to its strongest nodes and edges.
         *
         *     `headwater` is the whole circuit as our own versioned JSON; `eap-ig` and `mib` the scores of all edges in
         *     the names of those projects (methods on heads and MLPs only); `csv` and `graphml` what is shown. With
         *     `select`, `headwater` and `eap-ig` hold what is shown too, and in `mib` those edges are in the graph.
         */
        get: operations["get_circuit_api_v1_circuits__id__get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/circuits/{id}/evaluations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Evaluations
         * @description Stored evaluations of a circuit, newest first.
         */
        get: operations["list_evaluations_api_v1_circuits__id__evaluations_get"];
        put?: never;
        /**
         * Post Evaluation
         * @description Evaluate a circuit on the examples set aside. 200 when it is stored already, else 202 with its job.
         */
        post: operations["post_evaluation_api_v1_circuits__id__evaluations_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/circuits/{id}/evaluations/{evaluation}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get Evaluation
         * @description One evaluation, or how far its job is.
         */
        get: operations["get_evaluation_api_v1_circuits__id__evaluations__evaluation__get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/circuits/{id}/nodes/{node}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get Node
         * @description One node (`resid3/120@2`, `a2.h3`), with the examples on which it does most.
         */
        get: operations["get_node_api_v1_circuits__id__nodes__node__get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
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
    "/api/v1/tasks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Tasks
         * @description Tasks: bundled ones first, then those stored here, newest first.
         */
        get: operations["list_tasks_api_v1_tasks_get"];
        put?: never;
        /**
         * Post Task
         * @description Store a task. Its examples are looked at by themselves; POST /tasks/check asks a model.
         */
        post: operations["post_task_api_v1_tasks_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tasks/check": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Check Task
         * @description How a model reads a task, and what it cannot use, before anything is stored or computed.
         */
        post: operations["check_task_api_v1_tasks_check_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tasks/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get Task
         * @description A task with a page of its examples. The ETag is its version.
         */
        get: operations["get_task_api_v1_tasks__id__get"];
        /**
         * Put Task
         * @description Change a task. A bundled one is copied (201) and the copy changed.
         */
        put: operations["put_task_api_v1_tasks__id__put"];
        post?: never;
        /**
         * Delete Task
         * @description Remove a task. Its circuits stay.
         */
        delete: operations["delete_task_api_v1_tasks__id__delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tasks/{id}/accuracy": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Measure Accuracy
         * @description The model's own accuracy on the task. A circuit of what it cannot do explains little.
         */
        post: operations["measure_accuracy_api_v1_tasks__id__accuracy_post"];
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
        /** AccuracyBody */
        AccuracyBody: {
            /**
             * Limit
             * @description How many examples to draw and score; null is 512.
             */
            limit?: number | null;
            /** Model */
            model: string;
        };
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
        /**
         * ActivationDifference
         * @description A baseline: how far the source moves between the runs, whatever it does.
         */
        ActivationDifference: {
            /**
             * Aggregate
             * @description Mean over examples, or mean of absolute values: nothing cancels between examples, and the sign is lost.
             * @default mean
             * @enum {string}
             */
            aggregate?: "mean" | "mean_abs";
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            method: "activation";
            /**
             * Metric
             * @default logit_difference
             * @enum {string}
             */
            metric?: "logit_difference" | "logit" | "log_probability" | "probability_difference" | "kl";
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
         * CaseAccuracy
         * @description Shares and means over some examples; None where none of them has the figure.
         */
        CaseAccuracy: {
            /** Accuracy */
            accuracy: number | null;
            /** Accuracy Patch */
            accuracy_patch: number | null;
            /** Case */
            case: string;
            /** Mean Metric */
            mean_metric: number | null;
            /** Mean Metric Patch */
            mean_metric_patch: number | null;
            /** N */
            n: number;
            /** Top1 */
            top1: number | null;
        };
        /**
         * CheckBody
         * @description Give `task` (an id), `text` or `examples`.
         */
        CheckBody: {
            /** Examples */
            examples?: components["schemas"]["ExampleBody"][] | null;
            /**
             * Filename
             * @description Its name, a hint at the format.
             * @default
             */
            filename?: string;
            /** Model */
            model: string;
            /**
             * Preview
             * @default 20
             */
            preview?: number;
            /**
             * Second
             * @description The patch side's file, of formats in two files.
             */
            second?: string | null;
            /**
             * Task
             * @description Id of a task to check.
             */
            task?: string | null;
            /**
             * Text
             * @description Content of a JSONL, JSON or CSV file.
             */
            text?: string | null;
            /**
             * Use Spans
             * @description Off reads a task whose spans were made for another tokenizer.
             * @default true
             */
            use_spans?: boolean;
        };
        /**
         * CheckPreview
         * @description How the model reads one example.
         */
        CheckPreview: {
            /**
             * Answers
             * @description The clean answer, then the patch answer if there is one.
             */
            answers: string[];
            /** Case */
            case: string;
            /** Clean Tokens */
            clean_tokens: string[];
            /** Line */
            line: number;
            /** Patch Tokens */
            patch_tokens: string[] | null;
            /**
             * Spans
             * @description Name of every position's span.
             */
            spans: string[] | null;
        };
        /** CheckProblem */
        CheckProblem: {
            /** Field */
            field: string;
            /**
             * Line
             * @description Line of the file (from 1), or number of the example plus 1.
             */
            line: number;
            /** Reason */
            reason: string;
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
        /**
         * CircuitAnswer
         * @description A circuit that was asked for. Until `status` is `done`, what is only known then is null.
         */
        CircuitAnswer: {
            /** Accuracy */
            accuracy: number | null;
            /** Bins */
            bins: string[] | null;
            /**
             * Created At
             * Format: date-time
             */
            created_at: string;
            /** Dictionaries */
            dictionaries: {
                [key: string]: string;
            };
            /**
             * Id
             * @description SHA-256 of model, dictionaries, examples, method and engine: equal request, equal id.
             */
            id: string;
            /** @description The job that computes it; null when it was stored already. */
            job: components["schemas"]["Job"] | null;
            /**
             * Level
             * @enum {string}
             */
            level: "features" | "components";
            /** Method */
            method: {
                [key: string]: unknown;
            };
            /** Methods Text */
            methods_text: string | null;
            /** Metric Clean */
            metric_clean: number | null;
            /** Metric Patch */
            metric_patch: number | null;
            /** Model */
            model: string;
            /** N Edges */
            n_edges: number | null;
            /** N Nodes */
            n_nodes: number | null;
            /** Provenance */
            provenance: {
                [key: string]: unknown;
            } | null;
            /** @description What asks for this circuit again: work that was cancelled or failed goes on. Once the task is changed, it asks for another circuit. */
            request: components["schemas"]["CircuitBody"];
            /**
             * Status
             * @enum {string}
             */
            status: "queued" | "running" | "done" | "failed" | "cancelled";
            task: components["schemas"]["TaskOfCircuit"];
        };
        /**
         * CircuitBody
         * @description What circuit to find.
         */
        CircuitBody: {
            /**
             * Dictionaries
             * @description Dictionary set of each site (`attn`, `mlp`, `resid`); null is every site that the model has dictionaries for. Methods on heads and MLPs use none.
             */
            dictionaries?: {
                [key: string]: string;
            } | null;
            /**
             * Examples
             * @description How many examples to draw; null is all.
             */
            examples?: number | null;
            /** Method */
            method: components["schemas"]["SparseFeatures"] | components["schemas"]["Hierarchical"] | components["schemas"]["Eap"] | components["schemas"]["EapIgInputs"] | components["schemas"]["EapIgActivations"] | components["schemas"]["ExactEdges"] | components["schemas"]["PositionAware"] | components["schemas"]["EdgeSearch"] | components["schemas"]["RandomScores"] | components["schemas"]["ActivationDifference"] | components["schemas"]["GradientOnly"];
            /** Model */
            model: string;
            /**
             * Seed
             * @description Which examples are drawn.
             * @default 0
             */
            seed?: number;
            /** @description Null sets 30 % aside for evaluation, or what the task itself marks. */
            split?: components["schemas"]["SplitBody"] | null;
            /**
             * Task
             * @description Id of a task, e.g. `brook:indirect_object`.
             */
            task: string;
        };
        /**
         * CircuitFormat
         * @enum {string}
         */
        CircuitFormat: "json" | "columns" | "headwater" | "eap-ig" | "mib" | "csv" | "graphml";
        /** CircuitList */
        CircuitList: {
            /** Items */
            items: components["schemas"]["CircuitSummary"][];
            /**
             * Next
             * @description Cursor of the next page; null on the last.
             */
            next: string | null;
        };
        /**
         * CircuitSummary
         * @description The facts about a complete circuit that need none of its arrays.
         */
        CircuitSummary: {
            /**
             * Accuracy
             * @description Share of examples whose clean answer beats the patch answer; null where the metric does not tell.
             */
            accuracy: number | null;
            /**
             * Bins
             * @description Entries of the position axis: positions, spans, or one for all.
             */
            bins: string[];
            /**
             * Created At
             * Format: date-time
             */
            created_at: string;
            /**
             * Dictionaries
             * @description Dictionary set of each site; empty for components.
             */
            dictionaries: {
                [key: string]: string;
            };
            /**
             * Id
             * @description SHA-256 of model, dictionaries, examples, method and engine: equal request, equal id.
             */
            id: string;
            /**
             * Level
             * @enum {string}
             */
            level: "features" | "components";
            /**
             * Method
             * @description The method with all its settings.
             */
            method: {
                [key: string]: unknown;
            };
            /**
             * Methods Text
             * @description A paragraph for a paper that states every setting.
             */
            methods_text: string;
            /**
             * Metric Clean
             * @description Mean metric on the clean prompts.
             */
            metric_clean: number | null;
            /**
             * Metric Patch
             * @description Mean metric on the patch prompts; null without them.
             */
            metric_patch: number | null;
            /** Model */
            model: string;
            /** N Edges */
            n_edges: number;
            /** N Nodes */
            n_nodes: number;
            /** Provenance */
            provenance: {
                [key: string]: unknown;
            };
            /**
             * Status
             * @constant
             */
            status: "done";
            task: components["schemas"]["TaskOfCircuit"];
        };
        /**
         * CompareBody
         * @description Two circuits, and how much of each is compared: the strongest `nodes` and `edges`, or a `share`.
         */
        CompareBody: {
            /** A */
            a: string;
            /** B */
            b: string;
            /**
             * Edges
             * @description Null is 500 unless a share is given.
             */
            edges?: number | null;
            /**
             * Nodes
             * @description Null is 100 unless a share is given.
             */
            nodes?: number | null;
            /**
             * Share
             * @description Of each circuit's own nodes and edges, instead of numbers.
             */
            share?: number | null;
        };
        /** ComparedEffect */
        ComparedEffect: {
            /** A */
            a: number;
            /** B */
            b: number;
            /** Name */
            name: string;
        };
        /** Comparison */
        Comparison: {
            a: components["schemas"]["CircuitSummary"];
            b: components["schemas"]["CircuitSummary"];
            edges: components["schemas"]["Overlap"];
            /**
             * Effects
             * @description Both effects of every node compared, strongest first.
             */
            effects: components["schemas"]["ComparedEffect"][];
            nodes: components["schemas"]["Overlap"];
            /**
             * Weights
             * @description Both weights of every edge compared, likewise.
             */
            weights: components["schemas"]["ComparedEffect"][];
        };
        /**
         * Curve
         * @description Faithfulness over size for one ranking. `name`: "circuit" or a baseline. `ranking`: by |score| or by
         *     the signed score. CPR belongs to the signed ranking, CMD to the absolute one; both are given for both.
         */
        Curve: {
            /** Cmd */
            cmd: number | null;
            /** Cpr */
            cpr: number | null;
            /** Name */
            name: string;
            /** Points */
            points: components["schemas"]["CurvePoint"][];
            /**
             * Ranking
             * @enum {string}
             */
            ranking: "absolute" | "signed";
        };
        /**
         * CurvePoint
         * @description One circuit size. None where a number does not exist (a ratio over zero, no such comparison).
         *
         *     `faithfulness`, `completeness` and `soft` are ratios of means over examples; `quantiles` is over each
         *     example's own faithfulness.
         */
        CurvePoint: {
            /**
             * Asked
             * @description Before nodes without inputs or outputs were removed.
             */
            asked: number;
            /**
             * Completeness
             * @description Faithfulness of everything outside the circuit; near 0 is good.
             */
            completeness: number | null;
            /** Faithfulness */
            faithfulness: number | null;
            /** Fraction */
            fraction: number;
            /**
             * Hard
             * @description Share of examples whose top token is the model's.
             */
            hard: number | null;
            /**
             * Kl
             * @description KL(model || circuit) at the readout, nats, mean.
             */
            kl: number | null;
            /** Metric */
            metric: number;
            quantiles: components["schemas"]["Quantiles"] | null;
            /**
             * Size
             * @description Edges (heads and MLPs) or nodes (features) in the circuit.
             */
            size: number;
            /**
             * Soft
             * @description m(circuit) / m(model).
             */
            soft: number | null;
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
             * Site
             * @description Where its features stand in a circuit: attention output, MLP output or residual stream; null where no circuit reads them.
             */
            site: ("attn" | "mlp" | "resid") | null;
            /**
             * Width
             * @description Features per layer (of the widest).
             */
            width: number;
        };
        /**
         * Eap
         * @description Edge attribution patching: one gradient for all edges between heads and MLPs.
         *     Syed et al. 2023 (arXiv 2310.10348).
         */
        Eap: {
            /**
             * Aggregate
             * @description Mean over examples, or mean of absolute values: nothing cancels between examples, and the sign is lost.
             * @default mean
             * @enum {string}
             */
            aggregate?: "mean" | "mean_abs";
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            method: "eap";
            /**
             * Metric
             * @default logit_difference
             * @enum {string}
             */
            metric?: "logit_difference" | "logit" | "log_probability" | "probability_difference" | "kl";
        };
        /**
         * EapIgActivations
         * @description Edge attribution patching with gradients averaged while one layer's sources move to the patch run.
         */
        EapIgActivations: {
            /**
             * Aggregate
             * @description Mean over examples, or mean of absolute values: nothing cancels between examples, and the sign is lost.
             * @default mean
             * @enum {string}
             */
            aggregate?: "mean" | "mean_abs";
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            method: "eap-ig-activations";
            /**
             * Metric
             * @default logit_difference
             * @enum {string}
             */
            metric?: "logit_difference" | "logit" | "log_probability" | "probability_difference" | "kl";
            /**
             * Steps
             * @default 5
             */
            steps?: number;
        };
        /**
         * EapIgInputs
         * @description Edge attribution patching with gradients averaged over interpolated token embeddings.
         *     Hanna et al. 2024 (arXiv 2403.17806).
         */
        EapIgInputs: {
            /**
             * Aggregate
             * @description Mean over examples, or mean of absolute values: nothing cancels between examples, and the sign is lost.
             * @default mean
             * @enum {string}
             */
            aggregate?: "mean" | "mean_abs";
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            method: "eap-ig-inputs";
            /**
             * Metric
             * @default logit_difference
             * @enum {string}
             */
            metric?: "logit_difference" | "logit" | "log_probability" | "probability_difference" | "kl";
            /**
             * Steps
             * @default 5
             */
            steps?: number;
        };
        /**
         * EdgeSearch
         * @description Removes edges one by one, from the output down, while the model's answers stay as they are.
         *     After ACDC, Conmy et al. 2023 (arXiv 2304.14997).
         */
        EdgeSearch: {
            /**
             * Compare
             * @description KL of the answers' distributions, mean squared change of their logits, or the metric.
             * @default kl
             * @enum {string}
             */
            compare?: "kl" | "mse" | "metric";
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            method: "acdc";
            /**
             * Metric
             * @default logit_difference
             * @enum {string}
             */
            metric?: "logit_difference" | "logit" | "log_probability" | "probability_difference" | "kl";
            /**
             * Threshold
             * @description An edge stays when removing it changes the outputs by more than this.
             * @default 0.01
             */
            threshold?: number;
        };
        /** EvaluationAnswer */
        EvaluationAnswer: {
            /** Against */
            against: string | null;
            /** Circuit */
            circuit: string;
            /**
             * Created At
             * Format: date-time
             */
            created_at: string;
            /**
             * Id
             * @description SHA-256 of circuit, settings and `against`: equal request, equal id.
             */
            id: string;
            /** @description The job that computes it; null when it was stored already. */
            job: components["schemas"]["Job"] | null;
            /** @description Null until `status` is `done`. */
            result: components["schemas"]["EvaluationResult"] | null;
            settings: components["schemas"]["EvaluationSettings"];
            /**
             * Status
             * @enum {string}
             */
            status: "queued" | "running" | "done" | "failed" | "cancelled";
        };
        /** EvaluationBody */
        EvaluationBody: {
            /**
             * Against
             * @description Id of another circuit: this circuit's nodes and edges are evaluated on the other's task (cross-ablation).
             */
            against?: string | null;
            settings?: components["schemas"]["EvaluationSettings"];
        };
        /** EvaluationList */
        EvaluationList: {
            /** Items */
            items: components["schemas"]["EvaluationAnswer"][];
        };
        /** EvaluationResult */
        EvaluationResult: {
            /**
             * Against
             * @description The task it was run on, where that is not its own.
             */
            against?: string | null;
            /**
             * Clean
             * @description Mean metric of the model.
             */
            clean: number;
            /** Curves */
            curves: components["schemas"]["Curve"][];
            /**
             * Empty
             * @description Mean metric with everything ablated.
             */
            empty: number;
            /**
             * Level
             * @enum {string}
             */
            level: "components" | "features";
            /** Method */
            method: {
                [key: string]: unknown;
            };
            /** Model */
            model: string;
            /** N Examples */
            n_examples: number;
            /**
             * N Items
             * @description Edges (components) or nodes (features) there are to choose from.
             */
            n_items: number;
            /**
             * Notes
             * @default []
             */
            notes?: string[];
            settings: components["schemas"]["EvaluationSettings"];
            /**
             * Stability
             * @default []
             */
            stability?: components["schemas"]["Stability"][];
            /** Task */
            task: {
                [key: string]: unknown;
            };
        };
        /** EvaluationSettings */
        EvaluationSettings: {
            /**
             * Ablation
             * @description What stands in for everything outside the circuit.
             * @default counterfactual
             * @enum {string}
             */
            ablation?: "counterfactual" | "resample" | "mean" | "mean_position" | "zero";
            /**
             * Baselines
             * @description Rankings to stand in the same plot.
             * @default [
             *       "random",
             *       "activation",
             *       "gradient"
             *     ]
             */
            baselines?: ("random" | "activation" | "gradient")[];
            /**
             * Errors
             * @description What becomes of error terms (feature circuits).
             * @default circuit
             * @enum {string}
             */
            errors?: "circuit" | "keep" | "remove";
            /**
             * N Resamples
             * @description Draws of examples for the stability of nodes and edges; 0: none.
             * @default 0
             */
            n_resamples?: number;
            /**
             * Seed
             * @default 0
             */
            seed?: number;
            /**
             * Selection
             * @description The highest scores, or best first from the logits so that every edge leads there.
             * @default top
             * @enum {string}
             */
            selection?: "top" | "greedy";
            /**
             * Sizes
             * @description Circuit sizes: shares of all edges (heads and MLPs), or numbers of nodes (features). By default the ten shares of the MIB benchmark, or a sweep over node counts.
             */
            sizes?: number[] | null;
            /**
             * Stability Size
             * @description Size of the circuit whose stability is measured, as a share of edges or nodes.
             * @default 0.05
             */
            stability_size?: number;
            /**
             * Start Layer
             * @description Layers below this one are left as they are (feature circuits); free layers flatter.
             * @default 0
             */
            start_layer?: number;
        };
        /**
         * ExactEdges
         * @description Every edge patched by itself: the reference, and slow.
         */
        ExactEdges: {
            /**
             * Aggregate
             * @description Mean over examples, or mean of absolute values: nothing cancels between examples, and the sign is lost.
             * @default mean
             * @enum {string}
             */
            aggregate?: "mean" | "mean_abs";
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            method: "exact";
            /**
             * Metric
             * @default logit_difference
             * @enum {string}
             */
            metric?: "logit_difference" | "logit" | "log_probability" | "probability_difference" | "kl";
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
         * ExampleAccuracy
         * @description `correct` is None where no answer is wrong; what is about the patch prompt, where there is none.
         */
        ExampleAccuracy: {
            /** Case */
            case: string;
            /**
             * Correct
             * @description Whether the clean answer beats the patch answer.
             */
            correct: boolean | null;
            /**
             * Example
             * @description Its number in the task, from 0.
             */
            example: number;
            /**
             * Flipped
             * @description Whether the patch answer wins on the patch prompt.
             */
            flipped: boolean | null;
            /**
             * Metric
             * @description Logit of the clean answer less that of the patch answer, clean prompt.
             */
            metric: number;
            /**
             * Metric Patch
             * @description The same metric on the patch prompt.
             */
            metric_patch: number | null;
            /**
             * Predicted
             * @description The likeliest token.
             */
            predicted: string;
            /**
             * Top1
             * @description Whether a clean answer is the likeliest token of all.
             */
            top1: boolean;
        };
        /**
         * ExampleBody
         * @description One pair of prompts. Answers are single tokens of the model, the leading space included.
         */
        ExampleBody: {
            /**
             * Case
             * @description A group of examples, e.g. `singular`.
             * @default
             */
            case?: string;
            /** Clean Answer */
            clean_answer: string;
            /**
             * Clean Answers
             * @description Several right answers: the metric is their mean logit.
             */
            clean_answers?: string[];
            /** Clean Prefix */
            clean_prefix: string;
            /** Patch Answer */
            patch_answer?: string | null;
            /**
             * Patch Answers
             * @description Several wrong answers, likewise.
             */
            patch_answers?: string[];
            /** Patch Prefix */
            patch_prefix?: string | null;
            /**
             * Spans
             * @description Span name to its token positions [start, end), the start token being position 0. In order, covering every token but the start token.
             */
            spans?: {
                [key: string]: [
                    number,
                    number
                ];
            } | null;
            /**
             * Split
             * @description Where a split puts it; null leaves that to chance.
             */
            split?: ("train" | "evaluation") | null;
        };
        /**
         * ExampleEffect
         * @description How much a node does on one example.
         */
        ExampleEffect: {
            /** Case */
            case: string;
            /** Clean Tokens */
            clean_tokens: string[];
            /** Effect */
            effect: number;
            /**
             * Example
             * @description Number of the example in the task.
             */
            example: number;
            /** Patch Tokens */
            patch_tokens: string[] | null;
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
         * ExampleShown
         * @description One example. A text task has the prefixes and answers, a token task the ids and readouts.
         */
        ExampleShown: {
            /** Case */
            case: string;
            /** Clean Answer */
            clean_answer: string | null;
            /** Clean Answers */
            clean_answers: string[];
            /** Clean Ids */
            clean_ids: number[] | null;
            /** Clean Prefix */
            clean_prefix: string | null;
            /**
             * Example
             * @description Its number in the task, from 0.
             */
            example: number;
            /** Patch Answer */
            patch_answer: string | null;
            /** Patch Answers */
            patch_answers: string[];
            /** Patch Ids */
            patch_ids: number[] | null;
            /** Patch Prefix */
            patch_prefix: string | null;
            /**
             * Readouts
             * @description (position, correct token, wrong token or null, weight).
             */
            readouts: [
                number,
                number,
                number | null,
                number
            ][] | null;
            /** Spans */
            spans: {
                [key: string]: [
                    number,
                    number
                ];
            } | null;
            /** Split */
            split: ("train" | "evaluation") | null;
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
         * FeatureLink
         * @description Where a feature's dashboard is: `GET /features/{dictionary}/{index}`.
         */
        FeatureLink: {
            /** Dictionary */
            dictionary: string;
            /** Index */
            index: number;
        };
        /**
         * FeatureMetric
         * @description The activation of one feature at the readout position: what makes this feature fire?
         */
        FeatureMetric: {
            /** Index */
            index: number;
            /**
             * Kind
             * @default feature
             * @constant
             */
            kind?: "feature";
            /** Layer */
            layer: number;
            /**
             * Site
             * @enum {string}
             */
            site: "attn" | "mlp" | "resid";
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
         * GradientOnly
         * @description A baseline: how steep the metric is at the destination, whatever arrives there.
         */
        GradientOnly: {
            /**
             * Aggregate
             * @description Mean over examples, or mean of absolute values: nothing cancels between examples, and the sign is lost.
             * @default mean
             * @enum {string}
             */
            aggregate?: "mean" | "mean_abs";
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            method: "gradient";
            /**
             * Metric
             * @default logit_difference
             * @enum {string}
             */
            metric?: "logit_difference" | "logit" | "log_probability" | "probability_difference" | "kl";
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
         * Hierarchical
         * @description One backward pass in which weak nodes block what flows through them, so a circuit of the size asked
         *     for comes out whole. Ge et al. 2024 (arXiv 2405.13868).
         */
        Hierarchical: {
            /**
             * Edges Per Node
             * @default 50
             */
            edges_per_node?: number;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            method: "hierarchical";
            /**
             * Metric
             * @default logit_difference
             */
            metric?: ("logit_difference" | "logit" | "log_probability" | "probability_difference" | "kl") | components["schemas"]["FeatureMetric"];
            /**
             * Positions
             * @default sum
             * @enum {string}
             */
            positions?: "separate" | "spans" | "sum";
            /**
             * Size
             * @description About this many nodes.
             * @default 200
             */
            size?: number;
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
        /** Inclusion */
        Inclusion: {
            /**
             * Frequency
             * @description Share of draws of examples in which it is in the circuit.
             */
            frequency: number;
            /** Name */
            name: string;
            /** Score */
            score: number;
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
             * @description 1 normally, more when a worker died and the job was tried again.
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
            /**
             * Unit
             * @description What `done` and `total` count, e.g. `examples`; empty for steps.
             */
            unit: string;
        };
        /**
         * JobResult
         * @description Ids of what the job stored; the others are null.
         */
        JobResult: {
            /** Circuit */
            circuit: string | null;
            /**
             * Evaluation
             * @description An evaluation of `circuit`.
             */
            evaluation: string | null;
            /** Graph */
            graph: string | null;
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
            /**
             * Can Trace
             * @description Whether its prompts can be traced: that takes a tokenizer, transcoders, and an architecture that tracing follows. Circuits of heads and MLPs need none of these.
             */
            can_trace: boolean;
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
            /**
             * Has Tokenizer
             * @description False: it reads token ids only, so its tasks are of token ids.
             */
            has_tokenizer: boolean;
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
         * NodeDetails
         * @description One node of a circuit. `effect`: how far the metric falls when it goes from clean to patch.
         */
        NodeDetails: {
            /** Bin */
            bin: string;
            /** Effect */
            effect: number;
            feature: components["schemas"]["FeatureLink"] | null;
            /** Index */
            index: number;
            /**
             * Influence
             * @description Its share of the sum of |effect| over all nodes but the metric.
             */
            influence: number;
            /** Kind */
            kind: string;
            /** Layer */
            layer: number;
            /** N Examples */
            n_examples: number;
            /** N Nodes */
            n_nodes: number;
            /** Node */
            node: string;
            /**
             * Per Example
             * @description Largest |effect| first; empty when the method keeps no effects of single examples.
             */
            per_example: components["schemas"]["ExampleEffect"][];
            /**
             * Rank
             * @description By |effect|, from 1; 0 for the metric itself.
             */
            rank: number;
            /** Site */
            site: string;
            /**
             * Spread
             * @description Standard deviation of the effect over examples.
             */
            spread: number;
        };
        /**
         * Overlap
         * @description Of two sets. Null where a number does not exist (nothing to compare, or nothing that varies).
         */
        Overlap: {
            /**
             * Chance
             * @description Mean Jaccard index of random sets of these sizes, exactly.
             */
            chance: number | null;
            /**
             * Chance Simple
             * @description K / (2 - K), K the mean fraction: what papers quote.
             */
            chance_simple: number | null;
            /**
             * Correlation
             * @description Pearson's, of the scores of everything in either.
             */
            correlation: number | null;
            /** Jaccard */
            jaccard: number | null;
            /** N A */
            n_a: number;
            /** N B */
            n_b: number;
            /** N Shared */
            n_shared: number;
            /** Only A */
            only_a: string[];
            /** Only B */
            only_b: string[];
            /**
             * Rank Correlation
             * @description Spearman's, likewise.
             */
            rank_correlation: number | null;
            /** Shared */
            shared: string[];
            /**
             * Universe
             * @description How many there are in either circuit, to choose from.
             */
            universe: number;
        };
        /**
         * PositionAware
         * @description Edges at each position or span, and edges between positions inside a head.
         *     Haklay et al. 2025 (arXiv 2502.04577).
         */
        PositionAware: {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            method: "peap";
            /**
             * Metric
             * @default logit_difference
             * @enum {string}
             */
            metric?: "logit_difference" | "logit" | "log_probability" | "probability_difference" | "kl";
            /**
             * Positions
             * @default separate
             * @enum {string}
             */
            positions?: "separate" | "spans";
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
        /**
         * Quantiles
         * @description Over examples, each with its own ratio; `worst5` is the 5 % quantile.
         */
        Quantiles: {
            /** Median */
            median: number;
            /** Q1 */
            q1: number;
            /** Q3 */
            q3: number;
            /** Worst5 */
            worst5: number;
        };
        /**
         * RandomScores
         * @description A baseline: random scores for every edge.
         */
        RandomScores: {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            method: "random";
            /**
             * Metric
             * @default logit_difference
             * @enum {string}
             */
            metric?: "logit_difference" | "logit" | "log_probability" | "probability_difference" | "kl";
            /**
             * Seed
             * @default 0
             */
            seed?: number;
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
        /**
         * SparseFeatures
         * @description Sparse feature circuits: the effect of every dictionary feature and error term, and edges between
         *     the strongest. Marks et al. 2024 (arXiv 2403.19647).
         */
        SparseFeatures: {
            /**
             * Edges Per Node
             * @description Strongest inputs kept for each of them.
             * @default 50
             */
            edges_per_node?: number;
            /**
             * Effects
             * @description Integrated gradients, one gradient (attribution patching), or patching each node.
             * @default ig
             * @enum {string}
             */
            effects?: "ig" | "attribution" | "exact";
            /**
             * Max Nodes
             * @description Nodes whose inputs are computed, strongest first.
             * @default 300
             */
            max_nodes?: number;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            method: "sfc";
            /**
             * Metric
             * @default logit_difference
             */
            metric?: ("logit_difference" | "logit" | "log_probability" | "probability_difference" | "kl") | components["schemas"]["FeatureMetric"];
            /**
             * Patch
             * @description Patch from the pair's other prompt, or to zero.
             * @default pair
             * @enum {string}
             */
            patch?: "pair" | "zero";
            /**
             * Positions
             * @default sum
             * @enum {string}
             */
            positions?: "separate" | "spans" | "sum";
            /**
             * Rule
             * @description Where the points lie: midpoints, or the paper's left ends (the clean run first).
             * @default midpoint
             * @enum {string}
             */
            rule?: "midpoint" | "left";
            /**
             * Steps
             * @description Points on the path of integrated gradients.
             * @default 10
             */
            steps?: number;
        };
        /**
         * SplitBody
         * @description Examples set aside: the circuit is found on the others and evaluated on these.
         */
        SplitBody: {
            /**
             * Evaluation Share
             * @description 0 sets none aside: the circuit is evaluated where it was found.
             * @default 0.3
             */
            evaluation_share?: number;
            /**
             * Seed
             * @default 0
             */
            seed?: number;
        };
        /**
         * Stability
         * @description How a circuit of this size changes when examples are drawn again (with replacement).
         */
        Stability: {
            /**
             * Chance
             * @description The same between random sets of this size.
             */
            chance: number;
            /**
             * Items
             * @description The strongest first; at most 2,000.
             */
            items: components["schemas"]["Inclusion"][];
            /**
             * Mean Jaccard
             * @description Between the circuit and a redrawn one.
             */
            mean_jaccard: number;
            /** N Examples */
            n_examples: number;
            /** N Resamples */
            n_resamples: number;
            /**
             * Of
             * @enum {string}
             */
            of: "edges" | "nodes";
            /** Size */
            size: number;
            /** Total */
            total: number;
        };
        /**
         * TaskAccuracy
         * @description `n_total`: how many examples there were to measure. `by_case`: cases in the order they appear.
         */
        TaskAccuracy: {
            /** Accuracy */
            accuracy: number | null;
            /** Accuracy Patch */
            accuracy_patch: number | null;
            /** By Case */
            by_case: components["schemas"]["CaseAccuracy"][];
            /** Mean Metric */
            mean_metric: number | null;
            /** Mean Metric Patch */
            mean_metric_patch: number | null;
            /** N */
            n: number;
            /** N Total */
            n_total: number;
            /** Per Example */
            per_example: components["schemas"]["ExampleAccuracy"][];
            /** Top1 */
            top1: number | null;
        };
        /**
         * TaskBody
         * @description A task to store.
         */
        TaskBody: {
            /** Description */
            description?: string | null;
            /** Examples */
            examples?: components["schemas"]["ExampleBody"][] | null;
            /**
             * Filename
             * @description Its name, a hint at the format.
             * @default
             */
            filename?: string;
            /**
             * Name
             * @description A short name.
             */
            name: string;
            /**
             * Second
             * @description The patch side's file, of formats in two files.
             */
            second?: string | null;
            /**
             * Source
             * @description Where the examples come from.
             */
            source?: string | null;
            /**
             * Text
             * @description Content of a JSONL, JSON or CSV file.
             */
            text?: string | null;
            /** Title */
            title?: string | null;
        };
        /**
         * TaskChange
         * @description What to change; what is null stays. `version` guards against overwriting somebody else's change.
         */
        TaskChange: {
            /** Description */
            description?: string | null;
            /** Examples */
            examples?: components["schemas"]["ExampleBody"][] | null;
            /**
             * Filename
             * @description Its name, a hint at the format.
             * @default
             */
            filename?: string;
            /** Name */
            name?: string | null;
            /**
             * Second
             * @description The patch side's file, of formats in two files.
             */
            second?: string | null;
            /** Source */
            source?: string | null;
            /**
             * Text
             * @description Content of a JSONL, JSON or CSV file.
             */
            text?: string | null;
            /** Title */
            title?: string | null;
            /**
             * Version
             * @description The version that was read; the If-Match header says the same. One is needed.
             */
            version?: number | null;
        };
        /**
         * TaskCheck
         * @description What of a task a model can use.
         */
        TaskCheck: {
            /**
             * Equal Lengths
             * @description Whether all prompts are equally long; else effects per position need spans.
             */
            equal_lengths: boolean;
            /**
             * Lengths
             * @description The different prompt lengths, ascending.
             */
            lengths: number[];
            /** N Dropped */
            n_dropped: number;
            /** N Ok */
            n_ok: number;
            /** Notes */
            notes: string[];
            /** Preview */
            preview: components["schemas"]["CheckPreview"][];
            /**
             * Problems
             * @description Why examples cannot be used, at most 100 of them.
             */
            problems: components["schemas"]["CheckProblem"][];
            /** Span Names */
            span_names: string[] | null;
        };
        /** TaskDetail */
        TaskDetail: {
            /**
             * Bundled
             * @description Comes with its model and is never changed; writing makes a copy.
             */
            bundled: boolean;
            /** Cases */
            cases: string[];
            /** Created At */
            created_at: string | null;
            /** Description */
            description: string;
            /** Examples */
            examples: components["schemas"]["ExampleShown"][];
            /** Has Spans */
            has_spans: boolean;
            /**
             * Id
             * @description `model:name` of a bundled task.
             */
            id: string;
            /**
             * Kind
             * @description `tokens`: examples are token ids of one model, written by a program.
             * @enum {string}
             */
            kind: "text" | "tokens";
            /** Limit */
            limit: number;
            /**
             * Model
             * @description The model it was made for; null fits any whose tokens suit it.
             */
            model: string | null;
            /** N Examples */
            n_examples: number;
            /** Name */
            name: string;
            /** Offset */
            offset: number;
            /** Source */
            source: string;
            /** Title */
            title: string;
            /** Updated At */
            updated_at: string | null;
            /**
             * Version
             * @description Grows with every change; 0 for a bundled task.
             */
            version: number;
        };
        /** TaskList */
        TaskList: {
            /** Items */
            items: components["schemas"]["TaskSummary"][];
        };
        /** TaskOfCircuit */
        TaskOfCircuit: {
            /**
             * Fingerprint
             * @description SHA-256 of the examples as tokens.
             */
            fingerprint: string;
            /**
             * Id
             * @description Of the task when the circuit was asked for; it may be gone since.
             */
            id: string;
            /**
             * N Dropped
             * @description Examples of the task that this model cannot use.
             */
            n_dropped: number;
            /**
             * N Evaluation
             * @description Those set aside for evaluation; 0: evaluated on the same ones.
             */
            n_evaluation: number;
            /**
             * N Examples
             * @description Usable examples that were drawn, both parts together.
             */
            n_examples: number;
            /**
             * N Train
             * @description Those that the circuit was found on.
             */
            n_train: number;
            /** Name */
            name: string;
            /** Title */
            title: string;
        };
        /**
         * TaskSummary
         * @description A task without its examples.
         */
        TaskSummary: {
            /**
             * Bundled
             * @description Comes with its model and is never changed; writing makes a copy.
             */
            bundled: boolean;
            /** Cases */
            cases: string[];
            /** Created At */
            created_at: string | null;
            /** Description */
            description: string;
            /** Has Spans */
            has_spans: boolean;
            /**
             * Id
             * @description `model:name` of a bundled task.
             */
            id: string;
            /**
             * Kind
             * @description `tokens`: examples are token ids of one model, written by a program.
             * @enum {string}
             */
            kind: "text" | "tokens";
            /**
             * Model
             * @description The model it was made for; null fits any whose tokens suit it.
             */
            model: string | null;
            /** N Examples */
            n_examples: number;
            /** Name */
            name: string;
            /** Source */
            source: string;
            /** Title */
            title: string;
            /** Updated At */
            updated_at: string | null;
            /**
             * Version
             * @description Grows with every change; 0 for a bundled task.
             */
            version: number;
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
    list_circuits_api_v1_circuits_get: {
        parameters: {
            query?: {
                limit?: number;
                cursor?: string | null;
                /** @description Id of a task. */
                task?: string | null;
                model?: string | null;
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
                    "application/json": components["schemas"]["CircuitList"];
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
    post_circuit_api_v1_circuits_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CircuitBody"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CircuitAnswer"];
                };
            };
            /** @description Being computed: see `job`. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CircuitAnswer"];
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
    compare_api_v1_circuits_compare_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CompareBody"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Comparison"];
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
    get_circuit_api_v1_circuits__id__get: {
        parameters: {
            query?: {
                /** @description Strongest nodes shown at most. */
                nodes?: number;
                /** @description Strongest edges shown at most. */
                edges?: number;
                /** @description Least |effect| shown. */
                min_effect?: number;
                /** @description Least |weight| shown. */
                min_weight?: number;
                /** @description `json` and `columns` carry the same facts. */
                format?: components["schemas"]["CircuitFormat"];
                /** @description Which table `csv` gives. */
                table?: "nodes" | "edges";
                /** @description Which edges: the `strongest` (the default), the strongest that are `connected` from the input to the metric, or those that a `greedy` search from the metric reaches. */
                select?: ("strongest" | "connected" | "greedy") | null;
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The circuit in the format asked for. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": Record<string, never>;
                    "application/vnd.headwater.graph": string;
                    "application/xml": string;
                    "text/csv": string;
                };
            };
            /** @description Not complete yet (or failed): see `job`. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CircuitAnswer"];
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
    list_evaluations_api_v1_circuits__id__evaluations_get: {
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
                    "application/json": components["schemas"]["EvaluationList"];
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
    post_evaluation_api_v1_circuits__id__evaluations_post: {
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
                "application/json": components["schemas"]["EvaluationBody"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EvaluationAnswer"];
                };
            };
            /** @description Being computed: see `job`. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EvaluationAnswer"];
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
    get_evaluation_api_v1_circuits__id__evaluations__evaluation__get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
                evaluation: string;
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
                    "application/json": components["schemas"]["EvaluationAnswer"];
                };
            };
            /** @description Not complete yet. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EvaluationAnswer"];
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
    get_node_api_v1_circuits__id__nodes__node__get: {
        parameters: {
            query?: {
                limit?: number;
            };
            header?: never;
            path: {
                id: string;
                node: string;
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
                    "application/json": components["schemas"]["NodeDetails"];
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
    list_tasks_api_v1_tasks_get: {
        parameters: {
            query?: {
                /** @description Bundled tasks of this model only. */
                model?: string | null;
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
                    "application/json": components["schemas"]["TaskList"];
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
    post_task_api_v1_tasks_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TaskBody"];
            };
        };
        responses: {
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TaskDetail"];
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
    check_task_api_v1_tasks_check_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CheckBody"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TaskCheck"];
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
    get_task_api_v1_tasks__id__get: {
        parameters: {
            query?: {
                offset?: number;
                limit?: number;
            };
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
                    "application/json": components["schemas"]["TaskDetail"];
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
    put_task_api_v1_tasks__id__put: {
        parameters: {
            query?: never;
            header?: {
                /** @description The version as an ETag, e.g. `"3"`. */
                "if-match"?: string | null;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TaskChange"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TaskDetail"];
                };
            };
            /** @description A copy of a bundled task. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TaskDetail"];
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
    delete_task_api_v1_tasks__id__delete: {
        parameters: {
            query?: {
                /** @description The version that was read, or If-Match. */
                version?: number | null;
            };
            header?: {
                /** @description The version as an ETag, e.g. `"3"`. */
                "if-match"?: string | null;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            204: {
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
    measure_accuracy_api_v1_tasks__id__accuracy_post: {
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
                "application/json": components["schemas"]["AccuracyBody"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TaskAccuracy"];
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
