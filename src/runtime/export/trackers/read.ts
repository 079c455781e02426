/** Reads what trackers are given: the run folder's report data, and whole histories where the cache still has them. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { NodeKey } from "../../../compiler/plan/types.js";
import { UsageError } from "../../host/errors.js";
import { type CellDetail, decodeReportData, type ReportData, ReportDataError } from "../../report/data.js";
import { readCurves } from "../../report/history.js";
import type { Store } from "../../store/types.js";
import type { Curve, TrackedCell, TrackedStudy } from "./types.js";

/** @param shown the run's folder as the user named it. @throws UsageError where it is no run's */
export async function readTrackedStudy(
  run: string,
  shown: string,
  store: Pick<Store, "lookup">,
): Promise<TrackedStudy> {
  const data = reportData(run, shown);
  const cells: TrackedCell[] = [];
  for (const cell of data.cells) cells.push(await trackedCell(cell, data, store));
  return {
    study: data.study.name,
    title: data.study.title,
    run: data.run.id,
    xferc: data.run.xferc,
    command: data.run.command,
    startedMs: Date.parse(data.run.startedAt),
    finishedMs: Date.parse(data.run.finishedAt),
    cells,
  };
}

function reportData(run: string, shown: string): ReportData {
  const path = join(run, "report", "data.json");
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch {
    throw new UsageError(
      `${shown} has no report/data.json`,
      "name a folder below runs/; `xferc run` writes it when a run ends",
    );
  }
  try {
    return decodeReportData(text);
  } catch (error) {
    if (error instanceof ReportDataError) throw new UsageError(`${shown}: ${error.message}`);
    throw error;
  }
}

async function trackedCell(cell: CellDetail, data: ReportData, store: Pick<Store, "lookup">): Promise<TrackedCell> {
  return {
    id: cell.id,
    experiment: cell.experiment,
    status: cell.status,
    reason: cell.reason,
    parameters: parametersOf(cell),
    numbers: cell.numbers.map(({ measure, value }) => ({ name: measure, value })),
    curves: await curvesOf(cell, data, store),
    trainingSeconds: cell.training?.seconds ?? null,
  };
}

function parametersOf(cell: CellDetail): TrackedCell["parameters"] {
  const parameters = new Map<string, string | number>();
  for (const { axis, label } of cell.point) parameters.set(axis, label);
  // An axis may carry one of these names, and then says the same.
  const own = { model: cell.model, target: cell.target, source: cell.source, init: cell.init };
  for (const [name, value] of Object.entries(own)) {
    if (value !== null && !parameters.has(name)) parameters.set(name, value);
  }
  if (!parameters.has("train")) parameters.set("train", cell.recipes.join(", "));
  return [...parameters, ["repeat", cell.repeat], ["seed", cell.seed]];
}

/** The report's own are thinned. */
async function curvesOf(
  { training, history }: CellDetail,
  { histories }: ReportData,
  store: Pick<Store, "lookup">,
): Promise<readonly Curve[]> {
  const manifest = training === null ? undefined : await store.lookup(training.key as NodeKey);
  if (manifest !== undefined) return readCurves(manifest.value);
  return histories[history ?? -1]?.curves ?? [];
}
