/** Every trial of every grid of a run: `tables/trials.csv`, a row a trial. */

import type { CheckedStudy, TuneGroup } from "../../compiler/study.js";
import { type CsvCell, toCsv } from "../results/csv.js";
import type { ReportInput } from "./types.js";

/** What was tried in one group of cells, and what was chosen. */
export interface TrialTable {
  readonly experiment: string;
  /** Axes that chose apart, by label. */
  readonly at: { readonly [axis: string]: string };
  readonly metric: string;
  readonly paths: readonly string[];
  readonly trials: readonly {
    readonly values: readonly number[];
    /** Over the group's cells, on the validation split; null where there is no number. */
    readonly mean: number | null;
    readonly cells: number;
    readonly chosen: boolean;
  }[];
}

export function trialTables({ study, plan, manifest }: Pick<ReportInput, "study" | "plan" | "manifest">): TrialTable[] {
  const groups = groupsOf(study);
  return plan.nodes.flatMap((node): TrialTable[] => {
    if (node.op !== "tune.choose") return [];
    const group = node.cells.map((cell) => groups.get(cell)).find((each) => each !== undefined);
    const value = manifest(node.key)?.value as { readonly tuned?: Tuned } | undefined;
    if (group === undefined || value?.tuned === undefined) return [];
    const { metric, trials, means, chosen } = value.tuned;
    const fold = group.fold === undefined ? {} : { fold: String(group.fold) };
    return [
      {
        experiment: group.experiment,
        at: { ...Object.fromEntries(Object.entries(group.at).map(([axis, { label }]) => [axis, label])), ...fold },
        metric,
        paths: group.paths.map(({ path }) => path),
        trials: trials.map((values, i) => ({
          values,
          mean: means[i] ?? null,
          cells: node.params.cells,
          chosen: i === chosen,
        })),
      },
    ];
  });
}

/** As `tune.choose` leaves it. */
interface Tuned {
  readonly metric: string;
  readonly trials: readonly (readonly number[])[];
  readonly means: readonly (number | null)[];
  readonly chosen: number;
}

function groupsOf({ experiments }: CheckedStudy): ReadonlyMap<string, TuneGroup> {
  const cells = experiments.flatMap((experiment) => experiment.cells);
  return new Map(cells.flatMap(({ id, tuned }) => (tuned === undefined ? [] : [[id as string, tuned.group] as const])));
}

export function trialsCsv(tables: readonly TrialTable[]): string {
  const axes = [...new Set(tables.flatMap(({ at }) => Object.keys(at)))];
  const paths = [...new Set(tables.flatMap((table) => table.paths))];
  const rows = tables.flatMap((table) =>
    table.trials.map(({ values, mean, cells, chosen }): CsvCell[] => [
      table.experiment,
      ...axes.map((axis) => table.at[axis] ?? null),
      ...paths.map((path) => values[table.paths.indexOf(path)] ?? null),
      table.metric,
      mean,
      cells,
      chosen,
    ]),
  );
  return toCsv(["experiment", ...axes, ...paths, "metric", "mean_on_val", "cells", "chosen"], rows);
}
