/** `log(1e-4..1e-1, 7 points)`: points whose logarithms are evenly spaced, both ends included. */

import type { Call } from "../../../grammar/syntax.js";
import type { Context } from "./context.js";
import type { Environment } from "./environment.js";
import { evaluate } from "./evaluator.js";
import { report } from "./report.js";
import { UNKNOWN, type Value } from "./values.js";

const MOST_POINTS = 10_000;

export function logRange(context: Context, expression: Call, environment: Environment): Value {
  const [over, count, ...others] = expression.args.map(({ value }) => value);
  const wrong = (problem: string): Value => report(context, environment, expression.span, "log-range", { problem });
  if (over === undefined || count === undefined || others.length > 0) {
    return wrong("takes a range and how many points");
  }
  const range = evaluate(context, over, environment);
  const points = evaluate(context, count, environment);
  if (range.kind === "unknown" || points.kind === "unknown") return UNKNOWN;
  if (range.kind !== "range" || range.by !== undefined) return wrong("goes over a range of numbers without `by`");
  if (!(range.from > 0 && range.to > range.from)) return wrong("goes upwards between numbers above 0");
  const sound = points.kind === "number" && points.unit === "points" && Number.isInteger(points.value);
  if (!sound || points.value < 2 || points.value > MOST_POINTS) {
    return wrong(`has a whole number of points from 2 to ${MOST_POINTS}`);
  }
  const { from, to, unit } = range;
  const steps = points.value - 1;
  const items = Array.from({ length: points.value }, (_, i) => {
    const between = 10 ** (Math.log10(from) + (i * (Math.log10(to) - Math.log10(from))) / steps);
    // twelve digits, so that no platform's last bit is in a key
    const value = i === 0 ? from : i === steps ? to : Number(between.toPrecision(12));
    return { label: undefined, value: { kind: "number", value, unit } as const, expression };
  });
  return { kind: "list", items };
}
