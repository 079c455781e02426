/** A factor of a positive semidefinite matrix, row-major and whole. */

/**
 * Rows F with A = Fᵀ F for a positive semidefinite A, by Cholesky with the largest pivot first; as many rows as A has rank.
 * Source: Higham, Accuracy and Stability of Numerical Algorithms, §10.3. `matrix` is overwritten.
 */
export function semidefiniteFactor(
  matrix: Float64Array,
  n: number,
): { readonly rows: number; readonly data: Float64Array } {
  const factor = new Float64Array(n * n);
  let largest = 0;
  for (let i = 0; i < n; i++) largest = Math.max(largest, matrix[i * n + i] as number);
  const tolerance = largest * n * Number.EPSILON;
  const done = new Uint8Array(n);
  let rank = 0;
  for (; rank < n; rank++) {
    let pivot = -1;
    let best = tolerance;
    for (let i = 0; i < n; i++) {
      if (done[i] === 0 && (matrix[i * n + i] as number) > best) {
        best = matrix[i * n + i] as number;
        pivot = i;
      }
    }
    if (pivot < 0) break;
    done[pivot] = 1;
    eliminate(matrix, n, pivot, done, factor.subarray(rank * n, (rank + 1) * n));
  }
  return { rows: rank, data: factor.subarray(0, rank * n) };
}

function eliminate(a: Float64Array, n: number, pivot: number, done: Uint8Array, row: Float64Array): void {
  const root = Math.sqrt(a[pivot * n + pivot] as number);
  for (let j = 0; j < n; j++) row[j] = done[j] === 1 && j !== pivot ? 0 : (a[pivot * n + j] as number) / root;
  for (let i = 0; i < n; i++) {
    if (done[i] === 1) continue;
    const scale = row[i] as number;
    for (let j = 0; j < n; j++) a[i * n + j] = (a[i * n + j] as number) - scale * (row[j] as number);
  }
}
