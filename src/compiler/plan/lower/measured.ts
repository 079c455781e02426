/** The images a probe looks at: of the target, or of another data set seen with the target's eyes. */

import { diagnostic } from "../../messages.js";
import { type Cell, CLASS_COLUMN, type DatasetSpec, type EvaluationSplit, type ProbeSpec } from "../../study.js";
import { checkClasses } from "../check/classes.js";
import { checkSplit } from "../check/splits.js";
import type { Output } from "../graph.js";
import type { Context } from "./context.js";
import { type LoweredDataset, lowerDataset, prepareSplit, splitImages } from "./datasets.js";
import type { Trained } from "./train.js";

export interface Measured {
  readonly dataset: LoweredDataset;
  readonly split: EvaluationSplit;
  readonly images: Output;
  /** Undefined while unknown. */
  readonly count: number | undefined;
  /** Inputs beside the images: what another data set is normalized by. */
  readonly beside: readonly (readonly [role: string, from: Output])[];
}

export interface Place {
  readonly split: EvaluationSplit;
  readonly dataset?: DatasetSpec | undefined;
}

/** Undefined, with a diagnostic, where there are no such images. */
export function measured(
  context: Context,
  { dataset: spec, split }: Place,
  { trained, cell, probe }: { readonly trained: Trained; readonly cell: Cell; readonly probe: ProbeSpec },
): Measured | undefined {
  const target = trained.dataset;
  const dataset = spec === undefined ? target : lowerDataset(context, spec, cell.seed);
  const problem = checkSplit(dataset, split, probe.location) ?? checkClasses(dataset, target, probe.location);
  if (problem) {
    context.report(problem);
    return undefined;
  }
  const preparation = { size: trained.evaluationSize, channels: target.channels };
  const foreign = dataset !== target && target.normalize.kind === "data";
  return {
    dataset,
    split,
    images: prepareSplit(context, dataset, split, preparation),
    count: splitImages(dataset, split),
    beside: foreign ? [["normalize", prepareSplit(context, target, "train", preparation)]] : [],
  };
}

/**
 * A column that numbers are grouped by must be there. What cases are owned by (patients) may be resampled, but is no
 * subgroup: its names would stand in the results.
 */
export function checkColumn(
  context: Context,
  { facts, spec }: LoweredDataset,
  column: string,
  probe: ProbeSpec,
  wanted: "numbers" | "values" | "owners",
): boolean {
  if (!facts) return true;
  const { columns = [], groupedBy } = facts;
  const fitting = columns.filter(({ type }) => wanted !== "numbers" || type === "number").map(({ name }) => name);
  const known = [...fitting, ...(wanted === "owners" && groupedBy !== undefined ? [groupedBy] : [])];
  if (known.includes(column) || (column === CLASS_COLUMN && wanted === "values")) return true;
  const kind = wanted === "numbers" ? " of numbers" : "";
  const there = known.length === 0 ? `it has no columns${kind}.` : `its columns${kind} are ${known.join(", ")}.`;
  const hint =
    column === groupedBy
      ? `${there} Results name no ${column}; \`ci: bootstrap(2000, by: ${column})\` can be asked for.`
      : there;
  context.report(diagnostic("column-missing", { dataset: spec.name, column, hint }, probe.location));
  return false;
}
