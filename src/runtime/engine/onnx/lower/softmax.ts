/** Softmax and its logarithm over the last axis, with gradients. */

import { first, int, type Tensor } from "../graph.js";
import type { LoweringContext, Rule } from "./context.js";
import { operand } from "./operands.js";

export const softmaxes: {
  readonly [K in "softmax" | "softmaxGrad" | "logSoftmax" | "logSoftmaxGrad"]: Rule<K>;
} = {
  softmax: (context, operation) => {
    const x = context.get(operand(operation, 0));
    context.set(first(operation.outputs), context.unary("Softmax", x, { axis: int(-1) }));
  },
  softmaxGrad: (context, operation) => {
    const [dy, y] = [context.get(operand(operation, 0)), context.get(operand(operation, 1))];
    const dot = rowSum(context, context.mul(dy, y));
    context.set(first(operation.outputs), context.mul(context.sub(dy, dot), y));
  },
  logSoftmax: (context, operation) => {
    const x = context.get(operand(operation, 0));
    context.set(first(operation.outputs), context.unary("LogSoftmax", x, { axis: int(-1) }));
  },
  logSoftmaxGrad: (context, operation) => {
    const [dy, y] = [context.get(operand(operation, 0)), context.get(operand(operation, 1))];
    const share = context.mul(context.unary("Exp", y), rowSum(context, dy));
    context.set(first(operation.outputs), context.sub(dy, share));
  },
};

/** Sum over the last axis, which stays as 1. */
export function rowSum(context: LoweringContext, tensor: Tensor): Tensor {
  const last = tensor.shape.length - 1;
  return context.view(context.reduce("ReduceSum", tensor, [last]), tensor.shape.with(last, 1));
}
