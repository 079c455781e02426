/** Tokens of maps as rows of one matrix, and moving them from one order to another. */

import type { Builder } from "../../program/builder.js";
import { extentOf } from "../../program/shape.js";
import type { Value } from "../../program/types.js";
import { filledUp, moves, type Order, rasterOrder } from "./swin-windows.js";

/** The tokens of a batch of maps, one map after another. */
export interface Tokens {
  /** [batch·order.length, D] */
  readonly rows: Value;
  readonly order: Order;
}

/** Remembers what it worked out: a model goes back and forth between a few orders. */
export class TokenMover {
  readonly #moves = new Map<Order, Map<Order, Value | undefined>>();
  readonly #rasters = new Map<number, Order>();
  readonly #filled = new Map<Order, Order>();

  constructor(
    private readonly b: Builder,
    readonly batch: number,
  ) {}

  raster(tokens: number): Order {
    return remembered(this.#rasters, tokens, () => rasterOrder(tokens));
  }

  /** In another order of as many tokens, or of more: the others are zeros. */
  arranged({ rows, order }: Tokens, to: Order): Tokens {
    const missing = to.length - order.length;
    if (missing === 0) return { rows: this.#moved(rows, order, to), order: to };
    const maps = this.#maps({ rows, order });
    const whole = this.#rows(this.b.pad(maps, [0, 0, 0], [0, missing, 0]));
    return { rows: this.#moved(whole, this.#filledUp(order, to.length), to), order: to };
  }

  /** From an order with zeros to one of the tokens alone. */
  withoutZeros({ rows, order }: Tokens, to: Order): Tokens {
    const sorted = { rows: this.#moved(rows, order, this.#filledUp(to, order.length)), order };
    return { rows: this.#rows(this.b.sliceAxis(this.#maps(sorted), 1, 0, to.length)), order: to };
  }

  /** [N, H, W, D] of square maps. */
  map(tokens: Tokens): Value {
    const { length } = tokens.order;
    const side = Math.sqrt(length);
    const { rows } = this.arranged(tokens, this.raster(length));
    return this.b.reshape(rows, [this.batch, side, side, extentOf(rows.shape, 1)]);
  }

  #maps({ rows, order }: Tokens): Value {
    return this.b.reshape(rows, [this.batch, order.length, extentOf(rows.shape, 1)]);
  }

  #rows(maps: Value): Value {
    return this.b.reshape(maps, [this.batch * extentOf(maps.shape, 1), extentOf(maps.shape, 2)]);
  }

  #filledUp(order: Order, length: number): Order {
    return remembered(this.#filled, order, () => filledUp(order, length));
  }

  #moved(rows: Value, from: Order, to: Order): Value {
    if (from === to) return rows;
    const targets = remembered(this.#moves, from, () => new Map<Order, Value | undefined>());
    const indices = remembered(targets, to, () => {
      const found = moves(from, to, this.batch);
      return found && this.b.constant(found, [found.length]);
    });
    return indices === undefined ? rows : this.b.gather(rows, indices);
  }
}

function remembered<K, V>(known: Map<K, V>, key: K, make: () => V): V {
  const found = known.get(key);
  if (found !== undefined || known.has(key)) return found as V;
  const made = make();
  known.set(key, made);
  return made;
}
