/** Parameter updates. All on flat tensors: arithmetic there is one run, whatever the parameter's shape. */

import type { OpAttributes } from "../../../../program/types.js";
import { operand, result } from "../../operands.js";
import { first, type Tensor } from "../graph.js";
import type { LoweringContext, OperationOf, Rule } from "./context.js";

export interface AdamTensors {
  readonly parameter: Tensor;
  readonly gradient: Tensor;
  readonly m: Tensor;
  readonly v: Tensor;
  /** [1] each: learning rate, 1−β1^t, 1−β2^t. */
  readonly rate: Tensor;
  readonly correction1: Tensor;
  readonly correction2: Tensor;
}

/** lr/c1 · m/(√v/√c2 + ε) = m · (lr·√c2/c1) / (√v + ε·√c2): two scalars instead of two passes. */
export function adam(
  context: LoweringContext,
  tensors: AdamTensors,
  { beta1, beta2, epsilon, l2, weightDecay }: OpAttributes["adam"],
): { parameter: Tensor; m: Tensor; v: Tensor } {
  const { parameter, rate, correction1, correction2 } = tensors;
  const gradient = l2 === 0 ? tensors.gradient : context.add(tensors.gradient, context.scale(parameter, l2));
  const m = context.add(context.scale(tensors.m, beta1), context.scale(gradient, 1 - beta1));
  const v = context.add(context.scale(tensors.v, beta2), context.scale(context.mul(gradient, gradient), 1 - beta2));
  const root = context.once(`root ${correction2.name}`, () => context.unary("Sqrt", correction2));
  const size = context.once(`size ${rate.name} ${correction1.name}`, () =>
    context.binary("Div", context.mul(rate, root), correction1),
  );
  const small = context.once(`epsilon ${root.name} ${epsilon}`, () => context.scale(root, epsilon));
  const denominator = context.add(context.unary("Sqrt", v), small);
  const change = context.binary("Div", context.mul(m, size), denominator);
  const kept =
    weightDecay === 0
      ? parameter
      : context.mul(parameter, context.sub(context.graph.scalar(1), context.scale(rate, weightDecay)));
  return { parameter: context.sub(kept, change), m, v };
}

function lowerAdam(context: LoweringContext, operation: OperationOf<"adam">): void {
  const flat = (index: number): Tensor => context.flat(context.raw(operand(operation, index)));
  const made = adam(
    context,
    {
      parameter: flat(0),
      gradient: flat(1),
      m: flat(2),
      v: flat(3),
      rate: flat(4),
      correction1: flat(5),
      correction2: flat(6),
    },
    operation.attributes,
  );
  context.set(result(operation, 0), made.parameter);
  context.set(result(operation, 1), made.m);
  context.set(result(operation, 2), made.v);
}

export interface SgdTensors {
  readonly parameter: Tensor;
  readonly gradient: Tensor;
  readonly velocity: Tensor;
  /** [1] */
  readonly rate: Tensor;
}

export function sgd(
  context: LoweringContext,
  { parameter, gradient: raw, velocity, rate }: SgdTensors,
  { momentum, nesterov, l2 }: OpAttributes["sgd"],
): { parameter: Tensor; velocity: Tensor } {
  const gradient = l2 === 0 ? raw : context.add(raw, context.scale(parameter, l2));
  const next = momentum === 0 ? gradient : context.add(context.scale(velocity, momentum), gradient);
  const direction = nesterov ? context.add(gradient, context.scale(next, momentum)) : next;
  return { parameter: context.sub(parameter, context.mul(direction, rate)), velocity: next };
}

function lowerSgd(context: LoweringContext, operation: OperationOf<"sgd">): void {
  const flat = (index: number): Tensor => context.flat(context.raw(operand(operation, index)));
  const tensors = { parameter: flat(0), gradient: flat(1), velocity: flat(2), rate: flat(3) };
  const made = sgd(context, tensors, operation.attributes);
  context.set(result(operation, 0), made.parameter);
  context.set(result(operation, 1), made.velocity);
}

export const optimizers: { readonly [K in "sumSquares" | "adam" | "sgd"]: Rule<K> } = {
  sumSquares: (context, operation) => {
    const squares = operation.inputs.map((value) =>
      context.reduce("ReduceSumSquare", context.flat(context.raw(value)), [0]),
    );
    context.set(first(operation.outputs), context.sum(squares));
  },
  adam: lowerAdam,
  sgd: lowerSgd,
};
