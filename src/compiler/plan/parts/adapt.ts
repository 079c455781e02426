/** A model's tensors held against a source's: equal, adaptable, misshapen or missing. Done once a pair. */

import type { ModelInfo, TensorInfo } from "../../../models/types.js";
import { remembered } from "../memo.js";

export type Shapes = ReadonlyMap<string, readonly number[]>;

/** How the source's tensor fits, in the model's order; undefined where it does as it is. */
export interface Fit {
  readonly fits: readonly (TensorFit | undefined)[];
  readonly flawless: boolean;
  /** What tensors that fit alike have in common. */
  readonly likeness: readonly string[];
}
export type TensorFit =
  /** The first convolution, on another number of input channels. */
  | { readonly kind: "adapt"; readonly channels: number }
  | { readonly kind: "missing" }
  | { readonly kind: "misshapen"; readonly found: readonly number[] };

const known = new WeakMap<ModelInfo, WeakMap<Shapes, Fit>>();
const UNKNOWN_SHAPES: Shapes = new Map();

/** `undefined` shapes are unknown: everything is taken to fit. */
export function fitOf(model: ModelInfo, shapes: Shapes | undefined): Fit {
  const byShapes = remembered(known, model, () => new WeakMap());
  return remembered(byShapes, shapes ?? UNKNOWN_SHAPES, () => {
    const fits = model.tensors.map((tensor) => (shapes ? fitTensor(model, tensor, shapes) : undefined));
    return {
      fits,
      flawless: fits.every((fit) => fit === undefined || fit.kind === "adapt"),
      likeness: fits.map((fit) => (fit?.kind === "adapt" ? "adapted" : "")),
    };
  });
}

function fitTensor(model: ModelInfo, tensor: TensorInfo, shapes: Shapes): TensorFit | undefined {
  const found = shapes.get(tensor.name);
  if (!found) return { kind: "missing" };
  const wanted = tensor.shape;
  const sameRank = wanted.length === found.length;
  const differing = wanted.flatMap((size, axis) => (size === found[axis] ? [] : [axis]));
  if (sameRank && differing.length === 0) return undefined;
  const channels = model.input[0];
  if (sameRank && differing.length === 1 && differing[0] === 1 && isFirstConvolution(tensor, channels)) {
    return { kind: "adapt", channels };
  }
  return { kind: "misshapen", found };
}

function isFirstConvolution({ role, place, shape }: TensorInfo, channels: number): boolean {
  return role === "conv" && place.kind === "unit" && place.unit === 0 && shape[1] === channels;
}
