/** Of `xferc/plugin`: a model family. */

import type { ParameterSchema } from "../../catalog/types.js";
import type { AttentionTap } from "../../models/attended.js";
import type { Mode } from "../../models/types.js";
import type { Builder } from "../../program/builder.js";
import type { Value } from "../../program/types.js";
import type { ModelLayers } from "./model-layers.js";

export type { Mode } from "../../models/types.js";
export type { Builder } from "../../program/builder.js";
export type { FamilyInit, TensorRole } from "../../program/declarations.js";
export type { Shape, Value } from "../../program/types.js";
export type { ModelLayers } from "./model-layers.js";

export interface PluginModel {
  /** As a study writes it: `model m = tiny(widths: [8, 16])`. */
  readonly id: string;
  /** Raise it when the same parameters mean another network; 1 unless given. */
  readonly version?: number;
  readonly doc: string;
  /** Beside `size`, which every model has. Numbers, words, yes or no, lists of numbers. */
  readonly parameters?: { readonly [name: string]: ParameterSchema };
  readonly required?: readonly string[];
  /** Height and width of the input, px, where a study names none. */
  readonly size: number;
  /**
   * Which parameter lists the widths that `width 50% on "block2"` changes, and the part each is of, in order: names, or a
   * pattern with `{n}` for 1, 2, …. Of a parameter that is one whole number, one name.
   */
  readonly widths?: { readonly parameter: string; readonly parts: string | readonly string[] };
  /**
   * The backbone in order from the images to the head: what `units[1..n]` counts. Every tensor is in one unit or, where it
   * is in none, in the head.
   */
  units(params: ModelParams): readonly ModelPart[];
  /** What probes read, in order; each names a tap. */
  layers(params: ModelParams): readonly ModelPart[];
  /** Declares the tensors and what is computed of them, always the same for the same argument. */
  build(net: ModelBuild): ModelParts;
}

/** A name, whose tensors lie under it (`block1` of `block1.conv.weight`); or a name and what else they lie under. */
export type ModelPart = string | { readonly name: string; readonly prefixes: readonly string[] };

export type ModelParams = { readonly [name: string]: number | string | boolean | readonly number[] };

export interface ModelBuild {
  /** The builder that xferc's own models are built with. */
  readonly b: Builder;
  /** Layers as PyTorch has them. */
  readonly layers: ModelLayers;
  /** [N, channels, size, size], normalized. */
  readonly images: Value;
  /** What the study gave, with defaults; rates of dropping are 0 but in training. */
  readonly params: ModelParams;
  readonly classes: number;
  readonly channels: number;
  readonly size: number;
  readonly mode: Mode;
}

export interface ModelParts {
  /** [N, classes] */
  readonly logits: Value;
  /** What the head reads, [N, D]. */
  readonly pooled: Value;
  /** By layer: [N, C, H, W], tokens [N, T, D], or [N, D]. */
  readonly taps: { readonly [layer: string]: Value } | ReadonlyMap<string, Value>;
  /** The axes of maps; `NCHW` unless given. */
  readonly maps?: "NCHW" | "NHWC";
  /** Taps whose first token is the class token. */
  readonly classTokens?: readonly string[];
  /** By layer, in evaluation: the attention weights inside. */
  readonly attention?: { readonly [layer: string]: AttentionTap };
}
