/** Element by element: arithmetic, comparisons, selection. */

import { sizeOf } from "../../../../program/shape.js";
import type { OpKind } from "../../../../program/types.js";
import { operand } from "../../operands.js";
import { first, type Tensor } from "../graph.js";
import { broadcastShapes, type LoweringContext, type OperationOf, type Rule } from "./context.js";

type UnaryKind = "neg" | "exp" | "log" | "sqrt" | "reciprocal" | "abs" | "tanh" | "sigmoid" | "erf";

const unaryNames: Record<UnaryKind, string> = {
  neg: "Neg",
  exp: "Exp",
  log: "Log",
  sqrt: "Sqrt",
  reciprocal: "Reciprocal",
  abs: "Abs",
  tanh: "Tanh",
  sigmoid: "Sigmoid",
  erf: "Erf",
};

function lowerUnary(context: LoweringContext, operation: OperationOf<UnaryKind>): void {
  context.set(first(operation.outputs), context.unary(unaryNames[operation.kind], context.raw(operand(operation, 0))));
}

type BinaryKind = "add" | "sub" | "mul" | "div" | "maximum" | "minimum";
const binaryNames = { add: "Add", sub: "Sub", mul: "Mul", div: "Div", maximum: "Max", minimum: "Min" } as const;

function lowerBinary(context: LoweringContext, operation: OperationOf<BinaryKind>): void {
  const [a, b] = operands(context, operation);
  context.set(first(operation.outputs), context.binary(binaryNames[operation.kind], a, b));
}

/**
 * Both inputs, broadcast-ready. A lone number meets the other side flat: onnxruntime broadcasts along inner axes, and
 * an [O, I, 1, 1] tensor times a scalar is the slowest case there is.
 */
function operands(context: LoweringContext, operation: OperationOf<OpKind>): [Tensor, Tensor] {
  const [left, right] = [operand(operation, 0), operand(operation, 1)];
  const [a, b] = [context.raw(left), context.raw(right)];
  if (sizeOf(b.shape) === 1) return [context.flat(a), context.view(b, [1])];
  if (sizeOf(a.shape) === 1) return [context.view(a, [1]), context.flat(b)];
  return left.shape.join() === right.shape.join() && a.shape.join() === b.shape.join()
    ? [a, b]
    : [context.get(left), context.get(right)];
}

function lowerComparison(context: LoweringContext, operation: OperationOf<"greater" | "equal">): void {
  const [a, b] = operands(context, operation);
  const shape = broadcastShapes(a.shape, b.shape);
  const name = operation.kind === "greater" ? "Greater" : "Equal";
  const truth = first(context.graph.node(name, [a, b], { shapes: [shape], types: ["bool"] }));
  context.set(first(operation.outputs), context.cast(truth, "f32"));
}

export const elementwise: { readonly [K in UnaryKind | BinaryKind]: Rule<K> } & {
  readonly [K in "rsqrt" | "square" | "cast" | "greater" | "equal" | "select"]: Rule<K>;
} = {
  neg: lowerUnary,
  exp: lowerUnary,
  log: lowerUnary,
  sqrt: lowerUnary,
  reciprocal: lowerUnary,
  abs: lowerUnary,
  tanh: lowerUnary,
  sigmoid: lowerUnary,
  erf: lowerUnary,
  rsqrt: (context, operation) => {
    const root = context.unary("Sqrt", context.raw(operand(operation, 0)));
    context.set(first(operation.outputs), context.unary("Reciprocal", root));
  },
  square: (context, operation) => {
    const x = context.raw(operand(operation, 0));
    context.set(first(operation.outputs), context.mul(x, x));
  },
  cast: (context, operation) => {
    // a half value is held as float32, and rounded where it is set
    const type = operation.attributes.dtype === "i32" ? "i32" : "f32";
    context.set(first(operation.outputs), context.cast(context.raw(operand(operation, 0)), type));
  },
  add: lowerBinary,
  sub: lowerBinary,
  mul: lowerBinary,
  div: lowerBinary,
  maximum: lowerBinary,
  minimum: lowerBinary,
  greater: lowerComparison,
  equal: lowerComparison,
  select: (context, operation) => {
    const condition = context.cast(context.get(operand(operation, 0)), "bool");
    const whenTrue = context.get(operand(operation, 1));
    const whenFalse = context.get(operand(operation, 2));
    const output = first(operation.outputs);
    const made = context.graph.node("Where", [condition, whenTrue, whenFalse], {
      shapes: [output.shape],
      types: [whenTrue.type],
    });
    context.set(output, first(made));
  },
};
