/** The points of an axis: lists, ranges, layers, `1..model.units`. */

import type { Expression } from "../../../grammar/syntax.js";
import type { Context } from "../evaluate/context.js";
import { type Environment, sourceText } from "../evaluate/environment.js";
import { pointOf } from "../evaluate/points.js";
import { expected, report } from "../evaluate/report.js";
import { describe, type Item, type RangeValue, UNKNOWN, type Value } from "../evaluate/values.js";
import type { AxisPoint } from "../study.js";

const MAX_POINTS = 100_000;

export interface ExpandedPoint {
  readonly point: AxisPoint;
  readonly value: Value;
  /** What to point at in a message about it. */
  readonly expression: Expression;
}

/** `undefined` where it is no axis; points whose value was reported are kept, unknown, so that slices still find them. */
export function pointsOf(
  context: Context,
  name: string,
  value: Value,
  expression: Expression,
  environment: Environment,
): readonly ExpandedPoint[] | undefined {
  switch (value.kind) {
    case "unknown":
      return undefined;
    case "list":
      return distinct(
        context,
        name,
        value.items.map((item) => listPoint(context, item, environment)),
        environment,
      );
    case "range":
      return rangePoints(context, value, expression, environment);
    case "number":
      if (expression.kind === "member" && value.unit === undefined) {
        return rangePoints(
          context,
          { kind: "range", from: 1, to: value.value, by: undefined, unit: undefined },
          expression,
          environment,
        );
      }
      break;
    case "layers":
      return value.names.map((layer) => ({
        point: { label: layer, value: layer },
        value: { kind: "layer", name: layer },
        expression,
      }));
    default:
  }
  if (value.kind === "word") {
    expected(context, environment, expression, value, "a list or a range");
  } else {
    report(context, environment, expression.span, "axis-values", { axis: name, got: describe(value) });
  }
  return undefined;
}

function listPoint(context: Context, item: Item, environment: Environment): ExpandedPoint {
  const text = sourceText(environment, item.expression.span);
  if (item.value.kind === "list" || item.value.kind === "range") {
    report(context, environment, item.expression.span, "point-is-a-list", { got: describe(item.value) });
    return { point: pointOf(UNKNOWN, item.label, text), value: UNKNOWN, expression: item.expression };
  }
  return { point: pointOf(item.value, item.label, text), value: item.value, expression: item.expression };
}

function distinct(
  context: Context,
  axis: string,
  points: readonly ExpandedPoint[],
  environment: Environment,
): readonly ExpandedPoint[] {
  const seen = new Set<string>();
  return points.filter(({ point, expression }) => {
    const again = seen.has(point.label);
    seen.add(point.label);
    if (again) {
      report(context, environment, expression.span, "point-twice", { axis, point: point.label });
    }
    return !again;
  });
}

/** Both ends included; the last point is the end itself, whatever rounding says. */
function rangePoints(
  context: Context,
  range: RangeValue,
  expression: Expression,
  environment: Environment,
): readonly ExpandedPoint[] | undefined {
  const { from, to, unit } = range;
  const by = range.by ?? 1;
  const count = Math.floor((to - from) / by + 1e-9) + 1;
  if (range.by === undefined && !(Number.isInteger(from) && Number.isInteger(to))) {
    report(context, environment, expression.span, "range-needs-step", {});
    return undefined;
  }
  if (!(count <= MAX_POINTS)) {
    report(context, environment, expression.span, "range-too-long", { count, limit: MAX_POINTS });
    return undefined;
  }
  return Array.from({ length: Math.max(0, count) }, (_, index): ExpandedPoint => {
    const value: Value = { kind: "number", value: Number((from + index * by).toPrecision(12)), unit };
    return { point: pointOf(value, undefined, ""), value, expression };
  });
}
