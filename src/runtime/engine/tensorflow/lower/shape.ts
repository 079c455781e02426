/** Ops that move elements, and reductions. Where a map's layout can go through, it does. */

import type { OpKind } from "../../../../program/types.js";
import { operand } from "../../operands.js";
import { first, int, type Tensor, type } from "../graph.js";
import type { LoweringContext, OperationOf, Rule } from "./context.js";
import { commonLayout } from "./elementwise.js";
import { permutationOf, permuted } from "./layout.js";

const INDEX = { Index: type("i32") };

/** Axes of the IR as axes of the layout. */
function axesIn(axes: readonly number[], layout: Parameters<typeof permutationOf>[0]): number[] {
  const permutation = permutationOf(layout);
  return permutation === undefined ? [...axes] : axes.map((axis) => permutation.indexOf(axis));
}

function lowerReduction(context: LoweringContext, operation: OperationOf<"sum" | "mean" | "max">): void {
  const { axes, keepDims } = operation.attributes;
  const x = operand(operation, 0);
  const output = first(operation.outputs);
  const names = { sum: "Sum", mean: "Mean", max: "Max" } as const;
  const op = names[operation.kind];
  // without its spatial axes a map is in the IR's order again
  const spatial = context.layoutOf(x) === "image" && axes.includes(2) && axes.includes(3);
  const layout = context.layoutOf(x) === "image" && (keepDims || spatial) ? "image" : "plain";
  const made = context.reduce(op, context.as(x, layout), axesIn(axes, layout), keepDims ? "kept" : "dropped");
  context.set(output, made, keepDims ? layout : "plain");
}

function lowerSlice(context: LoweringContext, operation: OperationOf<"slice">): void {
  const { begin, end, stride } = operation.attributes;
  const x = operand(operation, 0);
  const layout = context.layoutOf(x);
  const shape = permuted(first(operation.outputs).shape, layout);
  const from = permuted(begin, layout);
  const source = context.raw(x);
  const made = stride.every((step) => step === 1)
    ? context.graph.op("Slice", [source, context.graph.indices(from), context.graph.indices(shape)], shape, INDEX)
    : context.graph.op(
        "StridedSlice",
        [source, ...[from, permuted(end, layout), permuted(stride, layout)].map((list) => context.graph.indices(list))],
        shape,
        { ...INDEX, ...noMasks },
      );
  context.set(first(operation.outputs), made, layout);
}

const noMasks = Object.fromEntries(
  ["begin_mask", "end_mask", "ellipsis_mask", "new_axis_mask", "shrink_axis_mask"].map((name) => [name, int(0)]),
);

function lowerConcat(context: LoweringContext, operation: OperationOf<"concat">): void {
  const layout = commonLayout(context, operation.inputs);
  const parts = operation.inputs.map((value) => context.as(value, layout));
  const axis = context.graph.constant(Int32Array.from(axesIn([operation.attributes.axis], layout)), []);
  const output = first(operation.outputs);
  const made = context.graph.op("ConcatV2", [...parts, axis], permuted(output.shape, layout), {
    N: int(parts.length),
    Tidx: type("i32"),
  });
  context.set(output, made, layout);
}

function lowerPad(context: LoweringContext, operation: OperationOf<"pad">): void {
  const { before, after, value } = operation.attributes;
  const x = operand(operation, 0);
  const layout = context.layoutOf(x);
  const output = first(operation.outputs);
  const widths = permuted(before, layout).flatMap((width, axis) => [width, permuted(after, layout)[axis] ?? 0]);
  const made = padded(context, context.raw(x), widths, value);
  context.set(output, made, layout);
}

/** @param widths before and after of each axis, one after the other */
export function padded(context: LoweringContext, x: Tensor, widths: readonly number[], value: number): Tensor {
  const shape = x.shape.map((extent, axis) => extent + (widths[2 * axis] ?? 0) + (widths[2 * axis + 1] ?? 0));
  const paddings = context.graph.constant(Int32Array.from(widths), [x.shape.length, 2]);
  return context.graph.op("PadV2", [x, paddings, fill(context, x, value)], shape, { Tpaddings: type("i32") });
}

const fill = (context: LoweringContext, x: Tensor, value: number): Tensor =>
  x.type === "i32" ? context.graph.constant(Int32Array.of(value), []) : context.number(value, x.type);

function lowerBroadcast(context: LoweringContext, operation: OperationOf<"broadcastTo">): void {
  const x = operand(operation, 0);
  const output = first(operation.outputs);
  const [, , height, width] = x.shape;
  // one number a channel, spread over a map: the start of a map's gradient
  const spread = x.shape.length === 4 && output.shape.length === 4 && height === 1 && width === 1;
  const layout = spread || (context.layoutOf(x) === "image" && output.shape.length === 4) ? "image" : "plain";
  const shape = permuted(output.shape, layout);
  const made = context.graph.op("BroadcastTo", [context.as(x, layout), context.graph.indices(shape)], shape, {
    Tidx: type("i32"),
  });
  context.set(output, made, layout);
}

type ShapeKind = Extract<
  OpKind,
  | "constant"
  | "sum"
  | "mean"
  | "max"
  | "reshape"
  | "transpose"
  | "broadcastTo"
  | "slice"
  | "concat"
  | "pad"
  | "gather"
  | "scatterAdd"
  | "oneHot"
>;

export const shapes: { readonly [K in ShapeKind]: Rule<K> } = {
  constant: (context, operation) => {
    const output = first(operation.outputs);
    context.set(output, context.graph.constant(operation.attributes.data, output.shape));
  },
  sum: lowerReduction,
  mean: lowerReduction,
  max: lowerReduction,
  reshape: (context, operation) => {
    const output = first(operation.outputs);
    context.set(output, context.reshape(context.get(operand(operation, 0)), output.shape));
  },
  transpose: (context, operation) => {
    const made = context.transpose(context.get(operand(operation, 0)), operation.attributes.permutation);
    context.set(first(operation.outputs), made);
  },
  broadcastTo: lowerBroadcast,
  slice: lowerSlice,
  concat: lowerConcat,
  pad: lowerPad,
  gather: (context, operation) => {
    const [table, indices] = [context.get(operand(operation, 0)), context.get(operand(operation, 1))];
    const axis = context.graph.constant(Int32Array.of(0), []);
    const attributes = { Tparams: type(table.type), Tindices: type("i32"), Taxis: type("i32"), batch_dims: int(0) };
    const outputs = { shapes: [first(operation.outputs).shape] };
    context.set(
      first(operation.outputs),
      first(context.graph.node("GatherV2", [table, indices, axis], outputs, { attributes })),
    );
  },
  scatterAdd: (context, operation) => {
    const [values, indices] = [context.get(operand(operation, 0)), context.get(operand(operation, 1))];
    const rows = context.graph.constant(Int32Array.of(operation.attributes.rows), []);
    const made = context.graph.op("UnsortedSegmentSum", [values, indices, rows], first(operation.outputs).shape, {
      Tindices: type("i32"),
      Tnumsegments: type("i32"),
    });
    context.set(first(operation.outputs), made);
  },
  oneHot: (context, operation) => {
    const indices = context.get(operand(operation, 0));
    const depth = context.graph.constant(Int32Array.of(operation.attributes.depth), []);
    const made = context.graph.node(
      "OneHot",
      [indices, depth, context.graph.scalar(1), context.graph.scalar(0)],
      { shapes: [first(operation.outputs).shape], types: ["f32"] },
      { attributes: { T: type("f32"), TI: type("i32"), axis: int(-1) } },
    );
    context.set(first(operation.outputs), first(made));
  },
};
