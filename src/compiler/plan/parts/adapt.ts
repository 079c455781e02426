/** A model's tensors held against a source's: equal, adaptable, misshapen or missing. Done once a pair. */

import type { ModelInfo, TensorInfo } from "../../../models/types.js";
import { canonicalJson } from "../canonical.js";
import { remembered } from "../memo.js";
import type { Adaptation } from "../types.js";

export type Shapes = ReadonlyMap<string, readonly number[]>;

/** How the source's tensor fits, in the model's order; undefined where it does as it is. */
export interface Fit {
  readonly fits: readonly (TensorFit | undefined)[];
  readonly flawless: boolean;
  /** What tensors that fit alike have in common. */
  readonly likeness: readonly string[];
  /** Tensors of the source that the model has not. */
  readonly extra: readonly string[];
}
export type TensorFit =
  | { readonly kind: "adapt"; readonly adaptation: Adaptation }
  | { readonly kind: "missing" }
  | { readonly kind: "misshapen"; readonly found: readonly number[] };

const known = new WeakMap<ModelInfo, WeakMap<Shapes, Fit>>();
const UNKNOWN_SHAPES: Shapes = new Map();

/** `undefined` shapes are unknown: everything is taken to fit. */
export function fitOf(model: ModelInfo, shapes: Shapes | undefined): Fit {
  const byShapes = remembered(known, model, () => new WeakMap());
  return remembered(byShapes, shapes ?? UNKNOWN_SHAPES, () => {
    const fits = model.tensors.map((tensor) => (shapes ? fitTensor(model, tensor, shapes) : undefined));
    const names = new Set(model.tensors.map(({ name }) => name));
    return {
      fits,
      flawless: fits.every((fit) => fit === undefined || fit.kind === "adapt"),
      likeness: fits.map((fit) => (fit?.kind === "adapt" ? canonicalJson(fit.adaptation) : "")),
      extra: [...(shapes?.keys() ?? [])].filter((name) => !names.has(name)),
    };
  });
}

function fitTensor(model: ModelInfo, tensor: TensorInfo, shapes: Shapes): TensorFit | undefined {
  const found = shapes.get(tensor.name);
  if (!found) return { kind: "missing" };
  if (found.length === tensor.shape.length && found.every((size, axis) => size === tensor.shape[axis]))
    return undefined;
  const adaptation = channels(model, tensor, found) ?? positions(model, tensor, found) ?? window(tensor, found);
  return adaptation ? { kind: "adapt", adaptation } : { kind: "misshapen", found };
}

/** The first convolution, on another number of input channels. */
function channels(model: ModelInfo, tensor: TensorInfo, found: readonly number[]): Adaptation | undefined {
  const { role, place, shape } = tensor;
  const [images] = model.input;
  const isFirst = role === "conv" && place.kind === "unit" && place.unit === 0 && shape[1] === images;
  return isFirst && differsOnlyIn(1, shape, found) ? { channels: images } : undefined;
}

/** Position embedding of another image size; both grids square, as timm takes them to be. */
function positions(model: ModelInfo, { role, shape }: TensorInfo, found: readonly number[]): Adaptation | undefined {
  if (role !== "position" || shape.length !== 3 || !differsOnlyIn(1, shape, found)) return undefined;
  const tokens = model.tensors.filter((tensor) => tensor.role === "token").length;
  const from = side((found[1] ?? 0) - tokens);
  const to = side((shape[1] ?? 0) - tokens);
  return from && to ? { positions: { tokens, from, to } } : undefined;
}

/** Relative positions of another window: 2w − 1 along a side. */
function window({ name, shape }: TensorInfo, found: readonly number[]): Adaptation | undefined {
  if (!name.endsWith(".relative_position_bias_table") || !differsOnlyIn(0, shape, found)) return undefined;
  const from = side(found[0] ?? 0);
  const to = side(shape[0] ?? 0);
  const areOdd = from !== undefined && to !== undefined && from % 2 === 1 && to % 2 === 1;
  return areOdd ? { window: { from: (from + 1) / 2, to: (to + 1) / 2 } } : undefined;
}

function differsOnlyIn(axis: number, wanted: readonly number[], found: readonly number[]): boolean {
  return wanted.length === found.length && wanted.every((size, at) => at === axis || size === found[at]);
}

/** Of a square of so many; undefined where it is none. */
function side(count: number): number | undefined {
  const root = Math.round(Math.sqrt(count));
  return count > 0 && root * root === count ? root : undefined;
}
