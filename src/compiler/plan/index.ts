/** The back of the compiler: checked study → plan; and everything that can be said of a plan. */

export { canonicalJson } from "./canonical.js";
export { type Cause, causesOf } from "./causes.js";
export { matchCells as sameCells } from "./diff/match.js";
export type { Unfinished } from "./diff/reasons.js";
export { engineReason } from "./diff/reasons.js";
export type { RecordedCell, RecordedNode, RecordedPlan } from "./diff/recorded.js";
export { diffRecorded, type RecordedDiff } from "./diff/recorded-diff.js";
export { type DiffInput, diffPlan, type PlanDiff } from "./diff.js";
export { planDot } from "./dot.js";
export { DEFAULT_RATES, measuredRates, type Observation, type Rates } from "./estimate.js";
export {
  explainCell,
  explainModel,
  explainNode,
  findInPlan,
  renderCell,
  renderModel,
  renderNode,
} from "./explain/index.js";
export { collectFacts, NO_FACTS, resourcesOf, type StudyFacts } from "./facts.js";
export { type PlanJson, type PlanReport, planJson, summarize } from "./json.js";
export { digestOf, nodeKey } from "./key.js";
export {
  catalogVersions,
  datasetIdentity,
  LOCK_FILE,
  type Lock,
  type LockedPredictions,
  type LockInput,
  lockedDataset,
  lockedPredictions,
  lockedWeights,
  lockText,
  makeLock,
  readLock,
  weightsIdentity,
} from "./lock.js";
export { LOCK_SCHEMA } from "./lock.schema.js";
export { type Lowered, type LowerOptions, lower } from "./lower/index.js";
export { type MicroBatching, stepName } from "./lower/micro-batch.js";
export { modelSpec } from "./lower/models.js";
export { planMermaid } from "./mermaid.js";
export { passGroup } from "./passes.js";
export { PLAN_SCHEMA } from "./plan.schema.js";
export { readPlanJson } from "./read-json.js";
export type * from "./reason.js";
export { REASON_KINDS } from "./reason.js";
export { placeText, reasonText, wholeReason } from "./reason-text.js";
export { checkSteps, resolveDuration, type StepContext, stepsPerEpoch } from "./steps.js";
export { basisText, describePlan, type PlanDetail, planText } from "./text.js";
export type * from "./types.js";
export { OP_VERSIONS } from "./versions.js";
export { shortCause } from "./why-text.js";
