/** Convolution forward and its input gradient. */

import { sameShape } from "../../../../program/shape.js";
import type { Operation, Shape, Value } from "../../../../program/types.js";
import { operand } from "../../operands.js";
import { type Attributes, BLOCKED, first, int, ints, type Tensor } from "../graph.js";
import { at, type LoweringContext, type OperationOf, type Rule } from "./context.js";
import { filterGradient } from "./filter-gradient.js";
import { type ConvGeometry, convGeometry, flipped, hasStride } from "./geometry.js";
import { convolutionForm, inputGradientForm } from "./shape-rules.js";

function lowerConv(context: LoweringContext, operation: OperationOf<"conv2d">): void {
  const [x, filter] = [operand(operation, 0), operand(operation, 1)];
  const y = first(operation.outputs);
  const geometry = convGeometry(x.shape, filter.shape, y.shape, operation.attributes);
  const affine = affineAfter(context, y);
  if (affine === undefined) {
    context.set(y, convolve(context, { x: context.get(x), filter: context.get(filter) }, geometry));
    return;
  }
  // the factor and the offset may come later in the program than the convolution
  context.absorb(affine.product);
  context.defer(affine.sum, () => {
    const factor = context.view(context.raw(affine.factor), [geometry.filters, 1, 1, 1]);
    const bias = context.flat(context.raw(affine.offset));
    const scaled = context.mul(context.get(filter), factor);
    context.set(first(affine.sum.outputs), convolve(context, { x: context.get(x), filter: scaled, bias }, geometry));
  });
}

interface Affine {
  readonly product: Operation;
  readonly factor: Value;
  readonly sum: Operation;
  readonly offset: Value;
}

/** y·factor + offset per channel, where nothing else reads y: batch normalization by running statistics. */
function affineAfter(context: LoweringContext, y: Value): Affine | undefined {
  const product = y.dtype === "f32" ? perChannelPartner(context, y, "mul") : undefined;
  const sum = product && perChannelPartner(context, first(product.operation.outputs), "add");
  if (product === undefined || sum === undefined) return undefined;
  return { product: product.operation, factor: product.other, sum: sum.operation, offset: sum.other };
}

/** The only reader of `value`, if it is of this kind and its other side is [1, O, 1, 1]. */
function perChannelPartner(
  context: LoweringContext,
  value: Value,
  kind: "mul" | "add",
): { operation: Operation; other: Value } | undefined {
  const operation = context.onlyConsumer(value);
  const other = operation?.kind === kind ? operation.inputs.find(({ id }) => id !== value.id) : undefined;
  if (operation === undefined || other === undefined) return undefined;
  return sameShape(other.shape, [1, at(value.shape, 1), 1, 1]) ? { operation, other } : undefined;
}

interface ConvTensors {
  readonly x: Tensor;
  readonly filter: Tensor;
  /** [O] */
  readonly bias?: Tensor;
}

/** y [N, O, OH, OW] in the form the geometry asks for. */
function convolve(context: LoweringContext, given: ConvTensors, geometry: ConvGeometry): Tensor {
  const { batch, filters, outHeight, outWidth } = geometry;
  const shape = [batch, filters, outHeight, outWidth];
  const { x, filter, bias } = readByThrees(context, geometry) ? inFours(context, given, geometry) : given;
  const biases = bias === undefined ? [] : [bias];
  return convolutionForm(geometry, context.machine) === "blocked"
    ? blocked(context, [x, filter, ...biases], geometry, shape)
    : context.graph.op("Conv", [x, filter, ...biases], shape, convAttributes(geometry));
}

/**
 * WebGPU's kernel takes channels by threes where they are no multiple of four and filters are, and is wrong (ONNX
 * Runtime 1.30) where that is more than once: the second three are not those it reads.
 */
function readByThrees({ machine }: LoweringContext, { channels, filters, groups }: ConvGeometry): boolean {
  const threes = channels > 3 && channels % 3 === 0 && channels % 4 !== 0;
  return machine.device === "webgpu" && groups === 1 && threes && filters % 4 === 0;
}

/** With channels of zeros up to a multiple of four. */
function inFours(
  context: LoweringContext,
  { x, filter, ...rest }: ConvTensors,
  { channels }: ConvGeometry,
): ConvTensors {
  const more = [{ axis: 1, before: 0, after: 4 - (channels % 4) }];
  return { ...rest, x: context.pad(x, more), filter: context.pad(filter, more) };
}

/** Channels in blocks of a vector register's width, in and out; the reordered x is shared by all that convolve it. */
function blocked(
  context: LoweringContext,
  [x, filter, ...bias]: readonly [Tensor, Tensor, ...Tensor[]],
  geometry: ConvGeometry,
  shape: Shape,
): Tensor {
  const { channels, filters, kernel } = geometry;
  const { block } = context.machine;
  const graph = context.graph;
  const taps = kernel[0] * kernel[1];
  const reordered = context.once(`blocked ${x.name}`, () => graph.op("ReorderInput", [x], x.shape, {}, BLOCKED));
  const split = context.view(filter, [filters / block, block, channels / block, block, taps]);
  const weights = context.view(context.transpose(split, [0, 2, 4, 3, 1]), [filters, channels, ...kernel]);
  const y = graph.op("Conv", [reordered, weights, ...bias], shape, convAttributes(geometry), BLOCKED);
  return graph.op("ReorderOutput", [y], shape, { channels: int(filters) }, BLOCKED);
}

function convAttributes(geometry: ConvGeometry): Attributes {
  return {
    kernel_shape: ints(...geometry.kernel),
    strides: ints(...geometry.stride),
    pads: ints(...geometry.padding),
    group: int(geometry.groups),
  };
}

function lowerInputGradient(context: LoweringContext, operation: OperationOf<"conv2dInputGrad">): void {
  const [dy, filter] = [operand(operation, 0), operand(operation, 1)];
  const dx = first(operation.outputs);
  const geometry = convGeometry(dx.shape, filter.shape, dy.shape, operation.attributes);
  const lower = inputGradientForm(geometry, context.machine) === "convolve" ? convolveFlipped : transposedConvolution;
  context.set(dx, lower(context, context.get(dy), context.get(filter), geometry));
}

/** Stride 1: the gradient is the convolution of dy with the filter turned by 180°, input and output channels swapped. */
function convolveFlipped(context: LoweringContext, dy: Tensor, filter: Tensor, geometry: ConvGeometry): Tensor {
  const { channels, filters, groups, kernel } = geometry;
  const [outer, inner] = [filters / groups, channels / groups];
  const taps = kernel[0] * kernel[1];
  // whole planes are turned: taps outside, in one move with the swap
  const planes = context.transpose(context.view(filter, [groups, outer, inner, taps]), [3, 0, 2, 1]);
  const turned = backwards(context, planes);
  const weights = context.view(context.transpose(turned, [1, 2, 3, 0]), [channels, outer, ...kernel]);
  return convolve(context, { x: dy, filter: weights }, flipped(geometry));
}

/** The first axis from its end. */
function backwards(context: LoweringContext, planes: Tensor): Tensor {
  const count = at(planes.shape, 0);
  if (count === 1) return planes;
  const order = context.graph.indices(Array.from({ length: count }, (_, i) => count - 1 - i));
  return context.graph.op("Gather", [planes, order], planes.shape, { axis: int(0) });
}

function transposedConvolution(context: LoweringContext, dy: Tensor, filter: Tensor, geometry: ConvGeometry): Tensor {
  const { batch, channels, height, width, outHeight, outWidth, kernel, stride } = geometry;
  const [top, left, bottom, right] = geometry.padding;
  const uncovered = [
    height + top + bottom - kernel[0] - (outHeight - 1) * stride[0],
    width + left + right - kernel[1] - (outWidth - 1) * stride[1],
  ];
  return context.graph.op("ConvTranspose", [dy, filter], [batch, channels, height, width], {
    ...convAttributes(geometry),
    ...(hasStride(geometry, 1) ? {} : { output_padding: ints(...uncovered) }),
  });
}

export const convolutions: {
  readonly [K in "conv2d" | "conv2dInputGrad" | "conv2dFilterGrad"]: Rule<K>;
} = {
  conv2d: lowerConv,
  conv2dInputGrad: lowerInputGradient,
  conv2dFilterGrad: (context, operation) => {
    const [dy, x] = [operand(operation, 0), operand(operation, 1)];
    const dw = first(operation.outputs);
    const geometry = convGeometry(x.shape, dw.shape, dy.shape, operation.attributes);
    context.set(dw, filterGradient(context, context.get(dy), context.get(x), geometry));
  },
};
