/** Pooling, N×H×W×C. Torch pads with nothing for the maximum and, unless told otherwise, with zeros for the average. */

import type { OpAttributes, Padding, PoolAttributes, Shape } from "../../../../program/types.js";
import { operand } from "../../operands.js";
import { type Attributes, first, ints, type Tensor, text, type } from "../graph.js";
import type { LoweringContext, OperationOf, Rule } from "./context.js";
import { cropped, paddingAttributes, widened, withBorder } from "./conv.js";
import { permuted } from "./layout.js";

function windows({ window, stride }: PoolAttributes): Attributes {
  return {
    ksize: ints([1, window[0], window[1], 1]),
    strides: ints([1, stride[0], stride[1], 1]),
    data_format: text("NHWC"),
  };
}

const paddingOf = (attributes: PoolAttributes, [, height = 0, width = 0]: Shape): Attributes =>
  paddingAttributes({ ...attributes, input: [height, width] });

function lowerMaxPool(context: LoweringContext, operation: OperationOf<"maxPool">): void {
  const output = first(operation.outputs);
  const x = context.as(operand(operation, 0), "image");
  const attributes = { ...windows(operation.attributes), ...paddingOf(operation.attributes, x.shape) };
  context.set(output, context.graph.op("MaxPool", [x], permuted(output.shape, "image"), attributes), "image");
}

function lowerMaxPoolGradient(context: LoweringContext, operation: OperationOf<"maxPoolGrad">): void {
  const [dy, x, y] = [0, 1, 2].map((index) => context.as(operand(operation, index), "image")) as [
    Tensor,
    Tensor,
    Tensor,
  ];
  const attributes = { ...windows(operation.attributes), ...paddingOf(operation.attributes, x.shape) };
  context.set(first(operation.outputs), context.graph.op("MaxPoolGrad", [x, y, dy], x.shape, attributes), "image");
}

const isPadded = (padding: Padding): boolean => padding.some((side) => side > 0);

/** window size over the number of pixels of each window that lie in the image: [1, H, W, 1]. */
function correction(context: LoweringContext, attributes: PoolAttributes, input: Shape, output: Shape): Tensor {
  const { window, stride, padding } = attributes;
  const inside = (position: number, axis: 0 | 1, extent: number): number => {
    const start = position * stride[axis] - padding[axis];
    return Math.min(start + window[axis], extent) - Math.max(start, 0);
  };
  const [, inHeight = 0, inWidth = 0] = input;
  const [, height = 0, width = 0] = output;
  const factors = Float32Array.from({ length: height * width }, (_, index) => {
    const count = inside(Math.floor(index / width), 0, inHeight) * inside(index % width, 1, inWidth);
    return (window[0] * window[1]) / count;
  });
  return context.graph.constant(factors, [1, height, width, 1]);
}

function lowerAveragePool(context: LoweringContext, operation: OperationOf<"avgPool">): void {
  const { attributes } = operation;
  const output = first(operation.outputs);
  const shape = permuted(output.shape, "image");
  const x = context.as(operand(operation, 0), "image");
  const wide = isPadded(attributes.padding) ? withBorder(context, x, attributes.padding) : x;
  const pooled = context.graph.op("AvgPool", [wide], shape, { ...windows(attributes), padding: text("VALID") });
  const made = needsCorrection(attributes)
    ? context.mul(pooled, correction(context, attributes, x.shape, shape))
    : pooled;
  context.set(output, made, "image");
}

const needsCorrection = ({ countPadding, padding }: OpAttributes["avgPool"]): boolean =>
  !countPadding && isPadded(padding);

function lowerAveragePoolGradient(context: LoweringContext, operation: OperationOf<"avgPoolGrad">): void {
  const { attributes } = operation;
  const shape = permuted(attributes.inputShape, "image");
  const given = context.as(operand(operation, 0), "image");
  const dy = needsCorrection(attributes)
    ? context.mul(given, correction(context, attributes, shape, given.shape))
    : given;
  const wide = widened(shape, attributes.padding);
  const spread = first(
    context.graph.node(
      "AvgPoolGrad",
      [context.graph.indices(wide), dy],
      { shapes: [wide], types: [dy.type] },
      { attributes: { T: type(dy.type), ...windows(attributes), padding: text("VALID") } },
    ),
  );
  const made = isPadded(attributes.padding) ? cropped(context, spread, attributes.padding, shape) : spread;
  context.set(first(operation.outputs), made, "image");
}

export const pools: { readonly [K in "maxPool" | "maxPoolGrad" | "avgPool" | "avgPoolGrad"]: Rule<K> } = {
  maxPool: lowerMaxPool,
  maxPoolGrad: lowerMaxPoolGradient,
  avgPool: lowerAveragePool,
  avgPoolGrad: lowerAveragePoolGradient,
};
