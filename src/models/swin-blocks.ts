/** Swin's block and the merging between stages, on rows of tokens in any order. */

import type { Builder } from "../program/builder.js";
import { extentOf } from "../program/shape.js";
import type { Value } from "../program/types.js";
import { layerNorm, linear, zeros } from "./layers.js";
import {
  filledUp,
  mergingOrder,
  moves,
  type Order,
  rasterOrder,
  relativePositions,
  type Windows,
} from "./swin-windows.js";
import type { FamilyInit, Mode } from "./types.js";

export const EPSILON = 1e-5;
const weights: FamilyInit = { kind: "truncated-normal", std: 0.02 };
export const linearInit = { weight: weights, bias: zeros };

/** The tokens of `batch` maps, one map after another. */
export interface Tokens {
  /** [batch·order.length, D] */
  readonly rows: Value;
  readonly order: Order;
  readonly batch: number;
}

/** Rows in another order, which may hold zeros beside the tokens: [batch·order.length, D]. */
function arranged(b: Builder, { rows, order, batch }: Tokens, to: Order): Value {
  const width = extentOf(rows.shape, 1);
  const missing = to.length - order.length;
  const maps = b.reshape(rows, [batch, order.length, width]);
  const whole = missing === 0 ? rows : b.reshape(b.pad(maps, [0, 0, 0], [0, missing, 0]), [batch * to.length, width]);
  const from = moves(filledUp(order, to.length), to, batch);
  return from === undefined ? whole : b.gather(whole, b.constant(from, [from.length]));
}

function inOrder(b: Builder, tokens: Tokens, to: Order): Tokens {
  return { ...tokens, rows: arranged(b, tokens, to), order: to };
}

/** Back from an order with zeros to one of the tokens alone. */
function withoutFillers(b: Builder, { rows, order, batch }: Tokens, to: Order): Tokens {
  const width = extentOf(rows.shape, 1);
  const sorted = arranged(b, { rows, order, batch }, filledUp(to, order.length));
  const kept = b.sliceAxis(b.reshape(sorted, [batch, order.length, width]), 1, 0, to.length);
  return { rows: b.reshape(kept, [batch * to.length, width]), order: to, batch };
}

/** [N, H, W, D] of square maps. */
export function mapOf(b: Builder, tokens: Tokens): Value {
  const { length } = tokens.order;
  const side = Math.sqrt(length);
  const rows = arranged(b, tokens, rasterOrder(length));
  return b.reshape(rows, [tokens.batch, side, side, extentOf(rows.shape, 1)]);
}

/** Squares of four tokens become one of twice the width; what comes out has the order `order`. */
export function merged(b: Builder, tokens: Tokens, side: number, order: Order): Tokens {
  const width = extentOf(tokens.rows.shape, 1);
  const quarters = arranged(b, tokens, mergingOrder(side, order));
  const joined = b.reshape(quarters, [tokens.batch * order.length, 4 * width]);
  const normal = b.scope("norm", () => layerNorm(b, joined, EPSILON));
  const shape = [2 * width, 4 * width];
  const weight = b.parameter("reduction.weight", shape, { role: "linear", init: weights });
  return { rows: b.matmul(normal, weight, { transposeB: true }), order, batch: tokens.batch };
}

interface Block {
  readonly dim: number;
  readonly heads: number;
  /** Width of the MLP's hidden layer. */
  readonly hidden: number;
  readonly windows: Windows;
  readonly mode: Mode;
}

/** What a block makes of its tokens, and what its two branches added. */
export interface BlockPass {
  readonly tokens: Tokens;
  readonly attended: Tokens;
  readonly mixed: Tokens;
  /** Attention's output as timm has it, zeros included: [N·windows, window², D]. */
  readonly windowRows: Value;
}

/** Tensors of the current scope. Tokens that fill whole windows come out in the order of the windows. */
export function blockPass(b: Builder, given: Tokens, block: Block): BlockPass {
  const { windows, hidden, dim } = block;
  const { batch } = given;
  const start = windows.padding === 0 ? inOrder(b, given, windows.order) : given;
  const first = { ...start, rows: b.scope("norm1", () => layerNorm(b, start.rows, EPSILON)) };
  const seen = arranged(b, first, windows.order);
  const inWindows = {
    rows: b.scope("attn", () => windowAttention(b, seen, batch, block)),
    order: windows.order,
    batch,
  };
  const attended = windows.padding === 0 ? inWindows : withoutFillers(b, inWindows, start.order);
  const middle = b.add(start.rows, attended.rows);
  const second = b.scope("norm2", () => layerNorm(b, middle, EPSILON));
  const mixed = b.scope("mlp", () => {
    const inner = b.gelu(b.scope("fc1", () => linear(b, second, hidden, linearInit)));
    return b.scope("fc2", () => linear(b, inner, dim, linearInit));
  });
  return {
    tokens: { ...start, rows: b.add(middle, mixed) },
    attended,
    mixed: { ...start, rows: mixed },
    windowRows: b.reshape(inWindows.rows, [batch * windows.count, windows.window ** 2, dim]),
  };
}

/** Multi-head self-attention within windows, on [N·windows·window², D] in the windows' order. */
function windowAttention(b: Builder, x: Value, batch: number, { dim, heads, windows }: Block): Value {
  const rows = extentOf(x.shape, 0);
  const [area, width] = [windows.window ** 2, dim / heads];
  const groups = rows / area;
  const bias = scoreBias(b, heads, windows);
  const qkv = b.scope("qkv", () => linear(b, x, 3 * dim, linearInit));
  const split = b.transpose(b.reshape(qkv, [groups, area, 3, heads, width]), [2, 0, 3, 1, 4]);
  const part = (index: number) => b.reshape(b.sliceAxis(split, 0, index, index + 1), [groups * heads, area, width]);
  const [query, key, value] = [part(0), part(1), part(2)];
  const scores = b.matmul(query, key, { transposeB: true, alpha: width ** -0.5 });
  // the bias is the same in all windows, or with a mask in all maps
  const alike = windows.mask === undefined ? groups : batch;
  const biased = b.add(b.reshape(scores, [alike, ...bias.shape]), bias);
  const weighted = b.softmax(b.reshape(biased, scores.shape));
  const perHead = b.reshape(b.matmul(weighted, value), [groups, heads, area, width]);
  const joined = b.reshape(b.transpose(perHead, [0, 2, 1, 3]), [rows, dim]);
  return b.scope("proj", () => linear(b, joined, dim, linearInit));
}

/** [heads, window², window²], or with a mask [windows, heads, window², window²]. */
function scoreBias(b: Builder, heads: number, { window, count, mask }: Windows): Value {
  const area = window * window;
  const distances = (2 * window - 1) ** 2;
  const table = b.parameter("relative_position_bias_table", [distances, heads], {
    role: "relative-position",
    init: weights,
  });
  const pairs = b.gather(table, b.constant(relativePositions(window), [area * area]));
  const bias = b.reshape(b.transpose(pairs, [1, 0]), [heads, area, area]);
  return mask === undefined ? bias : b.add(b.constant(mask, [count, 1, area, area]), bias);
}
