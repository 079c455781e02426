/** Batch and layer normalization. */

import { sizeOf } from "../../../../program/shape.js";
import type { Value } from "../../../../program/types.js";
import { operand, result } from "../../operands.js";
import { bool, float, type Tensor, text, type } from "../graph.js";
import type { LoweringContext, OperationOf, Rule } from "./context.js";

/** What the fused kernel keeps for its gradient: three tensors whose meaning is the device's own. */
type Reserve = readonly [Tensor, Tensor, Tensor];
const reserves = new WeakMap<LoweringContext, Map<number, Reserve>>();

function reservesOf(context: LoweringContext): Map<number, Reserve> {
  const known = reserves.get(context) ?? new Map<number, Reserve>();
  reserves.set(context, known);
  return known;
}

const fusedAttributes = (x: Tensor, epsilon: number) => ({
  T: type(x.type),
  U: type("f32"),
  epsilon: float(epsilon),
  data_format: text("NHWC"),
  is_training: bool(true),
});

function lowerBatchNorm(context: LoweringContext, operation: OperationOf<"batchNorm">): void {
  const x = context.as(operand(operation, 0), "image");
  const [scale, shift] = [context.get(operand(operation, 1)), context.get(operand(operation, 2))];
  const none = context.graph.constant(new Float32Array(0), [0]);
  const { epsilon } = operation.attributes;
  const channels = scale.shape;
  const made = context.graph.node(
    "FusedBatchNormV3",
    [x, scale, shift, none, none],
    {
      shapes: [x.shape, channels, channels, channels, channels, channels],
      types: [x.type, "f32", "f32", "f32", "f32", "f32"],
    },
    { attributes: { ...fusedAttributes(x, epsilon), exponential_avg_factor: float(1) } },
  );
  const [y, mean, unbiased, reserve1, reserve2, reserve3] = made as [Tensor, Tensor, Tensor, Tensor, Tensor, Tensor];
  const count = sizeOf(x.shape) / sizeOf(channels);
  context.set(result(operation, 0), y, "image");
  context.set(result(operation, 1), mean);
  context.set(result(operation, 2), context.scale(unbiased, (count - 1) / count));
  reservesOf(context).set(result(operation, 1).id, [reserve1, reserve2, reserve3]);
}

function lowerBatchNormGradient(context: LoweringContext, operation: OperationOf<"batchNormGrad">): void {
  const reserve = reservesOf(context).get(operand(operation, 3).id);
  if (reserve === undefined) lowerFreeGradient(context, operation);
  else lowerFusedGradient(context, operation, reserve);
}

function lowerFusedGradient(
  context: LoweringContext,
  operation: OperationOf<"batchNormGrad">,
  [reserve1, reserve2, reserve3]: Reserve,
): void {
  const [dy, x] = [context.as(operand(operation, 0), "image"), context.as(operand(operation, 1), "image")];
  const scale = context.get(operand(operation, 2));
  const made = context.graph.node(
    "FusedBatchNormGradV3",
    [dy, x, scale, reserve1, reserve2, reserve3],
    { shapes: [x.shape, scale.shape, scale.shape, [0], [0]], types: [x.type, "f32", "f32", "f32", "f32"] },
    { attributes: fusedAttributes(x, operation.attributes.epsilon) },
  );
  const [dx, dscale, dshift] = made as [Tensor, Tensor, Tensor];
  context.set(result(operation, 0), dx, "image");
  context.set(result(operation, 1), dscale);
  context.set(result(operation, 2), dshift);
}

/**
 * Of statistics that come from elsewhere. With c = x − mean and r = 1/deviation:
 * dx = scale·r·(dy − Σdy/n − c·r²·Σ(dy·c)/n).
 */
function lowerFreeGradient(context: LoweringContext, operation: OperationOf<"batchNormGrad">): void {
  const [dy, x] = [context.as(operand(operation, 0), "image"), context.as(operand(operation, 1), "image")];
  const [scale, mean, variance] = [2, 3, 4].map((index) => context.get(operand(operation, index))) as [
    Tensor,
    Tensor,
    Tensor,
  ];
  const axes = [0, 1, 2];
  const count = sizeOf(x.shape) / sizeOf(scale.shape);
  const reciprocal = context.unary("Rsqrt", context.add(variance, context.graph.scalar(operation.attributes.epsilon)));
  const normal = context.mul(context.sub(x, mean), reciprocal);
  const dshift = context.reduce("Sum", dy, axes, "dropped");
  const dscale = context.reduce("Sum", context.mul(dy, normal), axes, "dropped");
  const centred = context.sub(
    context.sub(dy, context.scale(dshift, 1 / count)),
    context.mul(normal, context.scale(dscale, 1 / count)),
  );
  context.set(result(operation, 0), context.mul(centred, context.mul(scale, reciprocal)), "image");
  context.set(result(operation, 1), dscale);
  context.set(result(operation, 2), dshift);
}

/** [..., D] as [rows, D]; with a gradient, as the backward pass sees it. */
function rowsOf(context: LoweringContext, value: Value, width: number, gradient?: Tensor): Tensor {
  const x = context.get(value);
  const seen = gradient === undefined ? x : context.late(x, gradient);
  const rows = [sizeOf(value.shape) / width, width];
  return context.once(`rows ${seen.name} ${rows}`, () => context.reshape(seen, rows));
}

function lowerLayerNorm(context: LoweringContext, operation: OperationOf<"layerNorm">): void {
  const [scale, shift] = [context.get(operand(operation, 1)), context.get(operand(operation, 2))];
  const x = rowsOf(context, operand(operation, 0), sizeOf(scale.shape));
  const mean = context.reduce("Mean", x, [1], "kept");
  const apart = centred(context, x, mean);
  const variance = context.reduce("Mean", context.mul(apart, apart), [1], "kept");
  const reciprocal = context.unary("Rsqrt", context.add(variance, context.graph.scalar(operation.attributes.epsilon)));
  const normal = normalized(context, x, mean, reciprocal);
  const y = context.add(context.mul(normal, scale), shift);
  for (const [index, tensor] of [y, mean, reciprocal].entries()) {
    const output = result(operation, index);
    context.set(output, context.reshape(tensor, output.shape));
  }
}

const normalized = (context: LoweringContext, x: Tensor, mean: Tensor, reciprocal: Tensor): Tensor =>
  context.once(`normal ${x.name}`, () => context.mul(centred(context, x, mean), reciprocal));

/**
 * One difference for variance and result. TensorFlow's oneDNN rewrites a norm made with `SquaredDifference` to a kernel of
 * its own, which adds 0.001 to the variance whatever epsilon the graph says; this form it leaves as it is.
 */
const centred = (context: LoweringContext, x: Tensor, mean: Tensor): Tensor =>
  context.once(`centred ${x.name}`, () => context.sub(x, mean));

/** With x̂ = (x − mean)·r and t = dy·scale: dx = r·(t − mean t − x̂·mean(t·x̂)). */
function lowerLayerNormGradient(context: LoweringContext, operation: OperationOf<"layerNormGrad">): void {
  const scale = context.get(operand(operation, 2));
  const width = sizeOf(scale.shape);
  const dy = rowsOf(context, operand(operation, 0), width);
  const x = rowsOf(context, operand(operation, 1), width, dy);
  const [mean, reciprocal] = [rowsOf(context, operand(operation, 3), 1), rowsOf(context, operand(operation, 4), 1)];
  const normal = normalized(context, x, mean, reciprocal);
  const product = context.mul(dy, normal);
  const scaled = context.mul(dy, scale);
  const inner = context.sub(scaled, context.reduce("Mean", scaled, [1], "kept"));
  const slope = context.reduce("Mean", context.mul(product, scale), [1], "kept");
  const dx = context.mul(context.sub(inner, context.mul(normal, slope)), reciprocal);
  const output = result(operation, 0);
  context.set(output, context.reshape(dx, output.shape));
  context.set(result(operation, 1), context.reduce("Sum", product, [0], "dropped"));
  context.set(result(operation, 2), context.reduce("Sum", dy, [0], "dropped"));
}

export const norms: {
  readonly [K in "batchNorm" | "batchNormGrad" | "layerNorm" | "layerNormGrad"]: Rule<K>;
} = {
  batchNorm: lowerBatchNorm,
  batchNormGrad: lowerBatchNormGradient,
  layerNorm: lowerLayerNorm,
  layerNormGrad: lowerLayerNormGradient,
};
