import type { Builder } from "../builder.js";
import { extentOf, sizeOf } from "../shape.js";
import type { ConvAttributes, OpAttributes, Value } from "../types.js";
import { reduceTo } from "./elementwise.js";
import type { GradientRules, RuleContext } from "./rule.js";

type Matmul = OpAttributes["matmul"];

function leftGradient(b: Builder, dy: Value, right: Value, { transposeA, transposeB, alpha }: Matmul): Value {
  if (!transposeA) return b.matmul(dy, right, { transposeB: !transposeB, alpha });
  // the right operand leads here, so it must carry the leading axes
  const leading = dy.shape.slice(0, -2);
  const batched = right.shape.length === dy.shape.length ? right : b.broadcastTo(right, [...leading, ...right.shape]);
  return b.matmul(batched, dy, { transposeA: transposeB, transposeB: true, alpha });
}

function rightGradient(b: Builder, left: Value, dy: Value, { transposeA, transposeB, alpha }: Matmul): Value {
  return transposeB
    ? b.matmul(dy, left, { transposeA: true, transposeB: transposeA, alpha })
    : b.matmul(left, dy, { transposeA: !transposeA, alpha });
}

/** [..., m, n] → [rows, n] */
const flattened = (b: Builder, x: Value): Value => {
  const last = extentOf(x.shape, -1);
  return b.reshape(x, [sizeOf(x.shape) / last, last]);
};

function matmulGradients(c: RuleContext<"matmul">): readonly (Value | undefined)[] {
  const { builder: b, attributes, dy } = c;
  const [left, right] = [c.input(0), c.input(1)];
  const da = c.wants(0) ? leftGradient(b, dy, right, attributes) : undefined;
  if (!c.wants(1)) return [da, undefined];
  const shared = right.shape.length === 2 && left.shape.length > 2;
  if (!shared) return [da, rightGradient(b, left, dy, attributes)];
  // one matrix for all leading positions: their products are summed, in one product where rows can be joined
  if (!attributes.transposeA) return [da, rightGradient(b, flattened(b, left), flattened(b, dy), attributes)];
  return [da, reduceTo(b, rightGradient(b, left, dy, attributes), right.shape)];
}

const geometry = ({ stride, padding, groups }: ConvAttributes): ConvAttributes => ({ stride, padding, groups });

export const linear: GradientRules<
  "matmul" | "conv2d" | "conv2dInputGrad" | "conv2dFilterGrad" | "maxPool" | "maxPoolGrad" | "avgPool" | "avgPoolGrad"
> = {
  matmul: matmulGradients,
  conv2d: (c) => {
    const [x, filter] = [c.input(0), c.input(1)];
    const { builder: b, attributes, dy } = c;
    return [
      c.wants(0) ? b.conv2dInputGrad(dy, filter, { ...attributes, inputShape: x.shape }) : undefined,
      c.wants(1) ? b.conv2dFilterGrad(dy, x, { ...attributes, filterShape: filter.shape }) : undefined,
    ];
  },
  // both are bilinear in the same three tensors as the convolution, so each gradient is one of the other two
  conv2dInputGrad: (c) => {
    const [dy, filter] = [c.input(0), c.input(1)];
    const shape = geometry(c.attributes);
    return [
      c.wants(0) ? c.builder.conv2d(c.dy, filter, shape) : undefined,
      c.wants(1) ? c.builder.conv2dFilterGrad(dy, c.dy, { ...shape, filterShape: filter.shape }) : undefined,
    ];
  },
  conv2dFilterGrad: (c) => {
    const [dy, x] = [c.input(0), c.input(1)];
    const shape = geometry(c.attributes);
    return [
      c.wants(0) ? c.builder.conv2d(x, c.dy, shape) : undefined,
      c.wants(1) ? c.builder.conv2dInputGrad(dy, c.dy, { ...shape, inputShape: x.shape }) : undefined,
    ];
  },
  maxPool: (c) => c.builder.op("maxPoolGrad", c.attributes, [c.dy, c.input(0), c.output(0)]),
  maxPoolGrad: "undefined",
  avgPool: (c) => c.builder.op("avgPoolGrad", { ...c.attributes, inputShape: c.input(0).shape }, [c.dy]),
  avgPoolGrad: (c) => {
    const { window, stride, padding, countPadding } = c.attributes;
    return [c.builder.avgPool(c.dy, { window, stride, padding, countPadding })];
  },
};
