/** Pooling and its gradients. */

import { sizeOf } from "../../../../program/shape.js";
import type { PoolAttributes, Shape } from "../../../../program/types.js";
import { operand } from "../../operands.js";
import { type Attributes, first, int, ints, type Tensor } from "../graph.js";
import { at, type LoweringContext, type OperationOf, type Rule } from "./context.js";
import { expand, scatterAdd, zeros } from "./shape.js";

const windowAttributes = ({ window, stride, padding }: PoolAttributes): Attributes => ({
  kernel_shape: ints(...window),
  strides: ints(...stride),
  pads: ints(...padding),
});

/** One node for a pooling and for its gradient, which asks it for the positions of the maxima. */
function maxPool(context: LoweringContext, x: Tensor, shape: Shape, attributes: PoolAttributes): Tensor {
  const { window, stride, padding } = attributes;
  return context.once(`maxpool ${x.name} ${[...window, ...stride, ...padding].join()}`, () =>
    context.graph.op("MaxPool", [x], shape, windowAttributes(attributes)),
  );
}

/** onnxruntime reports the first maximum of a window, as a position in the whole of x; positions are added up in order. */
function lowerMaxPoolGradient(context: LoweringContext, operation: OperationOf<"maxPoolGrad">): void {
  const [dy, x] = [operand(operation, 0), operand(operation, 1)];
  const dx = first(operation.outputs);
  if (context.machine.device !== "cpu") {
    const share = maximaOf(context, operation);
    context.set(
      dx,
      spread(context, share, oneTapEach(context, operation.attributes.window), dx.shape, operation.attributes),
    );
    return;
  }
  const pooled = maxPool(context, context.get(x), dy.shape, operation.attributes);
  const positions = context.once(`positions ${pooled.name}`, () => context.graph.extraOutput(pooled, dy.shape, "i64"));
  const empty = zeros(context, [sizeOf(dx.shape)]);
  context.set(dx, scatterAdd(context, empty, context.flat(positions), context.flat(context.raw(dy))));
}

/** Windows that keep a map's size and average over as many pixels everywhere are their own gradient. */
function isItsOwnGradient({
  window,
  stride,
  padding,
  countPadding,
}: OperationOf<"avgPoolGrad">["attributes"]): boolean {
  const [top, left, bottom, right] = padding;
  const centred = top === bottom && left === right && 2 * top === window[0] - 1 && 2 * left === window[1] - 1;
  return countPadding && centred && stride.every((step) => step === 1);
}

function averagePool(
  context: LoweringContext,
  x: Tensor,
  shape: Shape,
  attributes: PoolAttributes & { readonly countPadding: boolean },
): Tensor {
  return context.graph.op("AveragePool", [x], shape, {
    ...windowAttributes(attributes),
    count_include_pad: int(Number(attributes.countPadding)),
  });
}

function lowerAveragePoolGradient(context: LoweringContext, operation: OperationOf<"avgPoolGrad">): void {
  const { window, countPadding } = operation.attributes;
  const dy = operand(operation, 0);
  const dx = first(operation.outputs);
  if (isItsOwnGradient(operation.attributes)) {
    context.set(dx, averagePool(context, context.get(dy), dx.shape, operation.attributes));
    return;
  }
  const [height, width] = [at(dx.shape, 2), at(dx.shape, 3)];
  const [rows, columns] = [at(dy.shape, 2), at(dy.shape, 3)];
  const counts = windowCounts(
    [height, width],
    [rows, columns],
    operation.attributes,
    countPadding ? "framed" : "inside",
  );
  const share = context.mul(
    context.get(dy),
    context.graph.constant(
      counts.map((count) => 1 / count),
      [rows, columns],
    ),
  );
  if (window[0] === height && window[1] === width && rows === 1 && columns === 1) {
    context.set(dx, expand(context, share, dx.shape));
    return;
  }
  const ones = context.graph.constant(new Float32Array(window[0] * window[1]).fill(1), [1, 1, ...window]);
  const maps = context.view(share, [at(dx.shape, 0) * at(dx.shape, 1), 1, rows, columns]);
  context.set(dx, spread(context, maps, ones, dx.shape, operation.attributes));
}

/** Below every number of a map, and no infinity, which some shader compilers do not take. */
const LOWEST = -3.4028234663852886e38;

/**
 * dy where a tap of the window is its first maximum, else 0: [N·C, taps, OH, OW]. For a GPU, whose pooling tells no
 * positions or scatters in any order.
 */
function maximaOf(context: LoweringContext, operation: OperationOf<"maxPoolGrad">): Tensor {
  const { window, stride, padding } = operation.attributes;
  const [dy, x, y] = [0, 1, 2].map((index) => context.get(operand(operation, index))) as [Tensor, Tensor, Tensor];
  const [maps, rows, columns] = [at(y.shape, 0) * at(y.shape, 1), at(y.shape, 2), at(y.shape, 3)];
  const edges = [2, 3].map((axis, i) => ({ axis, before: at(padding, i), after: at(padding, i + 2) }));
  const framed = context.pad(x, edges, LOWEST);
  const shares: Tensor[] = [];
  let taken: Tensor | undefined;
  for (let tap = 0; tap < window[0] * window[1]; tap++) {
    const seen = context.slice(framed, [
      { axis: 2, start: Math.floor(tap / window[1]), length: rows, step: stride[0] },
      { axis: 3, start: tap % window[1], length: columns, step: stride[1] },
    ]);
    const truth = first(context.graph.node("Equal", [seen, y], { shapes: [y.shape], types: ["bool"] }));
    const equal = context.cast(truth, "f32");
    const isFirst = taken === undefined ? equal : context.unary("Relu", context.sub(equal, taken));
    taken = taken === undefined ? equal : context.binary("Max", taken, equal);
    shares.push(context.view(context.mul(dy, isFirst), [maps, 1, rows, columns]));
  }
  return context.concat(shares, 1);
}

/** [taps, 1, KH, KW]: the filter of each tap has a one at its own place. */
function oneTapEach(context: LoweringContext, window: readonly [number, number]): Tensor {
  const taps = window[0] * window[1];
  const identity = Float32Array.from({ length: taps * taps }, (_, i) => (i % (taps + 1) === 0 ? 1 : 0));
  return context.graph.constant(identity, [taps, 1, ...window]);
}

/** Adds what each window position has, [N·C, taps, OH, OW], to the pixels its filter covers. */
function spread(context: LoweringContext, share: Tensor, filter: Tensor, shape: Shape, pool: PoolAttributes): Tensor {
  const { window, stride, padding } = pool;
  const [height, width] = [at(shape, 2), at(shape, 3)];
  const [rows, columns] = [at(share.shape, 2), at(share.shape, 3)];
  const uncovered = [
    height + padding[0] + padding[2] - window[0] - (rows - 1) * stride[0],
    width + padding[1] + padding[3] - window[1] - (columns - 1) * stride[1],
  ];
  // pixels that no window reaches lie in the padding first, then in the map, where they get zeros
  const cropped = [padding[2], padding[3]].map((size, i) => Math.max(0, size - at(uncovered, i)));
  const zeros = [padding[2], padding[3]].map((size, i) => Math.max(0, at(uncovered, i) - size));
  const covered = context.graph.op(
    "ConvTranspose",
    [share, filter],
    [at(share.shape, 0), 1, height - at(zeros, 0), width - at(zeros, 1)],
    { ...windowAttributes(pool), pads: ints(padding[0], padding[1], ...cropped) },
  );
  const edges = zeros.map((after, i) => ({ axis: i + 2, before: 0, after }));
  return context.view(context.pad(covered, edges), shape);
}

/** How many pixels each window averages over. */
function windowCounts(
  extent: readonly [number, number],
  out: readonly [number, number],
  { window, stride, padding }: PoolAttributes,
  border: "framed" | "inside",
): Float32Array {
  const along = (axis: 0 | 1, index: number): number => {
    const start = index * stride[axis] - padding[axis];
    const [low, high] =
      border === "framed" ? [-padding[axis], extent[axis] + padding[axis === 0 ? 2 : 3]] : [0, extent[axis]];
    return Math.min(start + window[axis], high) - Math.max(start, low);
  };
  return Float32Array.from(
    { length: out[0] * out[1] },
    (_, i) => along(0, Math.floor(i / out[1])) * along(1, i % out[1]),
  );
}

export const pools: { readonly [K in "maxPool" | "maxPoolGrad" | "avgPool" | "avgPoolGrad"]: Rule<K> } = {
  maxPool: (context, operation) => {
    const y = first(operation.outputs);
    context.set(y, maxPool(context, context.get(operand(operation, 0)), y.shape, operation.attributes));
  },
  maxPoolGrad: lowerMaxPoolGradient,
  avgPool: (context, operation) => {
    const y = first(operation.outputs);
    context.set(y, averagePool(context, context.get(operand(operation, 0)), y.shape, operation.attributes));
  },
  avgPoolGrad: lowerAveragePoolGradient,
};
