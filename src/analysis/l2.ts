import type { Tensor } from "./tensor.js";

/**
 * `per_weight`: the mean over tensors of ‖a − b‖₂ / number of elements, the published number.
 * `raw`: the mean over tensors of ‖a − b‖₂.
 * `relative`: ‖a − b‖₂ / ‖a‖₂, both over all tensors together: a bias that begins at 0 has no length to divide by.
 */
export type L2Distance = "per_weight" | "raw" | "relative";

export interface L2Options {
  readonly distance?: L2Distance;
}

/**
 * How far two lists of tensors are apart. 0 for empty lists, and where nothing differs. `relative` to tensors that are
 * all 0 is NaN, unless nothing differs.
 * @throws RangeError where the lists or two shapes differ
 */
export function l2(a: readonly Tensor[], b: readonly Tensor[], { distance = "per_weight" }: L2Options = {}): number {
  if (a.length !== b.length) throw new RangeError(`${a.length} tensors beside ${b.length}`);
  const squares = a.map((x, i) => squaresOf(x, b[i] as Tensor, i));
  if (a.length === 0) return 0;
  switch (distance) {
    case "per_weight":
      return mean(squares.map(({ apart }, i) => Math.sqrt(apart) / Math.max(1, a[i]?.data.length ?? 1)));
    case "raw":
      return mean(squares.map(({ apart }) => Math.sqrt(apart)));
    case "relative": {
      const apart = sum(squares.map((each) => each.apart));
      const own = sum(squares.map((each) => each.own));
      if (apart === 0) return 0;
      return own === 0 ? Number.NaN : Math.sqrt(apart) / Math.sqrt(own);
    }
    default:
      return distance satisfies never;
  }
}

function squaresOf(x: Tensor, y: Tensor, index: number): { readonly apart: number; readonly own: number } {
  if (x.shape.join() !== y.shape.join()) {
    throw new RangeError(`tensor ${index} has shape [${x.shape.join(", ")}] beside [${y.shape.join(", ")}]`);
  }
  let [apart, own] = [0, 0];
  for (let i = 0; i < x.data.length; i++) {
    const value = x.data[i] as number;
    apart += (value - (y.data[i] as number)) ** 2;
    own += value ** 2;
  }
  return { apart, own };
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
const mean = (values: readonly number[]): number => sum(values) / values.length;
