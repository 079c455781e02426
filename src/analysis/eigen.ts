/**
 * Eigenvalues and eigenvectors of symmetric matrices, row-major and whole: Householder's reduction to a tridiagonal
 * matrix, then implicit QL steps. Source: Golub and Van Loan, Matrix Computations, §8.3. O(n³).
 */

export interface Eigen {
  /** Descending. */
  readonly values: Float64Array;
  /** Row i is the unit vector of value i; [n, n]. */
  readonly vectors: Float64Array;
}

const MAX_SWEEPS = 60;
/** Sweeps after which what is rounding beside the whole matrix is: many values of zero have no size of their own. */
const PATIENCE = 30;

/** All eigenvalues, ascending; `matrix` is overwritten. */
export function symmetricEigenvalues(matrix: Float64Array, n: number): Float64Array {
  return diagonalize(matrix, n, undefined).sort();
}

/** All eigenvalues with their vectors; `matrix` is overwritten. */
export function symmetricEigen(matrix: Float64Array, n: number): Eigen {
  const rows = identity(n);
  const d = diagonalize(matrix, n, rows);
  const order = Uint32Array.from(d.keys()).sort((i, j) => (d[j] as number) - (d[i] as number));
  const vectors = new Float64Array(n * n);
  order.forEach((from, to) => {
    vectors.set(rows.subarray(from * n, (from + 1) * n), to * n);
  });
  return { values: Float64Array.from(order, (i) => d[i] as number), vectors };
}

/** Where the rotations are gathered; undefined where the values are all that is wanted. */
type Rows = Float64Array | undefined;

/** Eigenvalues in no order; row i of `rows` becomes the vector of value i. */
function diagonalize(a: Float64Array, n: number, rows: Rows): Float64Array {
  const d = new Float64Array(n);
  const e = new Float64Array(n);
  reduce(a, n, d, e, rows);
  const noise =
    Number.EPSILON * d.reduce((most, value, i) => Math.max(most, Math.abs(value) + Math.abs(e[i] as number)), 0);
  for (let l = 0; l < n; l++) {
    for (let sweep = 0; ; sweep++) {
      let m = l;
      const floor = sweep < PATIENCE ? 0 : noise;
      while (m < n - 1 && !negligible(d, e, m, floor)) m += 1;
      if (m === l) break;
      if (sweep === MAX_SWEEPS) throw new RangeError("the eigenvalues do not converge; is there a NaN in the matrix?");
      step(d, e, l, m, rows, n);
    }
  }
  return d;
}

function identity(n: number): Float64Array {
  const rows = new Float64Array(n * n);
  for (let i = 0; i < n; i++) rows[i * n + i] = 1;
  return rows;
}

function negligible(d: Float64Array, e: Float64Array, m: number, floor: number): boolean {
  const off = Math.abs(e[m] as number);
  return off <= floor || off <= Number.EPSILON * (Math.abs(d[m] as number) + Math.abs(d[m + 1] as number));
}

/** A ← HAH with H = I − β v vᵀ, column by column, until it is tridiagonal; `rows` ← H·rows. */
function reduce(a: Float64Array, n: number, d: Float64Array, e: Float64Array, rows: Rows): void {
  const v = new Float64Array(n);
  const w = new Float64Array(n);
  for (let k = 0; k < n; k++) {
    d[k] = a[k * n + k] as number;
    if (k === n - 1) break;
    let squares = 0;
    for (let i = k + 2; i < n; i++) squares += (a[i * n + k] as number) ** 2;
    const first = a[(k + 1) * n + k] as number;
    if (squares === 0) {
      e[k] = first;
      continue;
    }
    const norm = Math.sqrt(first * first + squares);
    const alpha = first > 0 ? -norm : norm;
    e[k] = alpha;
    v[k + 1] = first - alpha;
    for (let i = k + 2; i < n; i++) v[i] = a[i * n + k] as number;
    const beta = 2 / ((first - alpha) ** 2 + squares);
    reflectBoth(a, n, k + 1, v, w, beta);
    if (rows !== undefined) reflectRows(rows, n, k + 1, v, w, beta);
  }
}

function reflectBoth(a: Float64Array, n: number, start: number, v: Float64Array, w: Float64Array, beta: number): void {
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

function reflectRows(q: Float64Array, n: number, start: number, v: Float64Array, w: Float64Array, beta: number): void {
  w.fill(0);
  for (let i = start; i < n; i++) {
    const vi = v[i] as number;
    for (let j = 0; j < n; j++) w[j] = (w[j] as number) + vi * (q[i * n + j] as number);
  }
  for (let i = start; i < n; i++) {
    const scale = beta * (v[i] as number);
    for (let j = 0; j < n; j++) q[i * n + j] = (q[i * n + j] as number) - scale * (w[j] as number);
  }
}

/** One QL step with Wilkinson's shift on the block l…m. */
function step(d: Float64Array, e: Float64Array, l: number, m: number, rows: Rows, n: number): void {
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
    if (rows !== undefined) rotate(rows, n, i, sine, cosine);
  }
  d[l] = (d[l] as number) - shift;
  e[l] = g;
  e[m] = 0;
}

function rotate(rows: Float64Array, n: number, i: number, sine: number, cosine: number): void {
  const [low, high] = [i * n, (i + 1) * n];
  for (let k = 0; k < n; k++) {
    const [a, b] = [rows[low + k] as number, rows[high + k] as number];
    rows[high + k] = sine * a + cosine * b;
    rows[low + k] = cosine * a - sine * b;
  }
}
