/** Softmax and its logarithm over the last axis, with gradients. */

import { sameShape } from "../../../../program/shape.js";
import { operand } from "../../operands.js";
import { first, int, type Tensor } from "../graph.js";
import type { LoweringContext, OperationOf, Rule } from "./context.js";

export const softmaxes: {
  readonly [K in "softmax" | "softmaxGrad" | "logSoftmax" | "logSoftmaxGrad"]: Rule<K>;
} = {
  softmax: (context, operation) => {
    const x = context.get(operand(operation, 0));
    context.set(first(operation.outputs), context.unary("Softmax", x, { axis: int(-1) }));
  },
  softmaxGrad: (context, operation) => {
    const [dy, y] = [context.get(operand(operation, 0)), context.get(operand(operation, 1))];
    const dot = attendedDot(context, operation) ?? rowSum(context, context.mul(dy, y));
    context.set(first(operation.outputs), context.mul(context.sub(dy, dot), y));
  },
  logSoftmax: (context, operation) => {
    const x = context.get(operand(operation, 0));
    const y =
      context.machine.device === "webgpu" ? logSoftmax(context, x) : context.unary("LogSoftmax", x, { axis: int(-1) });
    context.set(first(operation.outputs), y);
  },
  logSoftmaxGrad: (context, operation) => {
    const [dy, y] = [context.get(operand(operation, 0)), context.get(operand(operation, 1))];
    const share = context.mul(context.unary("Exp", y), rowSum(context, dy));
    context.set(first(operation.outputs), context.sub(dy, share));
  },
};

/**
 * Attention gives y·values = z, and dy = dz·valuesᵀ. Then Σ dy·y along a row of tokens is Σ dz·z along a row of channels,
 * of which there are fewer.
 */
function attendedDot(context: LoweringContext, operation: OperationOf<"softmaxGrad">): Tensor | undefined {
  const y = operand(operation, 1);
  const product = context.producer(operand(operation, 0));
  if (product?.kind !== "matmul" || product.attributes.transposeA || !product.attributes.transposeB) return undefined;
  const [dz, values] = [operand(product, 0), operand(product, 1)];
  const attended = context
    .consumersOf(y)
    .find((reader) => reader.kind === "matmul" && reader.inputs[0]?.id === y.id && reader.inputs[1]?.id === values.id);
  if (attended?.kind !== "matmul") return undefined;
  const { transposeA, transposeB, alpha } = attended.attributes;
  const z = first(attended.outputs);
  if (transposeA || transposeB || alpha !== product.attributes.alpha || !sameShape(z.shape, dz.shape)) return undefined;
  return rowSum(context, context.mul(context.get(dz), context.get(z)));
}

/** x − max − log Σ exp(x − max), for providers without the operator. */
function logSoftmax(context: LoweringContext, x: Tensor): Tensor {
  const last = x.shape.length - 1;
  const most = context.view(context.reduce("ReduceMax", x, [last]), x.shape.with(last, 1));
  const below = context.sub(x, most);
  return context.sub(below, context.unary("Log", rowSum(context, context.unary("Exp", below))));
}

/** Sum over the last axis, which stays as 1. */
function rowSum(context: LoweringContext, tensor: Tensor): Tensor {
  const last = tensor.shape.length - 1;
  return context.view(context.reduce("ReduceSum", tensor, [last]), tensor.shape.with(last, 1));
}
