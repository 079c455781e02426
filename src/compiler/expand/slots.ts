/** What fills the slots of a cell: values held against what each slot takes, and where they were written. */

import type { Expression } from "../../../grammar/syntax.js";
import { type AxisDeclaration, isSlot, type Slot } from "../check/experiment.js";
import { sourceOf } from "../check/source.js";
import type { Context } from "../evaluate/context.js";
import { type AxisPlace, type Environment, withLocal } from "../evaluate/environment.js";
import { expected, report } from "../evaluate/report.js";
import { UNKNOWN, type Value } from "../evaluate/values.js";
import type { ExpandedPoint } from "./points.js";

/** Where slots' values were written, to point at; the nearest first. */
export interface Origin {
  readonly slot: Slot;
  readonly next: Origin | undefined;
  readonly expression: Expression;
  readonly environment: Environment;
}

/** The value, if it is what the slot takes. */
export function slotOf(
  context: Context,
  slot: Slot,
  value: Value,
  expression: Expression,
  environment: Environment,
): Value {
  if (value.kind === "unknown") {
    return value;
  }
  if (slot === "source") {
    return sourceOf(context, expression, value, environment) ?? UNKNOWN;
  }
  const [kind, what] = WANTED[slot];
  if (value.kind === kind) {
    return value;
  }
  if (value.kind === "list") {
    return report(context, environment, expression.span, "slot-takes-one", { slot });
  }
  const declared = [...environment.scope.names.values()].filter((each) => each.kind === kind);
  const known = [...declared.map((each) => each.name), ...readyMade(context, slot)];
  return expected(context, environment, expression, value, what, known);
}

/** What needs no declaration. */
function readyMade(context: Context, slot: keyof typeof WANTED): readonly string[] {
  return slot === "model" || slot === "init" ? context.catalog.names(slot) : [];
}

/** A point of a tuple axis, each of its places held against the slot it fills. */
export function tuplePoint(
  context: Context,
  axis: AxisDeclaration,
  fills: readonly string[],
  each: ExpandedPoint,
  environment: Environment,
): ExpandedPoint {
  const { value } = each;
  if (value.kind === "unknown") {
    return each;
  }
  if (value.kind !== "tuple" || value.items.length !== fills.length) {
    const got = value.kind === "tuple" ? `${value.items.length} of them` : "one value";
    const parameters = { axis: axis.name, count: fills.length, slots: fills.join(", "), got };
    report(context, environment, each.expression.span, "tuple-point", parameters);
    return { ...each, value: UNKNOWN };
  }
  const items = value.items.map((item, index) => {
    const name = fills[index] ?? "";
    return isSlot(name) ? { ...item, value: slotOf(context, name, item.value, item.expression, environment) } : item;
  });
  return { ...each, value: { kind: "tuple", items } };
}

/** The names a point gives to the lines below, and where the slots it fills were written. */
export function bindPoint(
  axis: AxisDeclaration,
  each: ExpandedPoint,
  place: AxisPlace,
  environment: Environment,
  origins: Origin | undefined,
  here: Environment,
): readonly [Environment, Origin | undefined] {
  const { name, fills } = axis;
  if (fills === undefined) {
    const bound = withLocal(environment, name, each.value, place);
    const origin = isSlot(name)
      ? { slot: name, expression: each.expression, environment: here, next: origins }
      : origins;
    return [bound, origin];
  }
  let origin = origins;
  const word: Value = { kind: "word", text: each.point.label, span: each.expression.span, file: here.scope.file };
  let bound = withLocal(environment, name, word, place);
  fills.forEach((slot, index) => {
    const item = each.value.kind === "tuple" ? each.value.items[index] : undefined;
    bound = withLocal(bound, slot, item?.value ?? UNKNOWN);
    if (isSlot(slot)) {
      origin = { slot, expression: item?.expression ?? each.expression, environment: here, next: origin };
    }
  });
  return [bound, origin];
}

export function originOf(origins: Origin | undefined, slot: Slot): Origin | undefined {
  let each = origins;
  while (each !== undefined && each.slot !== slot) {
    each = each.next;
  }
  return each;
}

const WANTED = {
  model: ["model", "a model"],
  target: ["dataset", "a dataset"],
  init: ["init", "an init"],
  train: ["recipe", "a recipe"],
} as const satisfies { readonly [S in Exclude<Slot, "source">]: readonly [Value["kind"], string] };
