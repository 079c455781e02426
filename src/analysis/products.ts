/** Products of rows with rows, in double precision, by tiles that stay in the cache. */

import type { Rows } from "./tensor.js";

const TILE = 4;
/** Columns a pass; four rows of two tiles are 2 × 4 × 512 numbers, well inside the first-level cache. */
const PANEL = 512;

/** Called with a row index of `a` and the inner products of that row with rows `from…from+count−1` of `b`. */
export type RowProducts = (row: number, from: number, products: Float64Array) => void;

/**
 * Inner products of every row of `a` with every row of `b`, handed over a few rows at a time, so that the whole
 * a.rows × b.rows matrix need not exist. With `upper`, row i is given from column i − i mod 4 on (`a` and `b` the same).
 */
export function eachRowProducts(a: Rows, b: Rows, part: "all" | "upper", use: RowProducts): void {
  if (a.columns !== b.columns) throw new RangeError(`rows of ${a.columns} and of ${b.columns} numbers have no product`);
  const buffer = new Float64Array(TILE * b.rows);
  for (let i = 0; i < a.rows; i += TILE) {
    const from = part === "upper" ? i : 0;
    buffer.fill(0);
    for (let start = 0; start < a.columns; start += PANEL) {
      const end = Math.min(start + PANEL, a.columns);
      for (let j = from; j < b.rows; j += TILE) {
        if (i + TILE <= a.rows && j + TILE <= b.rows) fullTile(a, b, i, j, start, end, buffer);
        else edgeTile(a, b, i, j, start, end, buffer);
      }
    }
    for (let r = 0; r < TILE && i + r < a.rows; r++) {
      use(i + r, from, buffer.subarray(r * b.rows + from, (r + 1) * b.rows));
    }
  }
}

function fullTile(a: Rows, b: Rows, i: number, j: number, start: number, end: number, out: Float64Array): void {
  const x = a.data;
  const y = b.data;
  const width = a.columns;
  const [x0, x1, x2, x3] = [i * width, (i + 1) * width, (i + 2) * width, (i + 3) * width];
  const [y0, y1, y2, y3] = [j * width, (j + 1) * width, (j + 2) * width, (j + 3) * width];
  let [s00, s01, s02, s03, s10, s11, s12, s13] = [0, 0, 0, 0, 0, 0, 0, 0];
  let [s20, s21, s22, s23, s30, s31, s32, s33] = [0, 0, 0, 0, 0, 0, 0, 0];
  for (let k = start; k < end; k++) {
    const p0 = x[x0 + k] as number;
    const p1 = x[x1 + k] as number;
    const p2 = x[x2 + k] as number;
    const p3 = x[x3 + k] as number;
    const q0 = y[y0 + k] as number;
    const q1 = y[y1 + k] as number;
    const q2 = y[y2 + k] as number;
    const q3 = y[y3 + k] as number;
    s00 += p0 * q0;
    s01 += p0 * q1;
    s02 += p0 * q2;
    s03 += p0 * q3;
    s10 += p1 * q0;
    s11 += p1 * q1;
    s12 += p1 * q2;
    s13 += p1 * q3;
    s20 += p2 * q0;
    s21 += p2 * q1;
    s22 += p2 * q2;
    s23 += p2 * q3;
    s30 += p3 * q0;
    s31 += p3 * q1;
    s32 += p3 * q2;
    s33 += p3 * q3;
  }
  addFour(out, j, s00, s01, s02, s03);
  addFour(out, b.rows + j, s10, s11, s12, s13);
  addFour(out, 2 * b.rows + j, s20, s21, s22, s23);
  addFour(out, 3 * b.rows + j, s30, s31, s32, s33);
}

function addFour(out: Float64Array, at: number, a: number, b: number, c: number, d: number): void {
  out[at] = (out[at] as number) + a;
  out[at + 1] = (out[at + 1] as number) + b;
  out[at + 2] = (out[at + 2] as number) + c;
  out[at + 3] = (out[at + 3] as number) + d;
}

function edgeTile(a: Rows, b: Rows, i: number, j: number, start: number, end: number, out: Float64Array): void {
  const width = a.columns;
  for (let r = 0; r < TILE && i + r < a.rows; r++) {
    for (let c = 0; c < TILE && j + c < b.rows; c++) {
      let sum = 0;
      for (let k = start; k < end; k++) {
        sum += (a.data[(i + r) * width + k] as number) * (b.data[(j + c) * width + k] as number);
      }
      const at = r * b.rows + j + c;
      out[at] = (out[at] as number) + sum;
    }
  }
}
