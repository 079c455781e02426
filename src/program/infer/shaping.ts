import { broadcastShapes, extentOf, formatShape, reducedShape, sameShape, sizeOf } from "../shape.js";
import type { Shape } from "../types.js";
import type { Inputs, Rules, ValueSpec } from "./rule.js";
import { f32 } from "./rule.js";

interface Reduction {
  readonly axes: readonly number[];
  readonly keepDims: boolean;
}

function reduction(inputs: Inputs, { axes, keepDims }: Reduction): readonly ValueSpec[] {
  inputs.count(1);
  inputs.floats();
  const shape = inputs.shape(0);
  const ascending = axes.every((axis, index) => {
    const previous = axes[index - 1] ?? -1;
    return Number.isInteger(axis) && axis > previous && axis < shape.length;
  });
  inputs.require(ascending, `axes [${axes.join(", ")}] must be distinct axes of the input, ascending`);
  return f32(reducedShape(shape, axes, keepDims ? "kept" : "dropped"));
}

/** A list of one whole number ≥ `least` per axis. */
function perAxis(inputs: Inputs, name: string, list: readonly number[], least: number): void {
  inputs.require(
    list.length === inputs.shape(0).length && list.every((n) => Number.isInteger(n) && n >= least),
    `${name} [${list.join(", ")}] must be one whole number ≥ ${least} per axis`,
  );
}

const keepingDtype = (inputs: Inputs, shape: Shape): readonly ValueSpec[] => [{ shape, dtype: inputs.at(0).dtype }];

export const shaping: Rules<
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
> = {
  constant: (inputs) => inputs.fail("a constant's shape is given where it is made"),
  sum: reduction,
  mean: reduction,
  max: reduction,
  reshape: (inputs, { shape }) => {
    inputs.count(1);
    const fits = sizeOf(shape) === sizeOf(inputs.shape(0)) && shape.every((n) => Number.isInteger(n) && n >= 0);
    inputs.require(fits, `cannot become ${formatShape(shape)}`);
    return keepingDtype(inputs, shape);
  },
  transpose: (inputs, { permutation }) => {
    inputs.count(1);
    const shape = inputs.shape(0);
    const seen = new Set(permutation);
    const valid = permutation.length === shape.length && shape.every((_, axis) => seen.has(axis));
    inputs.require(valid, `[${permutation.join(", ")}] is no permutation of its axes`);
    return keepingDtype(
      inputs,
      permutation.map((axis) => extentOf(shape, axis)),
    );
  },
  broadcastTo: (inputs, { shape }) => {
    inputs.count(1);
    const result = broadcastShapes(inputs.shape(0), shape);
    inputs.require(result !== undefined && sameShape(result, shape), `does not broadcast to ${formatShape(shape)}`);
    return keepingDtype(inputs, shape);
  },
  slice: (inputs, { begin, end, stride }) => {
    inputs.count(1);
    const shape = inputs.shape(0);
    perAxis(inputs, "begin", begin, 0);
    perAxis(inputs, "end", end, 0);
    perAxis(inputs, "stride", stride, 1);
    const result = shape.map((extent, axis) => {
      const from = begin[axis] ?? 0;
      const to = end[axis] ?? extent;
      inputs.require(from < to && to <= extent, `begin ${from} and end ${to} lie outside axis ${axis}`);
      return Math.ceil((to - from) / (stride[axis] ?? 1));
    });
    return keepingDtype(inputs, result);
  },
  concat: (inputs, { axis }) => {
    const first = inputs.shape(0);
    inputs.require(Number.isInteger(axis) && axis >= 0 && axis < first.length, `axis ${axis} does not exist`);
    let total = 0;
    for (const value of inputs.values) {
      const fits = value.shape.length === first.length && value.shape.every((n, i) => i === axis || n === first[i]);
      inputs.require(fits, `inputs may differ along axis ${axis} only`);
      inputs.require(value.dtype === inputs.at(0).dtype, "inputs differ in dtype");
      total += extentOf(value.shape, axis);
    }
    return keepingDtype(
      inputs,
      first.map((extent, i) => (i === axis ? total : extent)),
    );
  },
  pad: (inputs, { before, after }) => {
    inputs.count(1);
    perAxis(inputs, "before", before, 0);
    perAxis(inputs, "after", after, 0);
    return keepingDtype(
      inputs,
      inputs.shape(0).map((extent, axis) => extent + (before[axis] ?? 0) + (after[axis] ?? 0)),
    );
  },
  gather: (inputs) => {
    inputs.count(2);
    const [table, indices] = [inputs.at(0), inputs.at(1)];
    inputs.require(table.shape.length > 0, "the table needs at least one axis");
    inputs.require(indices.dtype === "i32", "indices must be i32");
    return keepingDtype(inputs, [...indices.shape, ...table.shape.slice(1)]);
  },
  scatterAdd: (inputs, { rows }) => {
    inputs.count(2);
    const [values, indices] = [inputs.at(0), inputs.at(1)];
    inputs.require(values.dtype === "f32" && indices.dtype === "i32", "takes f32 rows and i32 indices");
    const leading = values.shape.slice(0, indices.shape.length);
    inputs.require(sameShape(leading, indices.shape), "the rows' leading axes must be those of the indices");
    return f32([rows, ...values.shape.slice(indices.shape.length)]);
  },
  oneHot: (inputs, { depth }) => {
    inputs.count(1);
    inputs.require(inputs.at(0).dtype === "i32", "takes i32 indices");
    return f32([...inputs.shape(0), depth]);
  },
};
