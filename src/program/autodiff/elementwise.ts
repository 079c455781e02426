import type { Builder } from "../builder.js";
import { broadcastAxes, sameShape } from "../shape.js";
import type { Shape, Value } from "../types.js";
import type { GradientRules, RuleContext } from "./rule.js";

/** Sums a gradient over the axes along which its operand was broadcast. */
export function reduceTo(b: Builder, gradient: Value, shape: Shape): Value {
  if (sameShape(gradient.shape, shape)) return gradient;
  const axes = broadcastAxes(shape, gradient.shape);
  return b.reshape(b.sum(gradient, { axes }), shape);
}

type Binary = "add" | "sub" | "mul" | "div" | "maximum" | "minimum";

/** A rule of a broadcasting operation: one function per operand gives its gradient before the sum. */
function broadcasting<K extends Binary | "select">(...sides: readonly ((context: RuleContext<K>) => Value)[]) {
  return (context: RuleContext<K>) =>
    sides.map((side, index) =>
      context.wants(index) ? reduceTo(context.builder, side(context), context.input(index).shape) : undefined,
    );
}

/** 1 where `a` wins over `b`, ½ where they tie (as in PyTorch). */
function share(b: Builder, a: Value, other: Value): Value {
  return b.add(b.greater(a, other), b.scale(b.equal(a, other), 0.5));
}

export const elementwise: GradientRules<
  | "neg"
  | "exp"
  | "log"
  | "sqrt"
  | "rsqrt"
  | "reciprocal"
  | "square"
  | "abs"
  | "tanh"
  | "sigmoid"
  | "erf"
  | "relu"
  | "gelu"
  | "cast"
  | Binary
  | "greater"
  | "equal"
  | "select"
> = {
  neg: ({ builder: b, dy }) => [b.neg(dy)],
  exp: (c) => [c.builder.mul(c.dy, c.output(0))],
  log: (c) => [c.builder.div(c.dy, c.input(0))],
  sqrt: (c) => [c.builder.div(c.builder.scale(c.dy, 0.5), c.output(0))],
  rsqrt: (c) => {
    const b = c.builder;
    return [b.mul(b.scale(c.dy, -0.5), b.div(c.output(0), c.input(0)))];
  },
  reciprocal: (c) => [c.builder.neg(c.builder.mul(c.dy, c.builder.square(c.output(0))))],
  square: (c) => [c.builder.mul(c.builder.scale(c.dy, 2), c.input(0))],
  abs: (c) => {
    const b = c.builder;
    const zero = b.scalar(0);
    return [b.mul(c.dy, b.sub(b.greater(c.input(0), zero), b.greater(zero, c.input(0))))];
  },
  tanh: (c) => {
    const b = c.builder;
    return [b.mul(c.dy, b.sub(b.scalar(1), b.square(c.output(0))))];
  },
  sigmoid: (c) => {
    const b = c.builder;
    const y = c.output(0);
    return [b.mul(c.dy, b.mul(y, b.sub(b.scalar(1), y)))];
  },
  erf: (c) => {
    const b = c.builder;
    const density = b.scale(b.exp(b.neg(b.square(c.input(0)))), 2 / Math.sqrt(Math.PI));
    return [b.mul(c.dy, density)];
  },
  relu: (c) => c.builder.op("reluGrad", {}, [c.dy, c.output(0)]),
  gelu: (c) => c.builder.op("geluGrad", {}, [c.dy, c.input(0)]),
  cast: (c) => {
    const [from, to] = [c.input(0).dtype, c.output(0).dtype];
    return [from === "i32" || to === "i32" ? undefined : c.builder.cast(c.dy, from)];
  },
  add: broadcasting(
    (c) => c.dy,
    (c) => c.dy,
  ),
  sub: broadcasting(
    (c) => c.dy,
    (c) => c.builder.neg(c.dy),
  ),
  mul: broadcasting(
    (c) => c.builder.mul(c.dy, c.input(1)),
    (c) => c.builder.mul(c.dy, c.input(0)),
  ),
  div: broadcasting(
    (c) => c.builder.div(c.dy, c.input(1)),
    (c) => c.builder.neg(c.builder.mul(c.dy, c.builder.div(c.output(0), c.input(1)))),
  ),
  maximum: broadcasting(
    (c) => c.builder.mul(c.dy, share(c.builder, c.input(0), c.input(1))),
    (c) => c.builder.mul(c.dy, share(c.builder, c.input(1), c.input(0))),
  ),
  minimum: broadcasting(
    (c) => c.builder.mul(c.dy, share(c.builder, c.input(1), c.input(0))),
    (c) => c.builder.mul(c.dy, share(c.builder, c.input(0), c.input(1))),
  ),
  greater: "none",
  equal: "none",
  select: (c) => {
    const b = c.builder;
    const zero = b.scalar(0);
    const branch = (index: number, whenTrue: Value, whenFalse: Value) =>
      c.wants(index) ? reduceTo(b, b.select(c.input(0), whenTrue, whenFalse), c.input(index).shape) : undefined;
    return [undefined, branch(1, c.dy, zero), branch(2, zero, c.dy)];
  },
};
