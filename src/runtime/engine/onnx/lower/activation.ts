/** Nonlinearities and their gradients. */

import { first, float } from "../graph.js";
import type { Rule } from "./context.js";
import { operand } from "./operands.js";

export const activations: { readonly [K in "relu" | "reluGrad" | "gelu" | "geluGrad"]: Rule<K> } = {
  relu: (context, operation) => {
    context.set(first(operation.outputs), context.unary("Relu", context.raw(operand(operation, 0))));
  },
  /** HardSigmoid with a huge slope is 1 where y > 0 and else 0, in one vectorized pass; Where and Sign are slow. */
  reluGrad: (context, operation) => {
    const y = context.get(operand(operation, 1));
    const mask = context.once(`positive ${y.name}`, () =>
      context.unary("HardSigmoid", y, { alpha: float(1e30), beta: float(0) }),
    );
    context.set(first(operation.outputs), context.mul(context.get(operand(operation, 0)), mask));
  },
  gelu: (context, operation) => {
    context.set(first(operation.outputs), context.unary("Gelu", context.raw(operand(operation, 0))));
  },
  /** With v = x/√2: gelu'(x) = (1 + erf v + 2/√π · v · exp(−v²)) / 2. */
  geluGrad: (context, operation) => {
    const v = context.scale(context.get(operand(operation, 1)), Math.SQRT1_2);
    const bell = context.unary("Exp", context.unary("Neg", context.mul(v, v)));
    const slope = context.scale(context.mul(v, bell), 2 / Math.sqrt(Math.PI));
    const sum = context.add(context.unary("Erf", v), slope);
    const derivative = context.add(context.scale(sum, 0.5), context.graph.scalar(0.5));
    context.set(first(operation.outputs), context.mul(context.get(operand(operation, 0)), derivative));
  },
};
