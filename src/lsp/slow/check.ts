/** Checks and plans a study as `xferc plan` would, on the texts an editor holds. */

import { hasErrors } from "../../compiler/diagnostics.js";
import type { DatasetFacts } from "../../compiler/host.js";
import { planMermaid } from "../../compiler/plan/index.js";
import type { CheckedStudy, DatasetSpec } from "../../compiler/study.js";
import { displayPath, UsageError } from "../../runtime/host/index.js";
import { checkStudy } from "../../runtime/run/check.js";
import { type OpenStudy, openStudy } from "../../runtime/run/open.js";
import { type PlannedStudy, planStudy } from "../../runtime/run/planned.js";
import type { ExperimentReport, SlowReport, SlowRequest } from "./types.js";

export async function slowCheck(request: SlowRequest, plugins: "load" | "ignore" = "load"): Promise<SlowReport> {
  const texts = new Map(request.texts);
  const open = await openStudy({
    cwd: request.root,
    environment: process.env,
    study: displayPath(request.path, request.root),
    data: [],
    set: [],
    only: [],
    network: "refused",
    plugins,
    opened: (path) => texts.get(path),
  });
  const { diagnostics } = await checkStudy(open);
  const own = new Set(open.compilation.diagnostics);
  const { study } = open.compilation;
  const said: Pick<SlowReport, "diagnostics" | "datasets"> = {
    diagnostics: diagnostics.filter((each) => !own.has(each)),
    datasets: study === undefined ? [] : await datasetsOf(study, open),
  };
  if (study === undefined || hasErrors(diagnostics)) return { ...said, experiments: [] };
  const planned = await plannedOf(open);
  return "problem" in planned
    ? { ...said, experiments: [], problem: planned.problem }
    : {
        ...said,
        experiments: experimentsOf(planned),
        nodes: { all: planned.plan.nodes.length, missing: planned.demand.missing.length },
        ...(request.wish === "plan" ? { mermaid: planMermaid(planned.plan, planned.diff) } : {}),
      };
}

/** No engine, or a cache that is not to be read: told, and nothing the study could help. */
async function plannedOf(open: OpenStudy): Promise<PlannedStudy | { readonly problem: string }> {
  try {
    const planned = await planStudy(open, { engine: "auto", device: "auto" });
    return planned.ok ? planned : { problem: "the study has errors." };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const hint = error instanceof UsageError && error.hint !== undefined ? `: ${error.hint}` : "";
    return { problem: `${error.message}${hint}` };
  }
}

function experimentsOf({ study, demand }: PlannedStudy): readonly ExperimentReport[] {
  const running = new Set(demand.missing.flatMap((node) => node.cells));
  return study.experiments.map(({ name, cells }) => ({
    name,
    cells: cells.length,
    cached: cells.filter(({ id }) => !running.has(id)).length,
  }));
}

async function datasetsOf(study: CheckedStudy, open: OpenStudy): Promise<SlowReport["datasets"]> {
  const specs = new Set<DatasetSpec>(study.experiments.flatMap(({ cells }) => cells.map(({ target }) => target)));
  const known: { name: string; declaredIn: string; facts: DatasetFacts }[] = [];
  for (const spec of specs) {
    const fact = await open.host.dataset(spec);
    if (fact.status === "known") known.push({ name: spec.name, declaredIn: spec.declaredIn, facts: fact.facts });
  }
  return known;
}
