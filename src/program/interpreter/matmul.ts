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
  const rows = b.columnStride === 1 ? b : packed(b, size.k, size.n);
  for (let i = 0; i < size.m; i++) {
    const row = at + i * size.n;
    for (let p = 0; p < size.k; p++) {
      const factor = alpha * (a.data[a.offset + i * a.rowStride + p * a.columnStride] ?? 0);
      if (factor === 0) continue;
      const from = rows.offset + p * rows.rowStride;
      for (let j = 0; j < size.n; j++) out[row + j] = (out[row + j] ?? 0) + factor * (rows.data[from + j] ?? 0);
    }
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
