/** How a point of an axis is called, and the number behind it. */

import type { Expression } from "../../../grammar/syntax.js";
import type { AxisPoint } from "../study.js";
import type { Context } from "./context.js";
import { binding, type Environment, local, sourceText } from "./environment.js";
import { nameOf } from "./numbers.js";
import type { Value } from "./values.js";

/** Ten significant digits: `0.1 * 3` is a point a person can name. */
export function numberLabel(value: number): string {
  return String(Number(value.toPrecision(10)));
}

function unitLabel(value: number, unit: string | undefined): string {
  if (unit === undefined) {
    return numberLabel(value);
  }
  return unit === "%" ? `${numberLabel(value * 100)}%` : `${numberLabel(value)} ${unit}`;
}

export function pointOf(value: Value, label: string | undefined, text: string): AxisPoint {
  if (value.kind === "number") {
    return { label: label ?? unitLabel(value.value, value.unit), value: value.value };
  }
  if (value.kind === "boolean") {
    return { label: label ?? (value.value ? "yes" : "no"), value: value.value };
  }
  const name = label ?? (value.kind === "init" || value.kind === "recipe" ? text : nameOf(value)) ?? text;
  return { label: name, value: name };
}

/** In a slice, `[n: 3]`, `[init: WT]`, `[stop: 5 epochs]`: the label of the point that is meant. */
export function pointLabel(_context: Context, expression: Expression, environment: Environment): string {
  if (expression.kind === "number") {
    const unit = expression.unit?.text;
    return unitLabel(unit === "%" ? expression.value / 100 : expression.value, unit);
  }
  if (expression.kind === "name") {
    const value = local(environment, expression.text);
    return (value && labelOfLocal(value)) ?? binding(environment, expression.text)?.name ?? expression.text;
  }
  if (expression.kind === "string") {
    return expression.value;
  }
  return sourceText(environment, expression.span);
}

/** `base.selected[side: side]`: the axis of the same name here. */
function labelOfLocal(value: Value): string | undefined {
  return value.kind === "number" ? unitLabel(value.value, value.unit) : nameOf(value);
}
