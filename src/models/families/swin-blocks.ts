/** Swin's block and the merging between stages, on rows of tokens in any order. */

import type { Builder } from "../../program/builder.js";
import { extentOf } from "../../program/shape.js";
import type { Value } from "../../program/types.js";
import { dropout, dropPath } from "../blocks/dropout.js";
import { layerNorm, linear, zeros } from "../blocks/layers.js";
import type { FamilyInit, Mode } from "../types.js";
import type { TokenMover, Tokens } from "./swin-tokens.js";
import { mergingOrder, type Order, relativePositions, type Windows } from "./swin-windows.js";

export const EPSILON = 1e-5;
const weights: FamilyInit = { kind: "truncated-normal", std: 0.02 };
export const linearInit = { weight: weights, bias: zeros };

/** Squares of four tokens become one of twice the width; what comes out has the order `order`. */
export function merged(b: Builder, mover: TokenMover, tokens: Tokens, order: Order): Tokens {
  const width = extentOf(tokens.rows.shape, 1);
  const quarters = mover.arranged(tokens, mergingOrder(Math.sqrt(tokens.order.length), order));
  const joined = b.reshape(quarters.rows, [mover.batch * order.length, 4 * width]);
  const normal = b.scope("norm", () => layerNorm(b, joined, EPSILON));
  const shape = [2 * width, 4 * width];
  const weight = b.parameter("reduction.weight", shape, { role: "linear", init: weights });
  return { rows: b.matmul(normal, weight, { transposeB: true }), order };
}

interface Block {
  readonly dim: number;
  readonly heads: number;
  /** Width of the MLP's hidden layer. */
  readonly hidden: number;
  readonly windows: Windows;
  readonly drop: BlockDrop;
  readonly mode: Mode;
}

/** Rates of what is dropped in training. */
export interface BlockDrop {
  readonly projection: number;
  readonly attention: number;
  readonly path: number;
}

/** What a block makes of its tokens, and what its two branches added. */
export interface BlockPass {
  readonly tokens: Tokens;
  readonly attended: Tokens;
  readonly mixed: Tokens;
  /** Attention's output as timm has it, zeros included: [N·windows, window², D]. */
  readonly windowRows: Value;
  /** Attention's weights, [N·windows·heads, window², window²]. */
  readonly shares: Value;
}

/** Tensors of the current scope. Tokens that fill whole windows come out in the order of the windows. */
export function blockPass(b: Builder, mover: TokenMover, given: Tokens, block: Block): BlockPass {
  const { windows, hidden, dim, drop, mode } = block;
  const images = mover.batch;
  const branch = (y: Value, name: string) => dropPath(b, y, drop.path, { name, images, mode });
  const start = windows.padding === 0 ? mover.arranged(given, windows.order) : given;
  const { order } = start;
  const first = b.scope("norm1", () => layerNorm(b, start.rows, EPSILON));
  const seen = mover.arranged({ rows: first, order }, windows.order);
  const { rows, shares } = b.scope("attn", () => windowAttention(b, mover.batch, seen.rows, block));
  const inWindows = { ...seen, rows };
  const attended = windows.padding === 0 ? inWindows : mover.withoutZeros(inWindows, order);
  const middle = b.add(start.rows, branch(attended.rows, "drop_path1"));
  const second = b.scope("norm2", () => layerNorm(b, middle, EPSILON));
  const mixed = b.scope("mlp", () => {
    const dropped = (y: Value, name: string) => dropout(b, y, drop.projection, { name, images, mode });
    const inner = dropped(b.gelu(b.scope("fc1", () => linear(b, second, hidden, linearInit))), "drop1");
    return dropped(
      b.scope("fc2", () => linear(b, inner, dim, linearInit)),
      "drop2",
    );
  });
  return {
    tokens: { rows: b.add(middle, branch(mixed, "drop_path2")), order },
    attended,
    mixed: { rows: mixed, order },
    windowRows: b.reshape(inWindows.rows, [mover.batch * windows.count, windows.window ** 2, dim]),
    shares,
  };
}

/** Multi-head self-attention within windows, on [N·windows·window², D] in the windows' order, and its weights. */
function windowAttention(
  b: Builder,
  batch: number,
  x: Value,
  block: Block,
): { readonly rows: Value; readonly shares: Value } {
  const { dim, heads, windows, drop, mode } = block;
  const count = extentOf(x.shape, 0);
  const [area, width] = [windows.window ** 2, dim / heads];
  const groups = count / area;
  const bias = scoreBias(b, heads, windows);
  const qkv = b.scope("qkv", () => linear(b, x, 3 * dim, linearInit));
  const split = b.transpose(b.reshape(qkv, [groups, area, 3, heads, width]), [2, 0, 3, 1, 4]);
  const part = (index: number) => b.reshape(b.sliceAxis(split, 0, index, index + 1), [groups * heads, area, width]);
  const [query, key, value] = [part(0), part(1), part(2)];
  const scores = b.matmul(query, key, { transposeB: true, alpha: width ** -0.5 });
  // the bias is the same in all windows, or with a mask in all maps
  const alike = windows.regions === undefined ? groups : batch;
  const biased = b.add(b.reshape(scores, [alike, ...bias.shape]), bias);
  const shares = b.softmax(b.reshape(biased, scores.shape));
  const weighted = dropout(b, shares, drop.attention, { name: "attn_drop", images: batch, mode });
  const perHead = b.reshape(b.matmul(weighted, value), [groups, heads, area, width]);
  const joined = b.reshape(b.transpose(perHead, [0, 2, 1, 3]), [count, dim]);
  const projected = b.scope("proj", () => linear(b, joined, dim, linearInit));
  return { rows: dropout(b, projected, drop.projection, { name: "proj_drop", images: batch, mode }), shares };
}

/** What timm adds to the scores of tokens that only the shift made neighbours. */
const APART = -100;

/** [heads, window², window²], or with a shift [windows, heads, window², window²]. */
function scoreBias(b: Builder, heads: number, { window, count, regions }: Windows): Value {
  const area = window * window;
  const distances = (2 * window - 1) ** 2;
  const table = b.parameter("relative_position_bias_table", [distances, heads], {
    role: "relative-position",
    init: weights,
  });
  const pairs = b.gather(table, b.constant(relativePositions(window), [area * area]));
  const bias = b.reshape(b.transpose(pairs, [1, 0]), [heads, area, area]);
  if (regions === undefined) return bias;
  const region = b.constant(regions, [count * area]);
  const together = b.equal(b.reshape(region, [count, 1, area, 1]), b.reshape(region, [count, 1, 1, area]));
  return b.add(b.scale(b.sub(b.scalar(1), together), APART), bias);
}
