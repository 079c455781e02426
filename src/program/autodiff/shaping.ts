import type { Builder } from "../builder.js";
import { extentOf, reducedShape, sizeOf } from "../shape.js";
import type { Shape, Value } from "../types.js";
import { reduceTo } from "./elementwise.js";
import type { GradientRules } from "./rule.js";

/** A reduction's gradient, shaped so that it broadcasts against the reduction's input. */
function expandable(b: Builder, gradient: Value, shape: Shape, axes: readonly number[]): Value {
  return b.reshape(gradient, reducedShape(shape, axes, "kept"));
}

/** Puts `stride − 1` zeros after every element of an axis and cuts to `length`. */
function spread(b: Builder, x: Value, axis: number, stride: number, length: number): Value {
  if (stride === 1) return x;
  const shape = x.shape;
  const extent = extentOf(shape, axis);
  const inserted = [...shape.slice(0, axis + 1), 1, ...shape.slice(axis + 1)];
  const after = inserted.map((_, i) => (i === axis + 1 ? stride - 1 : 0));
  const none = inserted.map(() => 0);
  const spaced = b.reshape(
    b.pad(b.reshape(x, inserted), none, after),
    shape.map((n, i) => (i === axis ? extent * stride : n)),
  );
  return b.sliceAxis(spaced, axis, 0, length);
}

export const shaping: GradientRules<
  | "constant"
  | "sum"
  | "mean"
  | "max"
  | "reshape"
  | "transpose"
  | "broadcastTo"
  | "slice"
  | "concat"
  | "pad"
  | "gather"
  | "scatterAdd"
  | "oneHot"
  | "randomUniform"
> = {
  constant: "none",
  sum: (c) => {
    const { shape } = c.input(0);
    return [c.builder.broadcastTo(expandable(c.builder, c.dy, shape, c.attributes.axes), shape)];
  },
  mean: (c) => {
    const { shape } = c.input(0);
    const count = sizeOf(shape) / sizeOf(c.output(0).shape);
    const scaled = c.builder.scale(c.dy, 1 / count);
    return [c.builder.broadcastTo(expandable(c.builder, scaled, shape, c.attributes.axes), shape)];
  },
  max: (c) => {
    // equal maxima share the gradient, as in PyTorch's amax
    const { builder: b, attributes } = c;
    const x = c.input(0);
    const maxima = expandable(b, c.output(0), x.shape, attributes.axes);
    const hits = b.equal(x, maxima);
    const count = b.sum(hits, { axes: attributes.axes, keepDims: true });
    return [b.mul(hits, b.div(expandable(b, c.dy, x.shape, attributes.axes), count))];
  },
  reshape: (c) => [c.builder.reshape(c.dy, c.input(0).shape)],
  transpose: (c) => {
    const { permutation } = c.attributes;
    return [
      c.builder.transpose(
        c.dy,
        permutation.map((_, axis) => permutation.indexOf(axis)),
      ),
    ];
  },
  broadcastTo: (c) => [reduceTo(c.builder, c.dy, c.input(0).shape)],
  slice: (c) => {
    const { begin, end, stride } = c.attributes;
    let value = c.dy;
    stride.forEach((step, axis) => {
      const length = (end[axis] ?? 0) - (begin[axis] ?? 0);
      value = spread(c.builder, value, axis, step, length);
    });
    return [{ kind: "box", value, begin, end }];
  },
  concat: (c) => {
    const { axis } = c.attributes;
    let from = 0;
    return c.inputs.map((input, index) => {
      const begin = from;
      from += extentOf(input.shape, axis);
      return c.wants(index) ? c.builder.sliceAxis(c.dy, axis, begin, from) : undefined;
    });
  },
  pad: (c) => {
    const { before } = c.attributes;
    const end = c.input(0).shape.map((extent, axis) => extent + (before[axis] ?? 0));
    return [c.builder.slice(c.dy, before, end)];
  },
  gather: (c) => [c.builder.scatterAdd(c.dy, c.input(1), extentOf(c.input(0).shape, 0)), undefined],
  scatterAdd: (c) => [c.builder.gather(c.dy, c.input(1)), undefined],
  oneHot: "none",
  randomUniform: "none",
};
