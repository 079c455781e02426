/**
 * How Swin groups the tokens of a map: square windows, shifted by half a window in every second block. An order is a
 * list of raster positions; positions from `side²` on stand for the zeros that fill a map up to whole windows.
 */

export type Order = Int32Array;

export interface Windows {
  /** Tokens along one side of a window. */
  readonly window: number;
  /** Windows of one map. */
  readonly count: number;
  /** Zeros that fill one map up. */
  readonly padding: number;
  /** Window by window, row by row. */
  readonly order: Order;
  /** By place: tokens of one window see one another where these are equal; `undefined` where all do, without a shift. */
  readonly regions: Float32Array | undefined;
}

export function rasterOrder(tokens: number): Order {
  return Int32Array.from({ length: tokens }, (_, index) => index);
}

/** Windows of a map of `side`² tokens rolled up and left by `shift`; padding comes below and right of the rolled map. */
export function windowsOf(side: number, window: number, shift: number): Windows {
  const across = Math.ceil(side / window);
  const whole = across * window;
  const area = window * window;
  const order = new Int32Array(whole * whole);
  const regions = new Float32Array(whole * whole);
  let filler = side * side;
  let place = 0;
  for (let index = 0; index < across * across; index++) {
    const [top, left] = [Math.floor(index / across) * window, (index % across) * window];
    for (let token = 0; token < area; token++) {
      const [row, column] = [top + Math.floor(token / window), left + (token % window)];
      regions[place] = 3 * band(row, whole, window, shift) + band(column, whole, window, shift);
      const inside = row < side && column < side;
      order[place++] = inside ? ((row + shift) % side) * side + ((column + shift) % side) : filler++;
    }
  }
  return {
    window,
    count: across * across,
    padding: whole * whole - side * side,
    order,
    regions: shift === 0 ? undefined : regions,
  };
}

/** The strip a row or column lies in: before the last window, or in its part before or after the seam. */
function band(position: number, whole: number, window: number, shift: number): number {
  if (position < whole - window) return 0;
  return position < whole - shift ? 1 : 2;
}

/**
 * Raster positions of a map of `side`² tokens, four to each token of the smaller map, whose own order is `smaller`: of a
 * square of four the left before the right, and of these the upper before the lower. An odd map gains a row and a column
 * of zeros.
 */
export function mergingOrder(side: number, smaller: Order): Order {
  const half = Math.ceil(side / 2);
  const whole = 2 * half;
  const fillers = fillersOf(side, whole);
  return Int32Array.from({ length: 4 * smaller.length }, (_, place) => {
    const [token, quarter] = [smaller[Math.floor(place / 4)] ?? 0, place % 4];
    const row = 2 * Math.floor(token / half) + (quarter % 2);
    const column = 2 * (token % half) + Math.floor(quarter / 2);
    return row < side && column < side ? row * side + column : (fillers.get(row * whole + column) ?? 0);
  });
}

/** Numbers from `side²` on for the places a map of `side`² tokens lacks to be `whole`², by raster place. */
function fillersOf(side: number, whole: number): ReadonlyMap<number, number> {
  const fillers = new Map<number, number>();
  for (let place = 0; place < whole * whole; place++) {
    const inside = place % whole < side && Math.floor(place / whole) < side;
    if (!inside) fillers.set(place, side * side + fillers.size);
  }
  return fillers;
}

/** An order of fewer tokens, followed by the zeros that make up `length`. */
export function filledUp(order: Order, length: number): Order {
  return Int32Array.from({ length }, (_, place) => order[place] ?? place);
}

/** [window², window²]: the row of the bias table for each pair of tokens, by their distance in rows and columns. */
export function relativePositions(window: number): Int32Array {
  const area = window * window;
  return Int32Array.from({ length: area * area }, (_, pair) => {
    const [query, key] = [Math.floor(pair / area), pair % area];
    const rows = Math.floor(query / window) - Math.floor(key / window) + window - 1;
    const columns = (query % window) - (key % window) + window - 1;
    return rows * (2 * window - 1) + columns;
  });
}

/** Where in `from` each token of `to` is found, for `batch` maps one after another; `undefined` where nothing moves. */
export function moves(from: Order, to: Order, batch: number): Int32Array | undefined {
  const tokens = to.length;
  const position = new Int32Array(tokens);
  for (const [index, token] of from.entries()) position[token] = index;
  const one = to.map((token) => position[token] ?? 0);
  if (one.every((index, place) => index === place)) return undefined;
  return Int32Array.from({ length: batch * tokens }, (_, index) => {
    const map = Math.floor(index / tokens);
    return map * tokens + (one[index - map * tokens] ?? 0);
  });
}
