/** What a state tensor of a model says about itself where it is declared. */

import type { Shape, StoredType } from "./types.js";

/** What a tensor is for; initialization, decay and freezing choose by it. */
export type TensorRole =
  | "conv" // conv filter
  | "linear" // linear weight, out×in
  | "bias"
  | "norm-scale"
  | "norm-shift"
  | "token" // cls_token
  | "position" // pos_embed
  | "relative-position" // relative_position_bias_table
  | "adapter" // lora_A, lora_B, adapter_down, …
  | "running-mean" // buffers from here on
  | "running-var"
  | "counter"; // num_batches_tracked

/** How timm draws this tensor when nothing is transferred. */
export type FamilyInit =
  | { readonly kind: "constant"; readonly value: number }
  | { readonly kind: "normal"; readonly std: number }
  /** N(0, std²) cut at ±2 in absolute value (timm's `trunc_normal_`), which at std .02 cuts nothing. */
  | { readonly kind: "truncated-normal"; readonly std: number }
  /** std = √2 / √fan; the fan of a filter O×I×H×W is I·H·W (in) or O·H·W (out). */
  | { readonly kind: "kaiming-normal"; readonly fan: "in" | "out" }
  /** Uniform on [−bound, bound]. */
  | { readonly kind: "uniform"; readonly bound: number };

/** A parameter or buffer of a model, as declared on a builder. */
export interface TensorDeclaration {
  readonly name: string;
  readonly shape: Shape;
  readonly dtype: StoredType;
  readonly role: TensorRole;
  readonly init: FamilyInit;
  readonly trainable: boolean;
}
