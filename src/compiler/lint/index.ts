/** The methodology linter: a rule a file, one line in this list. */

import type { Scope } from "../bind/scope.js";
import type { StudyHeader } from "../check/study.js";
import type { Context } from "../evaluate/context.js";
import type { DatasetFacts, Fact } from "../host.js";
import type { Program } from "../load.js";
import type { CheckedOutputs } from "../outputs/signature.js";
import type { DatasetSpec, Experiment } from "../study.js";
import { averageOverModels } from "./average-over-models.rule.js";
import { ckaSmallBatch } from "./cka-small-batch.rule.js";
import { epochsAcrossLabels } from "./epochs-across-labels.rule.js";
import { fewRepeats } from "./few-repeats.rule.js";
import { selectOnTest } from "./select-on-test.rule.js";
import { unusedAxis } from "./unused-axis.rule.js";
import { warmupLongerThanTraining } from "./warmup-longer-than-training.rule.js";

export interface LintSubject {
  readonly context: Context;
  readonly program: Program;
  readonly root: Scope;
  readonly experiments: readonly Experiment[];
  readonly outputs: CheckedOutputs;
  readonly header: StudyHeader | undefined;
  /** Of targets, where an output or a rule asks for them. */
  readonly facts: ReadonlyMap<DatasetSpec, Fact<DatasetFacts>>;
}
export interface LintRule {
  /** Also the name of its message, and what `// xfer-ignore` names. */
  readonly name: string;
  check(subject: LintSubject): void;
}

export const RULES: readonly LintRule[] = [
  selectOnTest,
  unusedAxis,
  fewRepeats,
  warmupLongerThanTraining,
  averageOverModels,
  ckaSmallBatch,
  epochsAcrossLabels,
];

/** Only studies that mean something are judged: with errors about, half the axes would seem unread. */
export function lint(subject: LintSubject): void {
  if (subject.context.sink.errors > 0) {
    return;
  }
  for (const rule of RULES) {
    rule.check(subject);
  }
}
