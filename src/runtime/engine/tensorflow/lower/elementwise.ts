/** Element by element: arithmetic, comparisons, selection. The layout of a map goes through. */

import type { Operation, Value } from "../../../../program/types.js";
import { operand } from "../../operands.js";
import { bool, first, type Tensor, text, type } from "../graph.js";
import { broadcast, type LoweringContext, type OperationOf, type Rule } from "./context.js";
import type { Layout } from "./layout.js";

type UnaryKind =
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
  | "relu";

const unaryNames: Record<UnaryKind, string> = {
  neg: "Neg",
  exp: "Exp",
  log: "Log",
  sqrt: "Sqrt",
  rsqrt: "Rsqrt",
  reciprocal: "Reciprocal",
  square: "Square",
  abs: "Abs",
  tanh: "Tanh",
  sigmoid: "Sigmoid",
  erf: "Erf",
  relu: "Relu",
};

function lowerUnary(context: LoweringContext, operation: OperationOf<UnaryKind>): void {
  const x = operand(operation, 0);
  const made = context.unary(unaryNames[operation.kind], context.raw(x));
  context.set(first(operation.outputs), made, context.layoutOf(x));
}

type BinaryKind = "add" | "sub" | "mul" | "div" | "maximum" | "minimum";
const binaryNames: Record<BinaryKind, string> = {
  add: "AddV2",
  sub: "Sub",
  mul: "Mul",
  div: "RealDiv",
  maximum: "Maximum",
  minimum: "Minimum",
};

/** The layout operands of one shape family are brought to: a map's where one of them has it, else the IR's. */
export function commonLayout(context: LoweringContext, values: readonly Value[]): Layout {
  const layouts = new Set(values.map((value) => context.layoutOf(value)));
  const fits = values.every(({ shape }) => shape.length === 4 || shape.length === 0);
  if (!fits) return "plain";
  if (layouts.has("image")) return "image";
  return layouts.has("filter") ? "filter" : "plain";
}

/** All inputs in one layout; a lone number needs none. */
function aligned(context: LoweringContext, operation: Operation): { tensors: Tensor[]; layout: Layout } {
  const layout = commonLayout(context, operation.inputs);
  const tensors = operation.inputs.map((value) =>
    value.shape.length === 0 ? context.get(value) : context.as(value, layout),
  );
  return { tensors, layout: first(operation.outputs).shape.length === 4 ? layout : "plain" };
}

/** Rows and what is added to each of them: TensorFlow fuses it with the product that made the rows. */
function biased(context: LoweringContext, { kind, inputs }: OperationOf<BinaryKind>): Tensor | undefined {
  const [rows, bias] = inputs;
  if (kind !== "add" || rows === undefined || bias === undefined) return undefined;
  if (rows.shape.length !== 2 || bias.shape.length !== 1 || rows.shape[1] !== bias.shape[0]) return undefined;
  const [x, b] = [context.get(rows), context.get(bias)];
  if (x.type === "i32") return undefined;
  return context.graph.op("BiasAdd", [x, b], x.shape, { data_format: text("NHWC") });
}

function lowerBinary(context: LoweringContext, operation: OperationOf<BinaryKind>): void {
  const sum = biased(context, operation);
  if (sum !== undefined) {
    context.set(first(operation.outputs), sum);
    return;
  }
  const { tensors, layout } = aligned(context, operation);
  const [a, b] = tensors as [Tensor, Tensor];
  context.set(first(operation.outputs), context.binary(binaryNames[operation.kind], a, b), layout);
}

function lowerComparison(context: LoweringContext, operation: OperationOf<"greater" | "equal">): void {
  const { tensors, layout } = aligned(context, operation);
  const [a, b] = tensors as [Tensor, Tensor];
  const name = operation.kind === "greater" ? "Greater" : "Equal";
  const attributes = { T: type(a.type), ...(name === "Equal" ? { incompatible_shape_error: bool(true) } : {}) };
  const outputs = { shapes: [broadcast(a.shape, b.shape)], types: ["bool" as const] };
  const truth = first(context.graph.node(name, [a, b], outputs, { attributes }));
  context.set(first(operation.outputs), context.cast(truth, "f32"), layout);
}

/** The cast a comparison ends with and a selection begins with is undone by TensorFlow's own optimizer. */
function lowerSelect(context: LoweringContext, operation: OperationOf<"select">): void {
  const { tensors, layout } = aligned(context, operation);
  const [condition, whenTrue, whenFalse] = tensors as [Tensor, Tensor, Tensor];
  const truth = first(
    context.graph.node(
      "NotEqual",
      [condition, context.number(0, condition.type)],
      { shapes: [condition.shape], types: ["bool"] },
      { attributes: { T: type(condition.type), incompatible_shape_error: bool(true) } },
    ),
  );
  const shape = broadcast(condition.shape, broadcast(whenTrue.shape, whenFalse.shape));
  const made = context.graph.node(
    "SelectV2",
    [truth, whenTrue, whenFalse],
    { shapes: [shape], types: [whenTrue.type] },
    { attributes: { T: type(whenTrue.type) } },
  );
  context.set(first(operation.outputs), first(made), layout);
}

const SQRT_HALF = Math.SQRT1_2;

/** 1 + erf(x/√2) */
function twiceNormalCdf(context: LoweringContext, x: Tensor): Tensor {
  return context.once(`cdf ${x.name}`, () =>
    context.add(context.unary("Erf", context.scale(x, SQRT_HALF)), context.number(1, x.type)),
  );
}

function lowerGelu(context: LoweringContext, operation: OperationOf<"gelu">): void {
  const value = operand(operation, 0);
  const x = context.raw(value);
  const made = context.mul(context.scale(x, 0.5), twiceNormalCdf(context, x));
  context.set(first(operation.outputs), made, context.layoutOf(value));
}

/** dy · (Φ(x) + x·φ(x)), with a Φ(x) of its own: kept since the forward pass, it would be a block's largest tensor. */
function lowerGeluGradient(context: LoweringContext, operation: OperationOf<"geluGrad">): void {
  const { tensors, layout } = aligned(context, operation);
  const [dy, early] = tensors as [Tensor, Tensor];
  const x = context.late(early, dy);
  const density = context.unary("Exp", context.scale(context.unary("Square", x), -0.5));
  const slope = context.add(
    context.scale(twiceNormalCdf(context, x), 0.5),
    context.mul(context.scale(x, 1 / Math.sqrt(2 * Math.PI)), density),
  );
  context.set(first(operation.outputs), context.mul(dy, slope), layout);
}

export const elementwise: { readonly [K in UnaryKind | BinaryKind]: Rule<K> } & {
  readonly [K in "cast" | "greater" | "equal" | "select" | "gelu" | "geluGrad" | "reluGrad"]: Rule<K>;
} = {
  neg: lowerUnary,
  exp: lowerUnary,
  log: lowerUnary,
  sqrt: lowerUnary,
  rsqrt: lowerUnary,
  reciprocal: lowerUnary,
  square: lowerUnary,
  abs: lowerUnary,
  tanh: lowerUnary,
  sigmoid: lowerUnary,
  erf: lowerUnary,
  relu: lowerUnary,
  add: lowerBinary,
  sub: lowerBinary,
  mul: lowerBinary,
  div: lowerBinary,
  maximum: lowerBinary,
  minimum: lowerBinary,
  greater: lowerComparison,
  equal: lowerComparison,
  select: lowerSelect,
  cast: (context, operation) => {
    const x = operand(operation, 0);
    const made = context.cast(context.raw(x), operation.attributes.dtype);
    context.set(first(operation.outputs), made, context.layoutOf(x));
  },
  gelu: lowerGelu,
  geluGrad: lowerGeluGradient,
  reluGrad: (context, operation) => {
    const { tensors, layout } = aligned(context, operation);
    const [dy, y] = tensors as [Tensor, Tensor];
    context.set(first(operation.outputs), context.graph.op("ReluGrad", [dy, y], dy.shape), layout);
  },
};
