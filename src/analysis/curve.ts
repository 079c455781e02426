/** What a curve of checks says of a training: when it got there, and how well it did on the way. */

export interface CurvePoint {
  readonly step: number;
  /** NaN where the check has no value: such points are left out. */
  readonly value: number;
}

export type Goal = { readonly value: number } | { readonly shareOfBest: number };

export type GoalOutcome =
  | { readonly kind: "reached"; readonly step: number }
  /** Right-censored: nobody knows when, only that it is after this step, the last that has a value. */
  | { readonly kind: "not reached"; readonly after: number }
  | { readonly kind: "undefined"; readonly reason: string };

/**
 * When a curve first reaches a value, or a share of the best it ever reaches. Where less is better the share is of its
 * reciprocal: 95 % of the best is best / 0.95. Of a best below zero a share is better than the best itself, and no goal.
 */
export function reachGoal(points: readonly CurvePoint[], goal: Goal, direction: "max" | "min"): GoalOutcome {
  const known = points.filter(({ value }) => !Number.isNaN(value));
  const last = known.at(-1);
  if (last === undefined) return { kind: "undefined", reason: "no check has a value" };
  const up = direction === "max";
  const best = known.reduce(
    (found, { value }) => (up ? Math.max(found, value) : Math.min(found, value)),
    up ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY,
  );
  const level = "value" in goal ? goal.value : up ? best * goal.shareOfBest : best / goal.shareOfBest;
  const found = known.find(({ value }) => (up ? value >= level : value <= level));
  if (found !== undefined) return { kind: "reached", step: found.step };
  return "value" in goal
    ? { kind: "not reached", after: last.step }
    : { kind: "undefined", reason: "its best is below zero, and a share of that is no goal" };
}

/** The step of `reachGoal`; NaN where there is none. */
export function stepsTo(points: readonly CurvePoint[], goal: Goal, direction: "max" | "min"): number {
  const outcome = reachGoal(points, goal, direction);
  return outcome.kind === "reached" ? outcome.step : Number.NaN;
}

/**
 * The mean height of a curve: the area under it by trapezoids, from its first check to its last, divided by the steps
 * between them. A single check is its own height; NaN without any.
 */
export function curveArea(points: readonly CurvePoint[]): number {
  const known = points.filter(({ value }) => !Number.isNaN(value));
  const [first] = known;
  const last = known.at(-1);
  if (first === undefined || last === undefined) return Number.NaN;
  if (last.step === first.step) return first.value;
  let area = 0;
  for (let i = 1; i < known.length; i++) {
    const [before, after] = [known[i - 1] as CurvePoint, known[i] as CurvePoint];
    area += ((before.value + after.value) / 2) * (after.step - before.step);
  }
  return area / (last.step - first.step);
}
