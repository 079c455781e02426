import { broadcastShapes, sameShape } from "../shape.js";
import type { DType } from "../types.js";
import type { Inputs, Rules, ValueSpec } from "./rule.js";
import { f32 } from "./rule.js";

function unary(inputs: Inputs): readonly ValueSpec[] {
  inputs.count(1);
  inputs.floats();
  return f32(inputs.shape(0));
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
  inputs.count(2);
  inputs.floats();
  inputs.require(sameShape(inputs.shape(0), inputs.shape(1)), "shapes differ");
  return f32(inputs.shape(0));
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
  neg: unary,
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
  relu: unary,
  gelu: unary,
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
    inputs.floats();
    const branches = broadcastShapes(inputs.shape(1), inputs.shape(2));
    const shape = branches && broadcastShapes(inputs.shape(0), branches);
    return f32(shape ?? inputs.fail("shapes do not broadcast"));
  },
  reluGrad: gradientOfUnary,
  geluGrad: gradientOfUnary,
  softmax: overLastAxis,
  softmaxGrad: gradientOfUnary,
  logSoftmax: overLastAxis,
  logSoftmaxGrad: gradientOfUnary,
};
