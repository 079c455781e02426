/** Which numbers of a table are set in bold: the best of each group, and those that noise does not tell from it. */

import type { CellSpec, TableSpec } from "../../../compiler/outputs/types.js";
import { pairedDifference } from "../../results/paired-test.js";
import { keyOf, type PointSummary, type PointValue } from "../../results/series.js";

/** Two-sided, of a single comparison. */
export const NOISE_LEVEL = 0.05;

/** Two differences have a spread that is itself all noise. */
export const FEWEST_PAIRS = 3;

export interface Contestant {
  readonly at: { readonly [axis: string]: string };
  readonly value: PointValue;
  readonly summary: PointSummary;
}

/** Keys along `placed` of the numbers to be set in bold. */
export function bestKeys(
  best: TableSpec["best"],
  direction: CellSpec["direction"],
  placed: readonly string[],
  points: readonly Contestant[],
): ReadonlySet<string> {
  if (best === undefined || direction === "none") {
    return new Set();
  }
  const groups = new Map<string, Contestant[]>();
  // what failed without telling its layers is missing in the groups of all of them
  const isLost = ({ at }: Contestant): boolean => placed.some((axis) => at[axis] === undefined);
  for (const point of points.filter((each) => !isLost(each))) {
    const key = keyOf(point.at, best.per);
    groups.set(key, [...(groups.get(key) ?? []), point]);
  }
  for (const point of points.filter(isLost)) {
    for (const group of groups.values()) {
      const [first] = group;
      const belongs = best.per.every((axis) => point.at[axis] === undefined || point.at[axis] === first?.at[axis]);
      if (belongs) group.push(point);
    }
  }
  return new Set([...groups.values()].flatMap((group) => bestOf(group, direction).map(({ at }) => keyOf(at, placed))));
}

/** With a number missing, or made only of what reached its goal, nobody knows which is best; alone, best says nothing. */
function bestOf(group: readonly Contestant[], direction: "max" | "min"): readonly Contestant[] {
  const means = group.map(({ summary }) => summary.mean);
  const censored = group.some(({ summary }) => summary.unreached !== undefined);
  if (group.length < 2 || censored || !means.every(Number.isFinite)) {
    return [];
  }
  const extreme = direction === "max" ? Math.max(...means) : Math.min(...means);
  const winner = group[means.indexOf(extreme)];
  return winner === undefined
    ? []
    : group.filter((each) => each.summary.mean === extreme || isWithinNoise(winner.value, each.value));
}

/** Where nothing can be tested (few repeats, a number made of all of them) noise is not known, and nothing is within it. */
function isWithinNoise(winner: PointValue, other: PointValue): boolean {
  const result = pairedDifference(winner, other);
  return result.kind === "tested" && result.n >= FEWEST_PAIRS && result.p >= NOISE_LEVEL;
}
