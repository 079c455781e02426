/** The back of the compiler: checked study → plan. */

export { canonicalJson } from "./canonical.js";
export { DEFAULT_RATES, measuredRates, type Observation, type Rates } from "./estimate.js";
export { collectFacts, NO_FACTS, resourcesOf, type StudyFacts } from "./facts.js";
export { digestOf, nodeKey } from "./key.js";
export { type Lowered, type LowerOptions, lower } from "./lower/index.js";
export { passGroup } from "./passes.js";
export { checkSteps, resolveDuration, type StepContext, stepsPerEpoch } from "./steps.js";
export type * from "./types.js";
export { OP_VERSIONS } from "./versions.js";
