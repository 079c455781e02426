/** Convolutions by TensorFlow's own kernels, forward and backward: images N×H×W×C, filters H×W×I×O. */

import type { ConvAttributes, Padding, Shape } from "../../../../program/types.js";
import { type Attributes, first, int, ints, type Tensor, text, type } from "../graph.js";
import { type LoweringContext, type OperationOf, operand, type Rule } from "./context.js";
import { permuted } from "./layout.js";

const isZero = (padding: Padding): boolean => padding.every((side) => side === 0);

/** Zero padding as the kernels take it. */
export function paddingAttributes([top, left, bottom, right]: Padding): Attributes {
  if (isZero([top, left, bottom, right])) return { padding: text("VALID") };
  return { padding: text("EXPLICIT"), explicit_paddings: ints([0, 0, top, bottom, left, right, 0, 0]) };
}

function attributesOf({ stride, padding }: ConvAttributes): Attributes {
  return { strides: ints([1, stride[0], stride[1], 1]), data_format: text("NHWC"), ...paddingAttributes(padding) };
}

/** The `index`-th of `count` equal parts along an axis. */
function part(context: LoweringContext, x: Tensor, axis: number, index: number, count: number): Tensor {
  const width = (x.shape[axis] ?? 0) / count;
  const shape = x.shape.map((extent, i) => (i === axis ? width : extent));
  const begin = x.shape.map((_, i) => (i === axis ? index * width : 0));
  return context.graph.op("Slice", [x, context.graph.indices(begin), context.graph.indices(shape)], shape, {
    Index: type("i32"),
  });
}

/**
 * TensorFlow's CPU kernels have no groups in the gradients, so each group is a convolution of its own.
 * @param axes along which the operands are cut, and the results joined
 */
function grouped(
  context: LoweringContext,
  groups: number,
  operands: readonly { readonly tensor: Tensor; readonly axis: number }[],
  joinAxis: number,
  convolve: (...parts: readonly Tensor[]) => Tensor,
): Tensor {
  if (groups === 1) return convolve(...operands.map(({ tensor }) => tensor));
  const made = Array.from({ length: groups }, (_, index) =>
    convolve(...operands.map(({ tensor, axis }) => part(context, tensor, axis, index, groups))),
  );
  const shape = first(made).shape.map((extent, axis) => (axis === joinAxis ? extent * groups : extent));
  const axis = context.graph.constant(Int32Array.of(joinAxis), []);
  return context.graph.op("ConcatV2", [...made, axis], shape, { N: int(groups), Tidx: type("i32") });
}

/** Axes of the layouts. */
const CHANNELS = 3;
const OUTPUTS = 3;

function lowerConv(context: LoweringContext, operation: OperationOf<"conv2d">): void {
  const { attributes } = operation;
  const output = first(operation.outputs);
  const [batch, , height, width] = output.shape as [number, number, number, number];
  const made = grouped(
    context,
    attributes.groups,
    [
      { tensor: context.as(operand(operation, 0), "image"), axis: CHANNELS },
      { tensor: context.as(operand(operation, 1), "filter"), axis: OUTPUTS },
    ],
    CHANNELS,
    (x, filter) => {
      const shape = [batch, height, width, filter?.shape[OUTPUTS] ?? 0];
      return context.graph.op("Conv2D", present([x, filter]), shape, attributesOf(attributes));
    },
  );
  context.set(output, made, "image");
}

function lowerInputGradient(context: LoweringContext, operation: OperationOf<"conv2dInputGrad">): void {
  const { attributes } = operation;
  const whole = permuted(attributes.inputShape, "image");
  const shape = divided(whole, CHANNELS, attributes.groups);
  const made = grouped(
    context,
    attributes.groups,
    [
      { tensor: context.as(operand(operation, 0), "image"), axis: CHANNELS },
      { tensor: context.as(operand(operation, 1), "filter"), axis: OUTPUTS },
    ],
    CHANNELS,
    (dy, filter) => gradient(context, "Conv2DBackpropInput", present([filter, dy]), 0, shape, attributes),
  );
  context.set(first(operation.outputs), made, "image");
}

function lowerFilterGradient(context: LoweringContext, operation: OperationOf<"conv2dFilterGrad">): void {
  const { attributes } = operation;
  const whole = permuted(attributes.filterShape, "filter");
  const shape = divided(whole, OUTPUTS, attributes.groups);
  const made = grouped(
    context,
    attributes.groups,
    [
      { tensor: context.as(operand(operation, 0), "image"), axis: CHANNELS },
      { tensor: context.as(operand(operation, 1), "image"), axis: CHANNELS },
    ],
    OUTPUTS,
    (dy, x) => gradient(context, "Conv2DBackpropFilter", present([x, dy]), 1, shape, attributes),
  );
  context.set(first(operation.outputs), made, "filter");
}

function gradient(
  context: LoweringContext,
  op: string,
  inputs: readonly Tensor[],
  sizesAt: number,
  shape: Shape,
  attributes: ConvAttributes,
): Tensor {
  const all = [...inputs.slice(0, sizesAt), context.graph.indices(shape), ...inputs.slice(sizesAt)];
  const T = type(first(inputs).type);
  return first(
    context.graph.node(
      op,
      all,
      { shapes: [shape], types: [first(inputs).type] },
      { attributes: { T, ...attributesOf(attributes) } },
    ),
  );
}

const divided = (shape: Shape, axis: number, parts: number): Shape =>
  shape.map((extent, i) => (i === axis ? extent / parts : extent));

const present = (tensors: readonly (Tensor | undefined)[]): Tensor[] => tensors.flatMap((tensor) => tensor ?? []);

export const convolutions: { readonly [K in "conv2d" | "conv2dInputGrad" | "conv2dFilterGrad"]: Rule<K> } = {
  conv2d: lowerConv,
  conv2dInputGrad: lowerInputGradient,
  conv2dFilterGrad: lowerFilterGradient,
};
