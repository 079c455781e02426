/** What axes and slots come to at a point: worked out once for all points that agree in what they read. */

import type { AxisDeclaration } from "../check/experiment.js";
import { isSlot } from "../check/experiment.js";
import type { Context } from "../evaluate/context.js";
import { identity } from "../evaluate/declarations.js";
import { type Environment, local } from "../evaluate/environment.js";
import { evaluate } from "../evaluate/evaluator.js";
import { report } from "../evaluate/report.js";
import { UNKNOWN, type Value } from "../evaluate/values.js";
import type { AxisPoint } from "../study.js";
import { type ExpandedPoint, pointsOf } from "./points.js";
import { slotOf, tuplePoint } from "./slots.js";
import type { Step } from "./steps.js";

/** Of an axis that has no value. */
export const NO_POINT: AxisPoint = { label: "?", value: "?" };

interface AxisPoints {
  readonly points: readonly ExpandedPoint[];
  readonly labels: readonly string[];
}
type AxisStep = Extract<Step, { kind: "axis" }>;
type SlotStep = Extract<Step, { kind: "slot" }>;

export class StepValues {
  readonly #axes = new Memo<AxisPoints>();
  readonly #slots = new Memo<Value>();
  /** Some axis has no value. */
  broken = false;

  constructor(private readonly context: Context) {}

  axis(step: AxisStep, environment: Environment): AxisPoints {
    return this.#axes.of(step, environment, () => {
      const points = this.#pointsOf(step.axis, { scope: step.axis.scope, locals: environment.locals });
      return { points, labels: points.map((each) => each.point.label) };
    });
  }

  slot(step: SlotStep, environment: Environment): Value {
    return this.#slots.of(step, environment, () => {
      const { slot, value: expression, scope } = step.slot;
      const here = { scope, locals: environment.locals };
      return slotOf(this.context, slot, evaluate(this.context, expression, here), expression, here);
    });
  }

  #pointsOf(axis: AxisDeclaration, environment: Environment): readonly ExpandedPoint[] {
    const { context } = this;
    const { name, fills } = axis;
    const value = evaluate(context, axis.values, environment);
    const points = pointsOf(context, name, value, axis.values, environment);
    if (points === undefined) {
      this.broken = true;
      return [{ point: NO_POINT, value: UNKNOWN, expression: axis.values }];
    }
    if (value.kind === "list" && points.length === 0) {
      report(context, environment, axis.values.span, "axis-empty", { axis: name });
    }
    if (fills !== undefined) {
      return points.map((each) => tuplePoint(context, axis, fills, each, environment));
    }
    return isSlot(name)
      ? points.map((each) => ({ ...each, value: slotOf(context, name, each.value, each.expression, environment) }))
      : points;
  }
}

class Memo<T> {
  readonly #known = new Map<Step, Map<string, T>>();

  of(step: Step, environment: Environment, make: () => T): T {
    let known = this.#known.get(step);
    if (known === undefined) {
      known = new Map();
      this.#known.set(step, known);
    }
    const key = step.reads.map((name) => identity(local(environment, name) ?? UNKNOWN)).join("\u0000");
    const found = known.get(key);
    if (found !== undefined) {
      return found;
    }
    const made = make();
    known.set(key, made);
    return made;
  }
}
