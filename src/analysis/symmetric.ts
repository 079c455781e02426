/** Symmetric matrices, row-major and whole: eigenvalues, and a factor of a positive semidefinite one. */

/**
 * All eigenvalues, ascending: Householder reduction to a tridiagonal matrix, then implicit QL steps.
 * Source: Golub and Van Loan, Matrix Computations, §8.3. O(n³); `matrix` is overwritten.
 */
export function symmetricEigenvalues(matrix: Float64Array, n: number): Float64Array {
  const { diagonal, beside } = tridiagonalize(matrix, n);
  implicitQl(diagonal, beside);
  return diagonal.sort();
}

function tridiagonalize(a: Float64Array, n: number): { diagonal: Float64Array; beside: Float64Array } {
  const diagonal = new Float64Array(n);
  const beside = new Float64Array(n);
  const v = new Float64Array(n);
  const w = new Float64Array(n);
  for (let k = 0; k < n; k++) {
    diagonal[k] = a[k * n + k] as number;
    if (k === n - 1) break;
    let squares = 0;
    for (let i = k + 2; i < n; i++) squares += (a[i * n + k] as number) ** 2;
    const first = a[(k + 1) * n + k] as number;
    if (squares === 0) {
      beside[k] = first;
      continue;
    }
    const norm = Math.sqrt(first * first + squares);
    const alpha = first > 0 ? -norm : norm;
    beside[k] = alpha;
    v[k + 1] = first - alpha;
    for (let i = k + 2; i < n; i++) v[i] = a[i * n + k] as number;
    reflect(a, n, k + 1, v, w, 2 / ((first - alpha) ** 2 + squares));
  }
  return { diagonal, beside };
}

/** A ← HAH on rows and columns from `start`, H = I − β v vᵀ. */
function reflect(a: Float64Array, n: number, start: number, v: Float64Array, w: Float64Array, beta: number): void {
  let inner = 0;
  for (let i = start; i < n; i++) {
    let sum = 0;
    const row = i * n;
    for (let j = start; j < n; j++) sum += (a[row + j] as number) * (v[j] as number);
    w[i] = beta * sum;
    inner += beta * sum * (v[i] as number);
  }
  for (let i = start; i < n; i++) w[i] = (w[i] as number) - 0.5 * beta * inner * (v[i] as number);
  for (let i = start; i < n; i++) {
    const [vi, wi, row] = [v[i] as number, w[i] as number, i * n];
    for (let j = start; j < n; j++) {
      a[row + j] = (a[row + j] as number) - vi * (w[j] as number) - wi * (v[j] as number);
    }
  }
}

const MAX_SWEEPS = 60;

/** Eigenvalues of a symmetric tridiagonal matrix, left in `d`; `e[i]` lies beside `d[i]` and `d[i + 1]`. */
function implicitQl(d: Float64Array, e: Float64Array): void {
  const n = d.length;
  for (let l = 0; l < n; l++) {
    for (let sweep = 0; ; sweep++) {
      let m = l;
      while (
        m < n - 1 &&
        Math.abs(e[m] as number) > Number.EPSILON * (Math.abs(d[m] as number) + Math.abs(d[m + 1] as number))
      )
        m += 1;
      if (m === l) break;
      if (sweep === MAX_SWEEPS) throw new RangeError("the eigenvalues do not converge; is there a NaN in the matrix?");
      qlSweep(d, e, l, m);
    }
  }
}

/** One QL step with Wilkinson's shift on the block l…m. */
function qlSweep(d: Float64Array, e: Float64Array, l: number, m: number): void {
  const half = ((d[l + 1] as number) - (d[l] as number)) / (2 * (e[l] as number));
  const root = Math.hypot(half, 1);
  let g = (d[m] as number) - (d[l] as number) + (e[l] as number) / (half + (half >= 0 ? root : -root));
  let [sine, cosine, shift] = [1, 1, 0];
  for (let i = m - 1; i >= l; i--) {
    const f = sine * (e[i] as number);
    const b = cosine * (e[i] as number);
    const r = Math.hypot(f, g);
    e[i + 1] = r;
    if (r === 0) {
      d[i + 1] = (d[i + 1] as number) - shift;
      e[m] = 0;
      return;
    }
    sine = f / r;
    cosine = g / r;
    g = (d[i + 1] as number) - shift;
    const t = ((d[i] as number) - g) * sine + 2 * cosine * b;
    shift = sine * t;
    d[i + 1] = g + shift;
    g = cosine * t - b;
  }
  d[l] = (d[l] as number) - shift;
  e[l] = g;
  e[m] = 0;
}

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
