/** The inputs of test/goldens/metrics/draw.py, number for number: integers of a generator, and one division each. */

export class Draw {
  #x: number;

  constructor(seed: number) {
    this.#x = seed >>> 0;
  }

  below(limit: number): number {
    this.#x = (Math.imul(1664525, this.#x) + 1013904223) >>> 0;
    return Math.floor(((this.#x >>> 8) * limit) / 2 ** 24);
  }
}

export interface BinaryCase {
  readonly seed: number;
  readonly n: number;
  readonly grid: number;
  readonly perMille: number;
  readonly lift: number;
}

export function binary({ seed, n, grid, perMille, lift }: BinaryCase) {
  const draw = new Draw(seed);
  const y = new Int32Array(n);
  const p = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    y[i] = draw.below(1000) < perMille ? 1 : 0;
    const [a, b] = [draw.below(grid + 1), draw.below(grid + 1)];
    p[i] = (lift && y[i] ? Math.max(a, b) : a) / grid;
  }
  return { y, p };
}

export interface MulticlassCase {
  readonly seed: number;
  readonly n: number;
  readonly classes: number;
  readonly grid: number;
  readonly among: number;
  readonly lift: number;
}

export function multiclass({ seed, n, classes, grid, among, lift }: MulticlassCase) {
  const draw = new Draw(seed);
  const y = new Int32Array(n);
  const p = new Float64Array(n * classes);
  for (let i = 0; i < n; i++) {
    y[i] = draw.below(among);
    const weights = Array.from({ length: classes }, (_, c) => 1 + draw.below(grid) + (c === y[i] ? lift : 0));
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    weights.forEach((weight, c) => {
      p[i * classes + c] = weight / total;
    });
  }
  return { y, p };
}

export interface MultilabelCase {
  readonly seed: number;
  readonly n: number;
  readonly perMille: readonly number[];
  readonly grid: number;
  readonly unknown: number;
}

export function multilabel({ seed, n, perMille, grid, unknown }: MultilabelCase) {
  const draw = new Draw(seed);
  const labels = perMille.length;
  const y = new Int32Array(n * labels);
  const p = new Float64Array(n * labels);
  for (let i = 0; i < n; i++) {
    perMille.forEach((share, c) => {
      const at = i * labels + c;
      y[at] = draw.below(1000) < share ? 1 : 0;
      const [a, b] = [draw.below(grid + 1), draw.below(grid + 1)];
      p[at] = (y[at] ? Math.max(a, b) : a) / grid;
      if (draw.below(1000) < unknown) y[at] = -1;
    });
  }
  return { y, p };
}

export function sample(seed: number, n: number, grid: number, shift = 0): number[] {
  const draw = new Draw(seed);
  return Array.from({ length: n }, () => (draw.below(grid) + shift) / grid);
}
