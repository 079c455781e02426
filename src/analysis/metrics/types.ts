/** Class indices from 0, one a sample. */
export type Labels = ArrayLike<number>;

/** [samples, classes or labels], row-major: scores, or zeros and ones where a sample has several labels. */
export interface Matrix {
  readonly data: ArrayLike<number>;
  readonly shape: readonly number[];
}

export function isMatrix(value: Labels | Matrix): value is Matrix {
  return "shape" in value;
}

/** @throws RangeError */
export function dimensions(matrix: Matrix, what: string): readonly [number, number] {
  const [rows, columns] = matrix.shape;
  if (matrix.shape.length !== 2 || rows === undefined || columns === undefined) {
    throw new RangeError(`${what} must be samples × classes, not [${matrix.shape.join(", ")}]`);
  }
  if (rows * columns !== matrix.data.length) {
    throw new RangeError(`${what} has ${matrix.data.length} numbers for shape [${rows}, ${columns}]`);
  }
  return [rows, columns];
}

/** Mean of the numbers there are; NaN when there is none. */
export function meanOf(values: readonly number[]): number {
  return values.length === 0 ? Number.NaN : values.reduce((sum, value) => sum + value, 0) / values.length;
}
