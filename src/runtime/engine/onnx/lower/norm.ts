/** Batch and layer normalization. */

import { sizeOf } from "../../../../program/shape.js";
import { operand, result } from "../../operands.js";
import { float, int, ints, type Tensor } from "../graph.js";
import { at, type LoweringContext, type OperationOf, type Rule } from "./context.js";
import { channelDotForm } from "./shape-rules.js";

/** [C] beside N×C×H×W. */
const perChannel = (context: LoweringContext, vector: Tensor): Tensor =>
  context.view(vector, [1, sizeOf(vector.shape), 1, 1]);

/** Σ over images and pixels of a·b → [C]. */
function channelDot(context: LoweringContext, a: Tensor, b: Tensor): Tensor {
  const [batch, channels, height, width] = [at(a.shape, 0), at(a.shape, 1), at(a.shape, 2), at(a.shape, 3)];
  if (channelDotForm(height * width, context.machine) === "multiply")
    return context.reduce("ReduceSum", context.mul(a, b), [0, 2, 3]);
  // one map is the kernel of the other: a grouped Conv with a single position, batch·channels groups
  const maps = batch * channels;
  const dots = context.graph.op(
    "Conv",
    [context.view(a, [1, maps, height, width]), context.view(b, [maps, 1, height, width])],
    [1, maps, 1, 1],
    { kernel_shape: ints(height, width), group: int(maps) },
  );
  return context.reduce("ReduceSum", context.view(dots, [batch, channels]), [0]);
}

/** x·gain + offset per channel. A depthwise 1×1 Conv does it in one pass, and takes in a following Add and Relu. */
function affine(context: LoweringContext, x: Tensor, gain: Tensor, offset: Tensor): Tensor {
  const [channels, height, width] = [at(x.shape, 1), at(x.shape, 2), at(x.shape, 3)];
  if (channelDotForm(height * width, context.machine) === "multiply") {
    return context.add(context.mul(x, perChannel(context, gain)), perChannel(context, offset));
  }
  return context.graph.op("Conv", [x, context.view(gain, [channels, 1, 1, 1]), offset], x.shape, {
    kernel_shape: ints(1, 1),
    group: int(channels),
  });
}

const centred = (context: LoweringContext, x: Tensor, mean: Tensor): Tensor =>
  context.once(`centred ${x.name} ${mean.name}`, () => context.sub(x, perChannel(context, mean)));

const reciprocalDeviation = (context: LoweringContext, variance: Tensor, epsilon: number): Tensor =>
  context.once(`deviation ${variance.name} ${epsilon}`, () =>
    context.unary("Reciprocal", context.unary("Sqrt", context.add(variance, context.graph.scalar(epsilon)))),
  );

/** Two passes: the variance is of the centred map, which the gradient uses again. */
function lowerBatchNorm(context: LoweringContext, operation: OperationOf<"batchNorm">): void {
  const [x, scale, shift] = [0, 1, 2].map((index) => context.get(operand(operation, index))) as [
    Tensor,
    Tensor,
    Tensor,
  ];
  const count = sizeOf(x.shape) / at(x.shape, 1);
  const mean = context.scale(context.reduce("ReduceSum", x, [0, 2, 3]), 1 / count);
  const deviations = centred(context, x, mean);
  const variance = context.scale(channelDot(context, deviations, deviations), 1 / count);
  const gain = context.mul(scale, reciprocalDeviation(context, variance, operation.attributes.epsilon));
  context.set(result(operation, 0), affine(context, deviations, gain, shift));
  context.set(result(operation, 1), mean);
  context.set(result(operation, 2), variance);
}

/** With c = x − mean and r = 1/deviation: dx = scale·r·(dy − Σdy/n − c·r²·Σ(dy·c)/n). */
function lowerBatchNormGradient(context: LoweringContext, operation: OperationOf<"batchNormGrad">): void {
  const inputs = operation.inputs.map((value) => context.get(value));
  const [dy, x, scale, mean, variance] = inputs as [Tensor, Tensor, Tensor, Tensor, Tensor];
  const count = sizeOf(x.shape) / at(x.shape, 1);
  const deviations = centred(context, x, mean);
  const reciprocal = reciprocalDeviation(context, variance, operation.attributes.epsilon);
  const dshift = context.reduce("ReduceSum", dy, [0, 2, 3]);
  const dscale = context.mul(channelDot(context, dy, deviations), reciprocal);
  const gain = context.mul(scale, reciprocal);
  const slope = context.scale(context.mul(context.mul(gain, reciprocal), dscale), -1 / count);
  const offset = context.scale(context.mul(gain, dshift), -1 / count);
  const correction = affine(context, deviations, slope, offset);
  context.set(result(operation, 0), context.add(context.mul(dy, perChannel(context, gain)), correction));
  context.set(result(operation, 1), dscale);
  context.set(result(operation, 2), dshift);
}

/** [..., D] as [rows, D]. */
function rowsOf(context: LoweringContext, tensor: Tensor, width: number): Tensor {
  return context.view(tensor, [sizeOf(tensor.shape) / width, width]);
}

function lowerLayerNorm(context: LoweringContext, operation: OperationOf<"layerNorm">): void {
  const scale = context.get(operand(operation, 1));
  const x = rowsOf(context, context.raw(operand(operation, 0)), sizeOf(scale.shape));
  const rows = at(x.shape, 0);
  const made = context.graph.node(
    "LayerNormalization",
    [x, scale, context.get(operand(operation, 2))],
    { shapes: [x.shape, [rows, 1], [rows, 1]] },
    { axis: int(-1), epsilon: float(operation.attributes.epsilon) },
  );
  for (const [index, tensor] of made.entries()) context.set(result(operation, index), tensor);
}

/**
 * With x̂ = (x − mean)·r and t = dy·scale: dx = r·(t − mean t − x̂·mean(t·x̂)).
 * Both means are products with the vector scale/D, so t is never written for them.
 */
function lowerLayerNormGradient(context: LoweringContext, operation: OperationOf<"layerNormGrad">): void {
  const scale = context.get(operand(operation, 2));
  const width = sizeOf(scale.shape);
  const dy = rowsOf(context, context.raw(operand(operation, 0)), width);
  const x = rowsOf(context, context.raw(operand(operation, 1)), width);
  const rows = at(x.shape, 0);
  const mean = context.view(context.raw(operand(operation, 3)), [rows, 1]);
  const reciprocal = context.view(context.raw(operand(operation, 4)), [rows, 1]);
  const normal = context.mul(context.sub(x, mean), reciprocal);
  const product = context.mul(dy, normal);
  const weights = context.view(context.scale(scale, 1 / width), [width, 1]);
  const inner = context.sub(context.mul(dy, scale), context.matmul(dy, weights));
  const outer = context.mul(normal, context.matmul(product, weights));
  context.set(result(operation, 0), context.mul(context.sub(inner, outer), reciprocal));
  context.set(result(operation, 1), context.reduce("ReduceSum", product, [0]));
  context.set(result(operation, 2), context.reduce("ReduceSum", dy, [0]));
}

export const norms: {
  readonly [K in "batchNorm" | "batchNormGrad" | "layerNorm" | "layerNormGrad"]: Rule<K>;
} = {
  batchNorm: lowerBatchNorm,
  batchNormGrad: lowerBatchNormGradient,
  layerNorm: lowerLayerNorm,
  layerNormGrad: lowerLayerNormGradient,
};
