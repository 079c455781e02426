/** What a rule is; a file each beside this one. */

import type { Scope } from "../bind/scope.js";
import type { StudyHeader } from "../check/study.js";
import type { Diagnostic } from "../diagnostics.js";
import type { Context } from "../evaluate/context.js";
import type { DatasetFacts, Fact } from "../host.js";
import type { Program } from "../load.js";
import type { MessageName } from "../messages.js";
import type { CheckedOutputs } from "../outputs/signature.js";
import type { StudyFacts } from "../plan/facts.js";
import type { Plan } from "../plan/types.js";
import type { CheckedStudy, DatasetSpec, Experiment } from "../study.js";

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

export interface RuleText {
  /** Also the name of its message, and what `// xfer-ignore` and `lint` of xfer.config.json name. */
  readonly name: MessageName;
  /** For the page of rules: what goes wrong, and what the rule looks at. */
  readonly why: string;
  /** Author, year, title, where. */
  readonly references: readonly [string, ...string[]];
}

/** Judges a study by its text. */
export interface LintRule extends RuleText {
  check(subject: LintSubject): void;
}

/** Judges a study by its text and what is known of its data. */
export interface FactRule extends RuleText {
  check(study: CheckedStudy, facts: StudyFacts): readonly Diagnostic[];
}

/** Judges a study by what it would run. */
export interface PlanRule extends RuleText {
  check(study: CheckedStudy, plan: Pick<Plan, "results">): readonly Diagnostic[];
}
