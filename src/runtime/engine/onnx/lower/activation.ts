/** Nonlinearities and their gradients. */

import { operand } from "../../operands.js";
import { first, float, type Tensor } from "../graph.js";
import type { LoweringContext, Rule } from "./context.js";

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
  /** Where the gradient follows, the normal distribution is worked out once for both. */
  gelu: (context, operation) => {
    const x = operand(operation, 0);
    const differentiated = context.consumersOf(x).some(({ kind }) => kind === "geluGrad");
    const y = differentiated
      ? context.mul(context.get(x), cumulative(context, context.get(x)))
      : context.unary("Gelu", context.get(x));
    context.set(first(operation.outputs), y);
  },
  /** gelu'(x) = Φ(x) + x·φ(x); with v = x/√2 the second term is v·exp(−v² − ½ ln π). */
  geluGrad: (context, operation) => {
    const x = context.get(operand(operation, 1));
    const v = scaled(context, x);
    const exponent = context.sub(context.graph.scalar(-0.5 * Math.log(Math.PI)), context.mul(v, v));
    const slope = context.mul(v, context.unary("Exp", exponent));
    const derivative = context.add(cumulative(context, x), slope);
    context.set(first(operation.outputs), context.mul(context.get(operand(operation, 0)), derivative));
  },
};

/** x/√2 */
const scaled = (context: LoweringContext, x: Tensor): Tensor =>
  context.once(`x/√2 ${x.name}`, () => context.scale(x, Math.SQRT1_2));

/** Φ(x) = (1 + erf(x/√2)) / 2, the last two steps as one HardSigmoid, which clips nothing here. */
const cumulative = (context: LoweringContext, x: Tensor): Tensor =>
  context.once(`Φ ${x.name}`, () =>
    context.unary("HardSigmoid", context.unary("Erf", scaled(context, x)), { alpha: float(0.5), beta: float(0.5) }),
  );
