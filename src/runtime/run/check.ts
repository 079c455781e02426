/** Everything that can be said of a study without running it, and without an engine. */

import type { CompileResult } from "../../compiler/compile.js";
import type { Diagnostic } from "../../compiler/diagnostics.js";
import { plannedDiagnostics } from "../../compiler/lint/planned.js";
import { collectFacts, lower } from "../../compiler/plan/index.js";
import type { NumericSignature } from "../../compiler/plan/types.js";
import type { OpenStudy } from "./open.js";

/** Checks look at tensors and steps, never at keys or costs; so any signature does, and no engine need be loaded. */
const ANY: NumericSignature = { engine: "none", engineVersion: "0", device: "cpu", precision: "f32", threads: 1 };

export interface Checked {
  readonly diagnostics: readonly Diagnostic[];
  readonly sources: CompileResult["sources"];
}

export async function checkStudy(open: OpenStudy): Promise<Checked> {
  const { study, diagnostics, sources } = open.compilation;
  if (study === undefined) return { diagnostics, sources };
  const facts = await collectFacts(study, open.host);
  await open.facts.save();
  const lowered = lower(study, facts, { signature: ANY, estimates: "left out" });
  return { diagnostics: [...diagnostics, ...plannedDiagnostics(open.compilation, study, facts, lowered)], sources };
}
