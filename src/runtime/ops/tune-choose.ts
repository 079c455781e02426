import type { Json } from "../../catalog/types.js";
import type { OpParams } from "../../compiler/plan/types.js";
import { directionOf } from "../probes/metric.js";
import { readProbeResult } from "../results/collect.js";
import { manifestOf, putJson } from "./inputs.js";
import { type OpContext, type OpImplementation, probeValue } from "./types.js";

type Grid = OpParams["tune.choose"]["grid"];

/** Scores by trial; the values of each trial; which is chosen, and which of its values lie at their grid's edge. */
export interface Choice {
  readonly index: number;
  readonly values: readonly number[];
  readonly means: readonly number[];
}

export const tuneChoose: OpImplementation<"tune.choose"> = {
  op: "tune.choose",
  async run(node, context) {
    const { grid, cells, metric } = node.params;
    const trials = pointsOf(grid);
    const scores = trials.map((_, trial) => Array.from({ length: cells }, (__, cell) => scoreOf(context, trial, cell)));
    const choice = choose(trials, scores, directionOf(metric, context.plugins));
    const warnings = edges(grid, choice.values).map(
      ({ path, value }) => `${path} ${value} is at the edge of its grid: the best may lie beyond`,
    );
    const rows = grid.map(({ path }, i) => ({ inner: { parameter: path }, value: choice.values[i] ?? Number.NaN }));
    const said = grid.map(({ path }, i) => `${path} ${choice.values[i]}`).join(", ");
    const means = choice.means.map((mean) => (Number.isFinite(mean) ? mean : null));
    const table = { metric, grid, trials, means, scores: scores.map((row) => row.map(finite)), chosen: choice.index };
    return {
      outputs: { choice: await putJson(context, { index: choice.index, values: choice.values }) },
      value: { ...(probeValue(rows, warnings) as { readonly [name: string]: Json }), tuned: table as unknown as Json },
      summary: `${said} (${metric} ${(choice.means[choice.index] ?? Number.NaN).toPrecision(4)} on val)`,
    };
  },
};

const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);

/** By the mean over cells. @throws where no trial has a number */
export function choose(
  trials: readonly (readonly number[])[],
  scores: readonly (readonly number[])[],
  direction: "max" | "min",
): Choice {
  const means = scores.map((row) => row.reduce((sum, score) => sum + score, 0) / row.length);
  let index = -1;
  means.forEach((mean, trial) => {
    const best = means[index];
    if (Number.isNaN(mean)) return;
    if (best === undefined || (direction === "max" ? mean > best : mean < best)) index = trial;
  });
  if (index < 0) throw new Error("no trial has a number on the validation split");
  return { index, values: trials[index] ?? [], means };
}

/** The last path's values varying fastest. */
export function pointsOf(grid: Grid): readonly (readonly number[])[] {
  let points: readonly (readonly number[])[] = [[]];
  for (const { values } of grid) points = points.flatMap((point) => values.map((value) => [...point, value]));
  return points;
}

/** Chosen values that are the least or greatest of several. */
export function edges(
  grid: Grid,
  chosen: readonly number[],
): readonly { readonly path: string; readonly value: number }[] {
  return grid.flatMap(({ path, values }, i) => {
    const value = chosen[i] ?? Number.NaN;
    const isEdge = values.length > 2 && (value === Math.min(...values) || value === Math.max(...values));
    return isEdge ? [{ path, value }] : [];
  });
}

function scoreOf(context: OpContext, trial: number, cell: number): number {
  const { value } = manifestOf(context, `score${trial}.${cell}`);
  return readProbeResult(value)?.rows[0]?.value ?? Number.NaN;
}
