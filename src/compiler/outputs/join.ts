/** Two quantities side by side, and the axes they are reduced over. */

import type { Expression, Spanned } from "../../../grammar/syntax.js";
import { didYouMean } from "../messages.js";
import type { Axis } from "../study.js";
import { enumerated, joined, sharedPoints } from "./axes.js";
import { axisNamed } from "./references.js";
import type { Names, Scope } from "./scope.js";
import { expressionText } from "./text.js";
import { type Typed, wayOf } from "./typed.js";

/** By name; points both have. */
export function joinAxes(
  names: Names,
  scope: Scope,
  at: Spanned,
  left: Typed,
  right: Typed,
): readonly Axis[] | undefined {
  if (left.metric !== undefined && left.metric === right.metric && wayOf(left) !== wayOf(right)) {
    names.report(scope, at, "estimators-mixed", {
      metric: left.metric,
      first: left.estimator ?? "",
      second: right.estimator ?? "",
    });
    return undefined;
  }
  if (!layersAgree(left, right)) {
    const models = [...new Set([...(left.layersOf ?? modelsOf(left)), ...(right.layersOf ?? modelsOf(right))])];
    names.report(scope, at, "layers-across-models", { models: enumerated(models) });
    return undefined;
  }
  const axes: Axis[] = [];
  for (const axis of left.axes) {
    const other = right.axes.find((each) => each.name === axis.name);
    const points = other === undefined ? axis.points : sharedPoints(axis, other);
    if (points.length === 0 && axis.points.length > 0) {
      names.report(scope, at, "nothing-in-common", { axis: axis.name });
      return undefined;
    }
    axes.push(other === undefined ? axis : joined(axis, other, points));
  }
  return [...axes, ...right.axes.filter((axis) => !left.axes.some((each) => each.name === axis.name))];
}

function modelsOf(typed: Typed): readonly string[] {
  return typed.axes.find((axis) => axis.role === "model")?.points.map((point) => point.label) ?? [];
}

function layersAgree(left: Typed, right: Typed): boolean {
  const layered = (typed: Typed): boolean => typed.axes.some((axis) => axis.role === "layer");
  if (!layered(left) || !layered(right) || (left.layersOf === undefined && right.layersOf === undefined)) {
    return true;
  }
  const models = new Set([...(left.layersOf ?? modelsOf(left)), ...(right.layersOf ?? modelsOf(right))]);
  return models.size <= 1;
}

/** Names of axes as joined; `repeat` among them where it was written. */
export function overAxes(names: Names, scope: Scope, of: Typed, value: Expression): readonly string[] | undefined {
  const wanted = value.kind === "list" ? value.items.map((item) => item.value) : [value];
  const axes: string[] = [];
  for (const expression of wanted) {
    if (expression.kind === "missing") {
      return undefined;
    }
    const name = expressionText(expression);
    const axis = of.axes.find((each) => each.name === (of.aliases.get(name) ?? name));
    const replicates = [...(of.perRepeat ? ["repeat"] : []), ...(of.folded ? ["fold"] : [])];
    if (axis === undefined && !replicates.includes(name)) {
      const known = [...of.axes.map((each) => each.name), ...replicates];
      const elsewhere = axisNamed(scope, name) !== undefined;
      const hint = elsewhere ? `it is fixed or reduced already; ${didYouMean("", known)}` : didYouMean(name, known);
      names.report(scope, expression, "reduced-axis-unknown", { name, hint });
      return undefined;
    }
    axes.push(axis?.name ?? name);
  }
  return axes;
}
