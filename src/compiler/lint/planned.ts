/** What the data and the models bring to light: what lowering says, the rules that need facts, and what is left of both. */

import type { CompileResult } from "../compile.js";
import type { Diagnostic } from "../diagnostics.js";
import type { StudyFacts } from "../plan/facts.js";
import type { Lowered } from "../plan/lower/index.js";
import type { CheckedStudy } from "../study.js";
import { lintPlanned } from "./facts.js";

/** Beyond what compiling said. */
export function plannedDiagnostics(
  compiled: Pick<CompileResult, "planned">,
  study: CheckedStudy,
  facts: StudyFacts,
  { plan, diagnostics }: Lowered,
): readonly Diagnostic[] {
  const known = [...facts.datasets.values()].every(({ status }) => status === "known");
  // with errors about, half the numbers are not those that are meant
  const failed = diagnostics.some(({ severity }) => severity === "error");
  const linted = failed ? [] : lintPlanned(study, facts, plan);
  return compiled.planned([...diagnostics, ...linted], known && !failed ? "all" : "some");
}
