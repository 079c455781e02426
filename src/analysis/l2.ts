import type { Tensor } from "./tensor.js";

/**
 * How far two lists of tensors are apart: the mean over tensors of ‖a − b‖₂ / number of elements. 0 for empty lists.
 * @throws RangeError where the lists or two shapes differ
 */
export function l2(a: readonly Tensor[], b: readonly Tensor[]): number {
  if (a.length !== b.length) throw new RangeError(`${a.length} tensors beside ${b.length}`);
  if (a.length === 0) return 0;
  let sum = 0;
  for (const [i, x] of a.entries()) {
    const y = b[i] as Tensor;
    if (x.shape.join() !== y.shape.join()) {
      throw new RangeError(`tensor ${i} has shape [${x.shape.join(", ")}] beside [${y.shape.join(", ")}]`);
    }
    sum += distance(x, y) / x.data.length;
  }
  return sum / a.length;
}

function distance(x: Tensor, y: Tensor): number {
  let squares = 0;
  for (let i = 0; i < x.data.length; i++) squares += ((x.data[i] as number) - (y.data[i] as number)) ** 2;
  return Math.sqrt(squares);
}
