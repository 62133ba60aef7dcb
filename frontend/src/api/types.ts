/** The server's own types, generated from its OpenAPI document, under the names the page uses. */
import type { components } from "./schema";

type Schemas = components["schemas"];

export type Model = Schemas["ModelInfo"];
export type ModelsAnswer = Schemas["Models"];
export type WorkerStatus = Schemas["WorkerStatus"];
export type PromptToken = Schemas["Token"];
export type NextToken = Schemas["NextToken"];
export type Tokenised = Schemas["Tokenized"];
export type TraceRequest = Schemas["TraceBody"];
export type Targets = NonNullable<TraceRequest["targets"]>;
export type GraphAnswer = Schemas["GraphAnswer"];
export type GraphSummary = Schemas["GraphSummary"];
export type Job = Schemas["Job"];
export type FeatureIntervention = Schemas["FeatureIntervention"];
export type InterventionRequest = Schemas["InterventionPlan"];
export type InterventionResult = Schemas["InterventionAnswer"];
export type TokenChange = Schemas["TokenChange"];
export type ActivationChange = Schemas["ActivationChange"];
export type FeatureDashboard = Schemas["FeatureDashboard"];
export type FeatureExample = Schemas["Example"];
export type ExampleGroup = Schemas["ExampleGroup"];
export type TokenEffect = Schemas["TokenEffect"];
