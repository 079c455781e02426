import { extentOf, sameShape, windowCount } from "../shape.js";
import type { ConvAttributes, PoolAttributes, Shape } from "../types.js";
import type { Inputs, Rules } from "./rule.js";
import { f32, floatsOf } from "./rule.js";

/** Shape of the product and whether the right operand has no leading axes. */
function product(inputs: Inputs, transposeA: boolean, transposeB: boolean): Shape {
  inputs.count(2);
  const [a, b] = [inputs.shape(0), inputs.shape(1)];
  inputs.require(a.length >= 2 && b.length >= 2, "operands need at least two axes");
  const [m, kA] = transposeA ? [extentOf(a, -1), extentOf(a, -2)] : [extentOf(a, -2), extentOf(a, -1)];
  const [kB, n] = transposeB ? [extentOf(b, -1), extentOf(b, -2)] : [extentOf(b, -2), extentOf(b, -1)];
  inputs.require(kA === kB, `inner extents ${kA} and ${kB} differ`);
  const leading = a.slice(0, -2);
  inputs.require(b.length === 2 || sameShape(leading, b.slice(0, -2)), "leading axes differ");
  return [...leading, m, n];
}

type Windows = Pick<PoolAttributes, "stride" | "padding">;

function windowed(inputs: Inputs, images: Shape, window: readonly [number, number], attributes: Windows): Shape {
  const [top, left, bottom, right] = attributes.padding;
  const height = windowCount(extentOf(images, 2), window[0], attributes.stride[0], top, bottom);
  const width = windowCount(extentOf(images, 3), window[1], attributes.stride[1], left, right);
  inputs.require(Math.min(top, left, bottom, right) >= 0, "padding must not be negative");
  inputs.require(height > 0 && width > 0, `a ${window.join("×")} window does not fit the padded image`);
  return [height, width];
}

function convolved(inputs: Inputs, images: Shape, filter: Shape, attributes: ConvAttributes): Shape {
  const { groups } = attributes;
  inputs.require(images.length === 4 && filter.length === 4, "takes N×C×H×W images and O×(C/groups)×H×W filters");
  const [channels, outputs] = [extentOf(images, 1), extentOf(filter, 0)];
  inputs.require(
    channels === extentOf(filter, 1) * groups && outputs % groups === 0,
    `${channels} channels in ${groups} groups do not fit the filter`,
  );
  const window = [extentOf(filter, 2), extentOf(filter, 3)] as const;
  return [extentOf(images, 0), outputs, ...windowed(inputs, images, window, attributes)];
}

function pooled(inputs: Inputs, images: Shape, attributes: PoolAttributes): Shape {
  const [top, left, bottom, right] = attributes.padding;
  const [height, width] = attributes.window;
  inputs.require(images.length === 4, "takes N×C×H×W images");
  inputs.require(
    Math.max(top, bottom) < height && Math.max(left, right) < width,
    "padding must be less than the window",
  );
  return [extentOf(images, 0), extentOf(images, 1), ...windowed(inputs, images, attributes.window, attributes)];
}

export const linear: Rules<
  "matmul" | "conv2d" | "conv2dInputGrad" | "conv2dFilterGrad" | "maxPool" | "maxPoolGrad" | "avgPool" | "avgPoolGrad"
> = {
  matmul: (inputs, { transposeA, transposeB }) => {
    const shape = product(inputs, transposeA, transposeB);
    return floatsOf(inputs.floatType(), shape);
  },
  conv2d: (inputs, attributes) => {
    inputs.count(2);
    return floatsOf(inputs.floatType(), convolved(inputs, inputs.shape(0), inputs.shape(1), attributes));
  },
  conv2dInputGrad: (inputs, attributes) => {
    inputs.count(2);
    inputs.expectShape(0, convolved(inputs, attributes.inputShape, inputs.shape(1), attributes));
    return floatsOf(inputs.floatType(), attributes.inputShape);
  },
  conv2dFilterGrad: (inputs, attributes) => {
    inputs.count(2);
    inputs.expectShape(0, convolved(inputs, inputs.shape(1), attributes.filterShape, attributes));
    return floatsOf(inputs.floatType(), attributes.filterShape);
  },
  maxPool: (inputs, attributes) => {
    inputs.count(1);
    return floatsOf(inputs.floatType(), pooled(inputs, inputs.shape(0), attributes));
  },
  maxPoolGrad: (inputs, attributes) => {
    inputs.count(3);
    const dtype = inputs.floatType();
    const output = pooled(inputs, inputs.shape(1), attributes);
    inputs.expectShape(0, output);
    inputs.expectShape(2, output);
    return floatsOf(dtype, inputs.shape(1));
  },
  avgPool: (inputs, attributes) => {
    inputs.count(1);
    inputs.floats();
    return f32(pooled(inputs, inputs.shape(0), attributes));
  },
  avgPoolGrad: (inputs, attributes) => {
    inputs.count(1);
    inputs.floats();
    inputs.expectShape(0, pooled(inputs, attributes.inputShape, attributes));
    return f32(attributes.inputShape);
  },
};
