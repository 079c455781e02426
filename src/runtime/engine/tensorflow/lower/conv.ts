/** Convolutions by TensorFlow's own kernels, forward and backward: images N×H×W×C, filters H×W×I×O. */

import type { ConvAttributes, Padding, Shape } from "../../../../program/types.js";
import { operand } from "../../operands.js";
import { type Attributes, first, int, ints, type Tensor, text, type } from "../graph.js";
import type { LoweringContext, OperationOf, Rule } from "./context.js";
import { permuted } from "./layout.js";
import { padded } from "./shape.js";

const isZero = (padding: Padding): boolean => padding.every((side) => side === 0);

/** Rows or columns TensorFlow's `SAME` pads an extent by, before and after. */
function same(extent: number, window: number, stride: number): readonly [number, number] {
  const total = Math.max((Math.ceil(extent / stride) - 1) * stride + window - extent, 0);
  return [Math.floor(total / 2), Math.ceil(total / 2)];
}

export interface Windows {
  /** Height and width of the input. */
  readonly input: readonly [number, number];
  readonly window: readonly [number, number];
  readonly stride: readonly [number, number];
  readonly padding: Padding;
}

/** Zero padding as the kernels take it; by a name where it has one, for the fastest kernels know only names. */
export function paddingAttributes({ input, window, stride, padding }: Windows): Attributes {
  if (isZero(padding)) return { padding: text("VALID") };
  const [[top, bottom], [left, right]] = [same(input[0], window[0], stride[0]), same(input[1], window[1], stride[1])];
  if ([top, left, bottom, right].every((side, index) => side === padding[index])) return { padding: text("SAME") };
  return {
    padding: text("EXPLICIT"),
    explicit_paddings: ints([0, 0, padding[0], padding[2], padding[1], padding[3], 0, 0]),
  };
}

/** @param image N×H×W×C; @param filter H×W×I×O */
function attributesOf({ stride, padding }: ConvAttributes, image: Shape, filter: Shape): Attributes {
  const [, height = 0, width = 0] = image;
  const [rows = 0, columns = 0] = filter;
  return {
    strides: ints([1, stride[0], stride[1], 1]),
    data_format: text("NHWC"),
    ...paddingAttributes({ input: [height, width], window: [rows, columns], stride, padding }),
  };
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
      const geometry = attributesOf(attributes, x?.shape ?? [], filter?.shape ?? []);
      return context.graph.op("Conv2D", present([x, filter]), shape, geometry);
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
    (dy, filter) => {
      const geometry = attributesOf(attributes, shape, filter?.shape ?? []);
      if (geometry.explicit_paddings === undefined) {
        return gradient(context, "Conv2DBackpropInput", present([filter, dy]), 0, shape, geometry);
      }
      const bare = { ...attributes, padding: NO_PADDING };
      const wide = widened(shape, attributes.padding);
      const valid = attributesOf(bare, wide, filter?.shape ?? []);
      const spread = gradient(context, "Conv2DBackpropInput", present([filter, dy]), 0, wide, valid);
      return cropped(context, spread, attributes.padding, shape);
    },
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
    (dy, given) => {
      const named = attributesOf(attributes, given?.shape ?? [], shape);
      const explicit = named.explicit_paddings !== undefined && given !== undefined;
      const x = explicit ? withBorder(context, given, attributes.padding) : given;
      const geometry = explicit ? attributesOf({ ...attributes, padding: NO_PADDING }, x?.shape ?? [], shape) : named;
      return gradient(context, "Conv2DBackpropFilter", present([x, dy]), 1, shape, geometry);
    },
  );
  context.set(first(operation.outputs), made, "filter");
}

/** @param sizesAt where the kernel takes the shape of what it makes */
function gradient(
  context: LoweringContext,
  op: string,
  inputs: readonly Tensor[],
  sizesAt: number,
  shape: Shape,
  geometry: Attributes,
): Tensor {
  const all = [...inputs.slice(0, sizesAt), context.graph.indices(shape), ...inputs.slice(sizesAt)];
  const of = first(inputs).type;
  const attributes = { T: type(of), ...geometry };
  return first(context.graph.node(op, all, { shapes: [shape], types: [of] }, { attributes }));
}

const NO_PADDING: Padding = [0, 0, 0, 0];

/** An image with its padding written out. */
export const widened = ([batch = 0, height = 0, width = 0, channels = 0]: Shape, padding: Padding): Shape => [
  batch,
  height + padding[0] + padding[2],
  width + padding[1] + padding[3],
  channels,
];

export function withBorder(context: LoweringContext, x: Tensor, [top, left, bottom, right]: Padding): Tensor {
  return context.once(`border ${x.name} ${[top, left, bottom, right]}`, () =>
    padded(context, x, [0, 0, top, bottom, left, right, 0, 0], 0),
  );
}

export function cropped(context: LoweringContext, x: Tensor, [top, left]: Padding, shape: Shape): Tensor {
  const begin = context.graph.indices([0, top, left, 0]);
  return context.graph.op("Slice", [x, begin, context.graph.indices(shape)], shape, { Index: type("i32") });
}

const divided = (shape: Shape, axis: number, parts: number): Shape =>
  shape.map((extent, i) => (i === axis ? extent / parts : extent));

const present = (tensors: readonly (Tensor | undefined)[]): Tensor[] => tensors.flatMap((tensor) => tensor ?? []);

export const convolutions: { readonly [K in "conv2d" | "conv2dInputGrad" | "conv2dFilterGrad"]: Rule<K> } = {
  conv2d: lowerConv,
  conv2dInputGrad: lowerInputGradient,
  conv2dFilterGrad: lowerFilterGradient,
};
