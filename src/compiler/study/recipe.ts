/** Recipes of a checked study: how a stage trains, which parts of a model. */

import type { Choice, Duration } from "../../catalog/types.js";
import type { Location } from "../diagnostics.js";
import type { SplitName } from "./dataset.js";

export type Selector =
  /** 1-based, both ends included; `to < from` is empty. */
  | { readonly kind: "units"; readonly from: number; readonly to: number }
  | { readonly kind: "layers"; readonly from: number; readonly to: number }
  | { readonly kind: "layer"; readonly name: string }
  /** Whole dotted segments; `*` one, `**` any number. */
  | { readonly kind: "pattern"; readonly glob: string }
  | { readonly kind: "backbone" }
  | { readonly kind: "buffers" }
  /** Every tensor called `bias`, those of norms included. */
  | { readonly kind: "bias" }
  /** Scales and shifts of norms, without their statistics. */
  | { readonly kind: "norm" }
  | { readonly kind: "adapter" }
  | { readonly kind: "head" }
  | { readonly kind: "rest" };

/** One stage of training. */
export interface RecipeSpec {
  readonly name: string;
  readonly optimizer: Choice;
  /** In sequence: `warmup(…) then plateau(…)`. Empty is a constant rate. */
  readonly schedule: readonly Choice[];
  readonly batch: number;
  readonly dropLast: boolean;
  readonly duration: Duration;
  readonly clipNorm?: number;
  readonly augment: readonly Choice[];
  /** Where these are written; in no key. */
  readonly augmentAt?: Location;
  readonly scheduleAt?: Location;
  readonly lossAt?: Location;
  readonly stopAt?: Location;
  /** The prepared images' size before crops, px; absent: the model's input size. */
  readonly resize?: number;
  readonly select: SelectSpec;
  /** Of a training step; absent: f32. */
  readonly precision?: Choice;
  /** How often a checkpoint is written; never in a key, for it changes no number. */
  readonly checkpoint?: CheckpointInterval;
  /** Absent: plain cross-entropy. */
  readonly loss?: Choice;
  /** One of them a batch; absent: none. */
  readonly mix?: readonly Choice[];
  readonly average?: Choice;
  /** Absent: it trains for the whole of `duration`. */
  readonly stop?: Choice;
  /** Fits the head at once; `optimizer` is then the solver, and what tells of steps says nothing. */
  readonly solver?: { readonly l2: number; readonly location: Location };
  /** Absent: nothing is frozen. */
  readonly freeze?: PartSet;
  /** Absent: all that is not frozen. */
  readonly trainable?: PartSet;
  /** Factor of the learning rate from a unit to the one before it; absent: 1. */
  readonly layerDecay?: number;
  /** The head first, and after each such time one unit more. */
  readonly unfreeze?: Duration;
  readonly location: Location;
}
/** Tensors of a model by its parts. */
export interface PartSet {
  readonly parts: readonly Selector[];
  readonly except: readonly Selector[];
  readonly location: Location;
}
export type CheckpointInterval =
  | Duration
  | { readonly value: number; readonly unit: "seconds" }
  | { readonly unit: "never" };
export type SelectSpec =
  | { readonly kind: "last"; readonly every: Duration }
  | { readonly kind: "best"; readonly metric: string; readonly on: SplitName; readonly every: Duration };
