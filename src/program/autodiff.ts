/** Reverse-mode differentiation: writes the gradient's operations onto the same builder. */

import { accumulate } from "./autodiff/accumulate.js";
import { elementwise } from "./autodiff/elementwise.js";
import { linear } from "./autodiff/linear.js";
import type { Contribution, GradientRule, GradientRules } from "./autodiff/rule.js";
import { whole } from "./autodiff/rule.js";
import { shaping } from "./autodiff/shaping.js";
import { training } from "./autodiff/training.js";
import type { Builder } from "./builder.js";
import { ProgramError } from "./names.js";
import { sizeOf } from "./shape.js";
import type { Operation, OpKind, Value } from "./types.js";

const rules: GradientRules<OpKind> = { ...elementwise, ...shaping, ...linear, ...training };

/** Only the first output of these carries gradient; the others are statistics. */
const FIRST_OUTPUT_ONLY: ReadonlySet<OpKind> = new Set(["batchNorm", "layerNorm"]);

/**
 * Gradients of `loss` (a scalar) in each of `values`, in their order; zeros where the loss does not depend on a value.
 * Only what lies between the values and the loss is differentiated. Throws where the path crosses an op that has no
 * gradient, naming it.
 */
export function gradients(builder: Builder, loss: Value, values: readonly Value[]): readonly Value[] {
  if (sizeOf(loss.shape) !== 1 || loss.dtype !== "f32") {
    throw new ProgramError(`gradients need an f32 loss of one element, not ${loss.dtype}[${loss.shape.join(", ")}]`);
  }
  const tape = [...builder.operations];
  const active = dependents(tape, values);
  const contributions = new Map<number, Contribution[]>([[loss.id, [whole(builder.filled(1, loss.shape))]]]);
  const settled = new Map<number, Value | undefined>();
  const gradientOf = (value: Value): Value | undefined => {
    if (!settled.has(value.id)) {
      settled.set(value.id, accumulate(builder, contributions.get(value.id) ?? [], value.shape));
    }
    return settled.get(value.id);
  };
  for (const operation of tape.reverse()) {
    if (!operation.inputs.some((input) => active.has(input.id))) continue;
    const outputGradients = operation.outputs.map(gradientOf);
    if (outputGradients.every((gradient) => gradient === undefined)) continue;
    const back = backward(builder, operation, outputGradients, active);
    operation.inputs.forEach((input, index) => {
      const contribution = back[index];
      if (contribution === undefined || !active.has(input.id)) return;
      const list = contributions.get(input.id) ?? [];
      list.push("kind" in contribution ? contribution : whole(contribution));
      contributions.set(input.id, list);
    });
  }
  return values.map((value) => gradientOf(value) ?? builder.filled(0, value.shape));
}

/** Ids of all values that depend on one of `sources`, these included. */
function dependents(tape: readonly Operation[], sources: readonly Value[]): ReadonlySet<number> {
  const active = new Set(sources.map((value) => value.id));
  for (const operation of tape) {
    if (rules[operation.kind] === "none" || !operation.inputs.some((input) => active.has(input.id))) continue;
    for (const output of operation.outputs) if (output.dtype !== "i32") active.add(output.id);
  }
  return active;
}

function backward(
  builder: Builder,
  operation: Operation,
  outputGradients: readonly (Value | undefined)[],
  active: ReadonlySet<number>,
): readonly (Value | Contribution | undefined)[] {
  const { kind, attributes, inputs, outputs } = operation;
  const rule = rules[kind];
  if (rule === "none") return [];
  const [dy, ...others] = outputGradients;
  const statistics = FIRST_OUTPUT_ONLY.has(kind) && others.some((gradient) => gradient !== undefined);
  if (rule === "undefined" || dy === undefined || statistics) {
    throw new ProgramError(`no gradient is defined through ${statistics ? "the statistics of " : ""}\`${kind}\``);
  }
  const at = (list: readonly Value[], index: number): Value => {
    const value = list[index];
    if (value === undefined) throw new ProgramError(`\`${kind}\` has no operand ${index + 1}`);
    return value;
  };
  // the table pairs each kind's rule with its own attributes, which a union of kinds cannot express
  return (rule as GradientRule<OpKind>)({
    builder,
    attributes,
    inputs,
    dy,
    input: (index) => at(inputs, index),
    output: (index) => at(outputs, index),
    wants: (index) => active.has(at(inputs, index).id),
  });
}
