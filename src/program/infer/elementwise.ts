import { broadcastShapes, sameShape } from "../shape.js";
import type { DType } from "../types.js";
import type { Inputs, Rules, ValueSpec } from "./rule.js";
import { f32, floatsOf } from "./rule.js";

function unary(inputs: Inputs): readonly ValueSpec[] {
  inputs.count(1);
  inputs.floats();
  return f32(inputs.shape(0));
}

/** One input, f32 or half. */
function narrow(inputs: Inputs): readonly ValueSpec[] {
  inputs.count(1);
  return floatsOf(inputs.floatType(), inputs.shape(0));
}

function sameDtype(inputs: Inputs): DType {
  const dtype = inputs.at(0).dtype;
  inputs.require(
    inputs.values.every((value) => value.dtype === dtype),
    "operands differ in dtype; cast one",
  );
  return dtype;
}

function broadcast(inputs: Inputs) {
  inputs.count(2);
  return broadcastShapes(inputs.shape(0), inputs.shape(1)) ?? inputs.fail("shapes do not broadcast");
}

function arithmetic(inputs: Inputs): readonly ValueSpec[] {
  return [{ shape: broadcast(inputs), dtype: sameDtype(inputs) }];
}

function floatBinary(inputs: Inputs): readonly ValueSpec[] {
  inputs.floats();
  return f32(broadcast(inputs));
}

function comparison(inputs: Inputs): readonly ValueSpec[] {
  sameDtype(inputs);
  return f32(broadcast(inputs));
}

/** A gradient and the tensor its derivative is evaluated at. */
function gradientOfUnary(inputs: Inputs): readonly ValueSpec[] {
  inputs.floats();
  return gradientOfNarrow(inputs);
}

/** As `gradientOfUnary`, f32 or half. */
function gradientOfNarrow(inputs: Inputs): readonly ValueSpec[] {
  inputs.count(2);
  const dtype = inputs.floatType();
  inputs.require(sameShape(inputs.shape(0), inputs.shape(1)), "shapes differ");
  return floatsOf(dtype, inputs.shape(0));
}

function overLastAxis(inputs: Inputs): readonly ValueSpec[] {
  inputs.require(inputs.shape(0).length > 0, "needs at least one axis");
  return unary(inputs);
}

export const elementwise: Rules<
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
  | "add"
  | "sub"
  | "mul"
  | "div"
  | "maximum"
  | "minimum"
  | "greater"
  | "equal"
  | "select"
  | "reluGrad"
  | "geluGrad"
  | "softmax"
  | "softmaxGrad"
  | "logSoftmax"
  | "logSoftmaxGrad"
> = {
  neg: narrow,
  exp: unary,
  log: unary,
  sqrt: unary,
  rsqrt: unary,
  reciprocal: unary,
  square: unary,
  abs: unary,
  tanh: unary,
  sigmoid: unary,
  erf: unary,
  relu: narrow,
  gelu: narrow,
  cast: (inputs, { dtype }) => {
    inputs.count(1);
    return [{ shape: inputs.shape(0), dtype }];
  },
  add: arithmetic,
  sub: arithmetic,
  mul: arithmetic,
  div: floatBinary,
  maximum: floatBinary,
  minimum: floatBinary,
  greater: comparison,
  equal: comparison,
  select: (inputs) => {
    inputs.count(3);
    inputs.require(inputs.at(0).dtype === "f32", "the condition must be f32");
    inputs.require(inputs.at(1).dtype === inputs.at(2).dtype, "the branches differ in dtype; cast one");
    const branches = broadcastShapes(inputs.shape(1), inputs.shape(2));
    const shape = branches && broadcastShapes(inputs.shape(0), branches);
    return [{ shape: shape ?? inputs.fail("shapes do not broadcast"), dtype: inputs.at(1).dtype }];
  },
  reluGrad: gradientOfNarrow,
  geluGrad: gradientOfNarrow,
  softmax: overLastAxis,
  softmaxGrad: gradientOfUnary,
  logSoftmax: overLastAxis,
  logSoftmaxGrad: gradientOfUnary,
};
