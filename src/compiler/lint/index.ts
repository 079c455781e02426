/** The methodology linter: a rule a file, one line in one of these lists. */

import { averageOverModels } from "./average-over-models.rule.js";
import { bankIsQuery } from "./bank-is-query.rule.js";
import { batchNormSmallBatch } from "./batch-norm-small-batch.rule.js";
import { batchVaries } from "./batch-varies.rule.js";
import { bestOfTest } from "./best-of-test.rule.js";
import { bootstrapOfCases } from "./bootstrap-of-cases.rule.js";
import { ckaBiased } from "./cka-biased.rule.js";
import { ckaSmallBatch } from "./cka-small-batch.rule.js";
import { earlyStopCurveArea } from "./early-stop-curve-area.rule.js";
import { earlyStopCutsShort } from "./early-stop-cuts-short.rule.js";
import { earlyStopKeepsLast } from "./early-stop-keeps-last.rule.js";
import { earlyStopNeverActs } from "./early-stop-never-acts.rule.js";
import { epochsAcrossLabels } from "./epochs-across-labels.rule.js";
import { FACT_RULES, PLAN_RULES } from "./facts.js";
import { fewRepeats } from "./few-repeats.rule.js";
import { fewResamples } from "./few-resamples.rule.js";
import { lineOverNames } from "./line-over-names.rule.js";
import { meanOfRatios } from "./mean-of-ratios.rule.js";
import { pValueFloor } from "./p-value-floor.rule.js";
import { pairsLeftOut } from "./pairs-left-out.rule.js";
import { pairsOtherFolds } from "./pairs-other-folds.rule.js";
import { pairsOtherSeeds } from "./pairs-other-seeds.rule.js";
import { plateauNeverActs } from "./plateau-never-acts.rule.js";
import { pretrainedOnTarget } from "./pretrained-on-target.rule.js";
import { rateTunedForOne } from "./rate-tuned-for-one.rule.js";
import type { LintRule, LintSubject, RuleText } from "./rule.js";
import { selectOnTest } from "./select-on-test.rule.js";
import { selectOnTrain } from "./select-on-train.rule.js";
import { selectOnce } from "./select-once.rule.js";
import { singleRun } from "./single-run.rule.js";
import { smallGroups } from "./small-groups.rule.js";
import { testsUnadjusted } from "./tests-unadjusted.rule.js";
import { trendOfFewPoints } from "./trend-of-few-points.rule.js";
import { tuneGridEdge } from "./tune-grid-edge.rule.js";
import { unequalBudgets } from "./unequal-budgets.rule.js";
import { unusedAxis } from "./unused-axis.rule.js";
import { warmupLongerThanTraining } from "./warmup-longer-than-training.rule.js";

export type { LintRule, LintSubject } from "./rule.js";

export const RULES: readonly LintRule[] = [
  selectOnTest,
  selectOnTrain,
  selectOnce,
  bestOfTest,
  unusedAxis,
  fewRepeats,
  singleRun,
  warmupLongerThanTraining,
  plateauNeverActs,
  earlyStopCutsShort,
  earlyStopKeepsLast,
  earlyStopNeverActs,
  earlyStopCurveArea,
  batchVaries,
  batchNormSmallBatch,
  unequalBudgets,
  rateTunedForOne,
  tuneGridEdge,
  epochsAcrossLabels,
  pretrainedOnTarget,
  averageOverModels,
  meanOfRatios,
  pValueFloor,
  testsUnadjusted,
  pairsOtherSeeds,
  pairsLeftOut,
  pairsOtherFolds,
  lineOverNames,
  trendOfFewPoints,
  smallGroups,
  bootstrapOfCases,
  fewResamples,
  bankIsQuery,
  ckaSmallBatch,
  ckaBiased,
];

/** All rules, for pages and tests. */
export const ALL_RULES: readonly RuleText[] = [...RULES, ...FACT_RULES, ...PLAN_RULES];

/** What is known only once the data have been looked at, or the study is planned; what depends on the engine is not among it. */
export const LATE: ReadonlySet<string> = new Set([
  ...[...FACT_RULES, ...PLAN_RULES].map(({ name }) => name),
  "few-images",
  "fresh-head",
  "head-of-other-classes",
  "class-without-labels",
  "threshold-on-its-own-test",
  "micro-batched",
]);

/** Only studies that mean something are judged: with errors about, half the axes would seem unread. */
export function lint(subject: LintSubject): void {
  if (subject.context.sink.errors > 0) {
    return;
  }
  for (const rule of RULES) {
    rule.check(subject);
  }
}
