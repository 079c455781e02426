/**
 * The gradient of a convolution's filter, as matrix products: dw[o,c,i,j] = Σ dy[n,o,h,w] · x[n,c,h·s+i,w·s+j].
 * onnxruntime has no such operator, and the Conv that computes it (dilated) is slow.
 */

import { int, ints, type Tensor } from "../graph.js";
import type { LoweringContext } from "./context.js";
import type { ConvGeometry } from "./geometry.js";
import { type FilterGradientForm, filterGradientForm } from "./shape-rules.js";

type Major = "image" | "channel";

/** dy: N×O×OH×OW, x: N×C×H×W → O×(C/groups)×KH×KW. */
export function filterGradient(
  context: LoweringContext,
  dy: Tensor,
  x: Tensor,
  geometry: ConvGeometry,
  choice: FilterGradientForm = filterGradientForm(geometry, context.machine),
): Tensor {
  switch (choice.form) {
    case "pointwise":
      return pointwise(context, dy, x, geometry, choice.major);
    case "shifted":
      return shifted(context, dy, x, geometry, choice.major);
    case "columns":
      return columns(context, dy, x, geometry, choice.major);
    case "folded":
      return folded(context, dy, x, geometry);
  }
}

const channelMajor = (context: LoweringContext, tensor: Tensor): Tensor => context.transpose(tensor, [1, 0, 2, 3]);

function pointwise(context: LoweringContext, dy: Tensor, x: Tensor, geometry: ConvGeometry, major: Major): Tensor {
  const { batch, channels, filters, outHeight, outWidth, stride } = geometry;
  const positions = outHeight * outWidth;
  const seen =
    stride[0] === 1 && stride[1] === 1
      ? x
      : // a 1×1 pooling window is the quickest strided copy
        context.graph.op("MaxPool", [x], [batch, channels, outHeight, outWidth], {
          kernel_shape: ints(1, 1),
          strides: ints(...stride),
        });
  const product =
    major === "channel"
      ? context.matmul(
          context.view(channelMajor(context, dy), [filters, batch * positions]),
          context.view(channelMajor(context, seen), [channels, batch * positions]),
          { transposeB: true },
        )
      : sumOverImages(
          context,
          context.view(dy, [batch, filters, positions]),
          context.view(seen, [batch, channels, positions]),
        );
  return context.view(product, [filters, channels, 1, 1]);
}

function sumOverImages(context: LoweringContext, dy: Tensor, x: Tensor): Tensor {
  return context.reduce("ReduceSum", context.matmul(dy, x, { transposeB: true }), [0]);
}

/**
 * Stride 1: for every row of the filter dy moves down, for every column x moves left, what leaves the frame being cut off
 * and zeros entering: all taps in one product of KH·O × KW·C. Frame: x's height, dy's width.
 */
function shifted(context: LoweringContext, dy: Tensor, x: Tensor, geometry: ConvGeometry, major: Major): Tensor {
  const { batch, channels, filters, height, width, outHeight, outWidth, kernel } = geometry;
  const [top, left] = geometry.padding;
  const positions = height * outWidth;
  const outer = major === "channel" ? 0 : 1;
  const [maps, gradients] = major === "channel" ? [channelMajor(context, x), channelMajor(context, dy)] : [x, dy];
  const flat = context.view(gradients, [...gradients.shape.slice(0, 2), outHeight * outWidth]);
  const rows = Array.from({ length: kernel[0] }, (_, i) => {
    const before = (i - top) * outWidth;
    return context.pad(flat, [{ axis: 2, before, after: positions - outHeight * outWidth - before }]);
  });
  const columns = Array.from({ length: kernel[1] }, (_, j) =>
    context.pad(maps, [{ axis: 3, before: left - j, after: outWidth - width - (left - j) }]),
  );
  const above = context.concat(rows, outer);
  const beside = context.concat(columns, outer);
  const [outputs, inputs] = [kernel[0] * filters, kernel[1] * channels];
  const product =
    major === "channel"
      ? context.matmul(
          context.view(above, [outputs, batch * positions]),
          context.view(beside, [inputs, batch * positions]),
          { transposeB: true },
        )
      : sumOverImages(context, above, context.view(beside, [batch, inputs, positions]));
  const filterMajor = context.transpose(context.view(product, [kernel[0], filters, inputs]), [1, 0, 2]);
  return tapsLast(context, filterMajor, geometry);
}

/** [O, taps, C] → O×C×KH×KW. */
function tapsLast(context: LoweringContext, product: Tensor, geometry: ConvGeometry): Tensor {
  const { channels, filters, groups, kernel } = geometry;
  const inner = channels / groups;
  const moved = context.transpose(context.view(product, [filters, kernel[0] * kernel[1], inner]), [0, 2, 1]);
  return context.view(moved, [filters, inner, ...kernel]);
}

/** Stride 2: even and odd rows and columns become channels, and tap 2u+a of row h is phase a of row h+u. */
function folded(context: LoweringContext, dy: Tensor, x: Tensor, geometry: ConvGeometry): Tensor {
  const { batch, channels, filters, outHeight, outWidth } = geometry;
  const framed = context.pad(
    x,
    [2, 3].map((axis) => ({ axis, before: 1, after: 1 })),
  );
  const phases = context.graph.op("SpaceToDepth", [framed], [batch, 4 * channels, outHeight + 1, outWidth + 1], {
    blocksize: int(2),
  });
  const sides = [0, 1].map((start) => context.slice(phases, [{ axis: 3, start, length: outWidth }]));
  const right = context.view(context.concat(sides, 1), [batch, 8 * channels, (outHeight + 1) * outWidth]);
  const flat = context.view(dy, [batch, filters, outHeight * outWidth]);
  const left = context.concat(
    [0, outWidth].map((before) => context.pad(flat, [{ axis: 2, before, after: outWidth - before }])),
    1,
  );
  const product = sumOverImages(context, left, right);
  // [u, O, v, a, b, C] → [O, C, 2u+a, 2v+b]
  const taps = context.transpose(context.view(product, [2, filters, 2, 2, 2, channels]), [1, 5, 0, 3, 2, 4]);
  return context.slice(
    context.view(taps, [filters, channels, 4, 4]),
    [2, 3].map((axis) => ({ axis, start: 0, length: 3 })),
  );
}

function columns(context: LoweringContext, dy: Tensor, x: Tensor, geometry: ConvGeometry, major: Major): Tensor {
  const { batch, channels, filters, outHeight, outWidth, kernel, stride, groups } = geometry;
  const [top, left, bottom, right] = geometry.padding;
  const positions = outHeight * outWidth;
  const maps = major === "channel" ? channelMajor(context, x) : x;
  const framed = context.pad(maps, [
    { axis: 2, before: top, after: bottom },
    { axis: 3, before: left, after: right },
  ]);
  const offsets = Array.from({ length: kernel[0] * kernel[1] }, (_, tap) => [
    Math.floor(tap / kernel[1]),
    tap % kernel[1],
  ]);
  const windows = offsets.map(([i = 0, j = 0]) =>
    context.slice(framed, [
      { axis: 2, start: i, length: outHeight, step: stride[0] },
      { axis: 3, start: j, length: outWidth, step: stride[1] },
    ]),
  );
  if (major === "channel") {
    const column = context.view(context.concat(windows, 0), [kernel[0] * kernel[1] * channels, batch * positions]);
    const rows = context.view(channelMajor(context, dy), [filters, batch * positions]);
    return tapsLast(context, context.matmul(rows, column, { transposeB: true }), geometry);
  }
  const inner = channels / groups;
  const split = windows.map((window) => context.view(window, [batch, groups, inner, positions]));
  const product = sumOverImages(
    context,
    context.view(dy, [batch, groups, filters / groups, positions]),
    context.concat(split, 2),
  );
  return tapsLast(context, product, geometry);
}
