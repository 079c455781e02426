/** Moving elements: views, permutations, slices, gathers. */

import { sizeOf } from "../../../../program/shape.js";
import type { Shape } from "../../../../program/types.js";
import { operand } from "../../operands.js";
import { first, int, type Tensor, text } from "../graph.js";
import { at, type LoweringContext, type Rule } from "./context.js";

type Kind =
  | "constant"
  | "reshape"
  | "transpose"
  | "broadcastTo"
  | "slice"
  | "concat"
  | "pad"
  | "gather"
  | "scatterAdd"
  | "oneHot";

export const shapes: { readonly [K in Kind]: Rule<K> } = {
  constant: (context, operation) => {
    const output = first(operation.outputs);
    context.set(output, context.graph.constant(operation.attributes.data, output.shape));
  },
  reshape: (context, operation) => {
    context.set(first(operation.outputs), context.raw(operand(operation, 0)));
  },
  transpose: (context, operation) => {
    const { permutation } = operation.attributes;
    context.set(first(operation.outputs), context.transpose(context.get(operand(operation, 0)), permutation));
  },
  broadcastTo: (context, operation) => {
    context.set(
      first(operation.outputs),
      expand(context, context.get(operand(operation, 0)), operation.attributes.shape),
    );
  },
  slice: (context, operation) => {
    const { begin, end, stride } = operation.attributes;
    const cuts = begin.map((start, axis) => {
      const step = at(stride, axis);
      return { axis, start, step, length: Math.ceil((at(end, axis) - start) / step) };
    });
    context.set(first(operation.outputs), context.slice(context.get(operand(operation, 0)), cuts));
  },
  concat: (context, operation) => {
    const parts = operation.inputs.map((value) => context.get(value));
    context.set(first(operation.outputs), context.concat(parts, operation.attributes.axis));
  },
  pad: (context, operation) => {
    const { before, after, value } = operation.attributes;
    const edges = before.map((count, axis) => ({ axis, before: count, after: at(after, axis) }));
    context.set(first(operation.outputs), context.pad(context.get(operand(operation, 0)), edges, value));
  },
  gather: (context, operation) => {
    const output = first(operation.outputs);
    const [table, indices] = [context.get(operand(operation, 0)), context.get(operand(operation, 1))];
    context.set(output, context.graph.op("Gather", [table, indices], output.shape, { axis: int(0) }));
  },
  scatterAdd: (context, operation) => {
    const [rows, indices] = [operand(operation, 0), operand(operation, 1)];
    const output = first(operation.outputs);
    const count = sizeOf(indices.shape);
    const width = sizeOf(output.shape.slice(1));
    const updates = context.view(context.raw(rows), [count, width]);
    if (context.machine.device !== "cpu" && count * operation.attributes.rows <= MOST_CHOICES) {
      // a GPU scatters by whichever thread comes first; a product adds in a fixed order
      const chosen = oneHot(context, context.view(context.raw(indices), [count]), operation.attributes.rows);
      context.set(output, context.matmul(chosen, updates, { transposeA: true }));
      return;
    }
    const where = expand(context, context.view(context.raw(indices), [count, 1]), [count, width]);
    const empty = zeros(context, [operation.attributes.rows, width]);
    context.set(output, scatterAdd(context, empty, where, updates));
  },
  oneHot: (context, operation) => {
    const indices = context.get(operand(operation, 0));
    context.set(first(operation.outputs), oneHot(context, indices, operation.attributes.depth));
  },
};

/** Elements of a matrix of choices, 256 MB, beyond which it costs more than it is worth. */
const MOST_CHOICES = 2 ** 26;

/** [..., depth]: 1 at each index, else 0. */
function oneHot(context: LoweringContext, indices: Tensor, depth: number): Tensor {
  const classes = context.graph.constant(
    Int32Array.from({ length: depth }, (_, i) => i),
    [depth],
  );
  const column = context.view(indices, [...indices.shape, 1]);
  const shape = [...indices.shape, depth];
  const equal = context.graph.node("Equal", [column, classes], { shapes: [shape], types: ["bool"] });
  return context.cast(first(equal), "f32");
}

export function expand(context: LoweringContext, tensor: Tensor, shape: Shape): Tensor {
  if (sizeOf(tensor.shape) === sizeOf(shape)) return context.view(tensor, shape);
  return context.graph.op("Expand", [tensor, context.graph.indices(shape)], shape);
}

export function zeros(context: LoweringContext, shape: Shape): Tensor {
  return context.graph.op("Expand", [context.graph.scalar(0), context.graph.indices(shape)], shape);
}

/** Adds `updates` to `base` at `indices` along the first axis; equal indices add up, in order. */
export function scatterAdd(context: LoweringContext, base: Tensor, indices: Tensor, updates: Tensor): Tensor {
  return context.graph.op("ScatterElements", [base, indices, updates], base.shape, {
    axis: int(0),
    reduction: text("add"),
  });
}
