/** What every function here takes: numbers in row-major order and their shape; the first axis counts samples. */
export interface Tensor {
  readonly data: Float32Array | Float64Array;
  readonly shape: readonly number[];
}

/** Samples × features, every axis after the first flattened. */
export interface Rows {
  readonly data: Float32Array | Float64Array;
  readonly rows: number;
  readonly columns: number;
}

/** @throws RangeError where data and shape disagree, or there is no sample axis */
export function asRows(tensor: Tensor, what: string): Rows {
  const [rows, ...rest] = tensor.shape;
  if (rows === undefined) throw new RangeError(`${what} has no sample axis`);
  const columns = rest.reduce((product, extent) => product * extent, 1);
  if (rows * columns !== tensor.data.length) {
    throw new RangeError(`${what} has ${tensor.data.length} numbers for shape [${tensor.shape.join(", ")}]`);
  }
  return { data: tensor.data, rows, columns };
}
