/** What a traced model says about itself. Tensor names are timm's; no number about a model is written twice. */

import type { PluginRef } from "../catalog/types.js";
import type { Builder } from "../program/builder.js";
import type { FamilyInit, TensorRole } from "../program/declarations.js";
import type { DType, Shape, Value } from "../program/types.js";
import type { AttentionTap } from "./attended.js";

export type { FamilyInit, TensorRole };

export interface TensorInfo {
  readonly name: string;
  readonly shape: Shape;
  /** i32 for `num_batches_tracked`, f32 for everything else. */
  readonly dtype: DType;
  readonly role: TensorRole;
  readonly init: FamilyInit;
  /** Trained by the optimizer; buffers are not. */
  readonly trainable: boolean;
  /** Where the tensor sits: 0-based index into `units`, or the classification head. */
  readonly place: { readonly kind: "unit"; readonly unit: number } | { readonly kind: "head" };
}

export interface UnitInfo {
  readonly name: string;
  readonly tensors: readonly string[];
}

/** A probe layer: a tap on the forward pass, and the tensors that belong to it alone. */
export interface LayerInfo {
  /** timm's module path: `blocks.0.attn`, `layer1.0`. */
  readonly name: string;
  /** Of one image. */
  readonly shape: Shape;
  readonly tensors: readonly string[];
  /** The first token of its output is the class token. */
  readonly classToken?: true;
  /** Attention heads inside; absent where there is no attention. */
  readonly heads?: number;
}

export interface ModelInfo {
  readonly tensors: readonly TensorInfo[];
  /** An ordered partition of the backbone's tensors. */
  readonly units: readonly UnitInfo[];
  readonly layers: readonly LayerInfo[];
  /** [channels, height, width] of one input image. */
  readonly input: readonly [number, number, number];
  readonly classes: number;
  /** Multiply-adds ×2 of one image's forward pass. */
  readonly forwardFlops: number;
  readonly parameterCount: number;
}

/** A model ready to be built: catalogue id, version and every parameter; part of keys. */
export interface ModelSpec {
  readonly family: string;
  readonly version: number;
  readonly params: { readonly [name: string]: number | string | boolean | readonly number[] };
  readonly classes: number;
  readonly channels: number;
  /** Height and width of the input, px. */
  readonly size: number;
  /** Of a plug-in's family: its code is part of what the model is. */
  readonly plugin?: PluginRef;
}

/** `calibrate`: as in training, but what is left of a batch is its statistics alone, and nothing is dropped. */
export type Mode = "train" | "evaluate" | "calibrate";

export interface ModelOutputs {
  /** [N, classes] */
  readonly logits: Value;
  /** The head's input, [N, D]. */
  readonly pooled: Value;
  /** By layer name, an image a row: maps as `maps` says, tokens as N×tokens×D. */
  readonly taps: ReadonlyMap<string, Value>;
  /** The axes of maps, which are timm's own. Default N×C×H×W. */
  readonly maps?: "NCHW" | "NHWC";
  /** Taps whose module in timm gives the same elements in another shape or order: as it gives them. Default none. */
  readonly asTimm?: ReadonlyMap<string, Value>;
  /** By layer name, in evaluation: the attention weights inside. Absent where the family has none. */
  readonly attention?: ReadonlyMap<string, AttentionTap>;
  /** Taps whose first token is the class token. */
  readonly withClassToken: ReadonlySet<string>;
}

/** One file a family. `build` declares tensors on the builder in timm's order and returns the outputs. */
export interface ModelFamily {
  readonly id: string;
  build(builder: Builder, images: Value, spec: ModelSpec, mode: Mode): ModelOutputs;
  /** Unit names in order and the tensor-name prefixes of each. */
  units(spec: ModelSpec): readonly { readonly name: string; readonly prefixes: readonly string[] }[];
  /** Layer names in order and the tensor-name prefixes of each. */
  layers(spec: ModelSpec): readonly { readonly name: string; readonly prefixes: readonly string[] }[];
}
