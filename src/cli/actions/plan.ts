/** `xferc plan`. */

import { planDot, planJson, planMermaid, planText } from "../../compiler/plan/index.js";
import { openStudy } from "../../runtime/run/open.js";
import { type PlannedStudy, planStudy, reportOf } from "../../runtime/run/planned.js";
import { showDiagnostics } from "../diagnostics.js";
import { EXIT, type ExitCode, type Io, print } from "../io.js";
import type { ComputeFlags, ExecutorFlags, StudyFlags } from "../study-options.js";
import { computeWish, studyOptions } from "../study-options.js";

export interface PlanFlags extends StudyFlags, ComputeFlags, ExecutorFlags {
  readonly format: "text" | "json" | "mermaid" | "dot";
  readonly why?: true;
}

export async function planCommand(io: Io, file: string, flags: PlanFlags): Promise<ExitCode> {
  const open = await openStudy(studyOptions(io, file, flags));
  const planned = await planStudy(open, computeWish(io, flags, open));
  showDiagnostics(io, planned.diagnostics, open.compilation);
  if (!planned.ok) return EXIT.study;
  await printPlan(io, planned, flags);
  return EXIT.success;
}

async function printPlan(io: Io, planned: PlannedStudy, { format, why }: PlanFlags): Promise<void> {
  const report = reportOf(planned);
  switch (format) {
    case "text":
      print(io, planText(report, why ? "why" : "short"));
      if (planned.why !== undefined) print(io, `Engine: ${planned.compute.title}: ${planned.why}`);
      break;
    case "json":
      for (const piece of planJson(report)) await drained(io, piece);
      break;
    case "mermaid":
      print(io, planMermaid(report.plan, report.diff));
      break;
    case "dot":
      print(io, planDot(report.plan, report.diff));
      break;
    default:
      format satisfies never;
  }
}

/** A large plan goes out as fast as it is read, instead of piling up in memory. */
async function drained(io: Io, piece: string): Promise<void> {
  if (io.out.write(piece)) return;
  await new Promise<void>((resolve) => io.out.once("drain", resolve));
}
