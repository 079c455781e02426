/** Sums, means and maxima over axes. */

import { sizeOf } from "../../../../program/shape.js";
import { operand } from "../../operands.js";
import { first } from "../graph.js";
import type { LoweringContext, OperationOf, Rule } from "./context.js";
import { at } from "./context.js";

const names = { sum: "ReduceSum", mean: "ReduceMean", max: "ReduceMax" } as const;

function lowerReduction(context: LoweringContext, operation: OperationOf<"sum" | "mean" | "max">): void {
  const input = operand(operation, 0);
  const output = first(operation.outputs);
  const axes = operation.attributes.axes.map((axis) => (axis < 0 ? axis + input.shape.length : axis));
  const real = axes.filter((axis) => at(input.shape, axis) !== 1);
  if (real.length === 0) context.set(output, context.raw(input));
  else if (sizeOf(output.shape) === 1)
    context.set(output, context.reduce(names[operation.kind], context.flat(context.raw(input)), [0]));
  else context.set(output, context.reduce(names[operation.kind], context.get(input), real));
}

export const reductions: { readonly [K in "sum" | "mean" | "max"]: Rule<K> } = {
  sum: lowerReduction,
  mean: lowerReduction,
  max: lowerReduction,
};
