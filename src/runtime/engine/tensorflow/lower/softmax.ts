/** Softmax and its logarithm over the last axis. */

import { operand } from "../../operands.js";
import { first, type Tensor } from "../graph.js";
import type { LoweringContext, OperationOf, Rule } from "./context.js";

const inputs = (context: LoweringContext, operation: OperationOf<"softmaxGrad" | "logSoftmaxGrad">) =>
  [context.get(operand(operation, 0)), context.get(operand(operation, 1))] as const;

const overLast = (context: LoweringContext, x: Tensor): Tensor =>
  context.reduce("Sum", x, [x.shape.length - 1], "kept");

export const softmaxes: {
  readonly [K in "softmax" | "softmaxGrad" | "logSoftmax" | "logSoftmaxGrad"]: Rule<K>;
} = {
  softmax: (context, operation) =>
    context.set(first(operation.outputs), context.unary("Softmax", context.get(operand(operation, 0)))),
  logSoftmax: (context, operation) =>
    context.set(first(operation.outputs), context.unary("LogSoftmax", context.get(operand(operation, 0)))),
  softmaxGrad: (context, operation) => {
    const [dy, y] = inputs(context, operation);
    const centred = context.sub(dy, overLast(context, context.mul(dy, y)));
    context.set(first(operation.outputs), context.mul(centred, y));
  },
  logSoftmaxGrad: (context, operation) => {
    const [dy, y] = inputs(context, operation);
    const share = context.mul(context.unary("Exp", y), overLast(context, dy));
    context.set(first(operation.outputs), context.sub(dy, share));
  },
};
