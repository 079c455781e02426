/**
 * What each operation is asked for: its parameters, without names, for they make its key. Images are [channels, size, size]
 * uint8 once prepared.
 */

import type { NodeProbeId } from "../../catalog/probes/index.js";
import type { StateId } from "../../catalog/states/index.js";
import type { Choice, Duration, PluginRef } from "../../catalog/types.js";
import type { ModelSpec } from "../../models/types.js";
import type {
  CaseCondition,
  EvaluationSplit,
  GroupingSpec,
  PartName,
  SelectSpec,
  SplitSpec,
  SubsetSpec,
  ThresholdRuleSpec,
  TrainingSplit,
} from "../study.js";
import type { WeightsNames } from "../weights-names.js";
/** A draw's stream: hash(study seed, purpose, repeat, what it is about); language.md, Seeds. */
export interface StreamSpec {
  readonly seed: number;
  readonly purpose:
    | "order"
    | "augment"
    | "dropout"
    | "mix"
    | "head"
    | "sample"
    | "random"
    | "split"
    | "transform"
    | "images"
    | "subset"
    | "bootstrap"
    | "permutation";
  /** 0 where repeats share the draw. */
  readonly repeat: number;
  readonly about: readonly (string | number)[];
}

/** Where each tensor of a state comes from; the manifest *is* the init node's key. `state` is an index into the inputs. */
export type TensorOrigin =
  | { readonly from: "state"; readonly state: number; readonly adapt?: Adaptation }
  | {
      readonly from: "stats";
      readonly state: number;
      readonly sampler: Choice;
      readonly stream: StreamSpec;
      readonly adapt?: Adaptation;
    }
  | { readonly from: "random"; readonly scheme: Choice; readonly stream: StreamSpec }
  | { readonly from: "constant"; readonly value: number };
/** How a tensor of another shape is made to fit. */
export type Adaptation = ChannelAdaptation | PositionAdaptation | WindowAdaptation;
/** First convolution on another channel count: repeat the input channels, keep the first `channels`. */
export interface ChannelAdaptation {
  readonly channels: number;
}
/** Positions [1, tokens + grid², D] resampled from a grid of `from`² to one of `to`²; the first `tokens` are kept. */
export interface PositionAdaptation {
  readonly positions: { readonly tokens: number; readonly from: number; readonly to: number };
}
/** Relative positions [(2w − 1)², heads] of a window of `from`² resampled for one of `to`². */
export interface WindowAdaptation {
  readonly window: { readonly from: number; readonly to: number };
}
export interface ManifestEntry {
  readonly tensor: string;
  readonly shape: readonly number[];
  readonly origin: TensorOrigin;
}

/** A training stage without names: what of a `RecipeSpec` changes numbers. */
export interface TrainingParams {
  readonly optimizer: Choice;
  readonly schedule: readonly Choice[];
  readonly batch: number;
  readonly dropLast: boolean;
  readonly duration: Duration;
  readonly clipNorm: number | null;
  readonly augment: readonly Choice[];
  readonly select: SelectSpec;
  readonly keep: readonly Duration[];
  /** Only where it is not f32. */
  readonly precision?: Choice;
  /** Only where it is not plain cross-entropy. */
  readonly loss?: Choice;
  readonly mix?: readonly Choice[];
  readonly average?: Choice;
  /** Only where it may end before its duration is over. */
  readonly stop?: Choice;
  /** Names of tensors, in the model's order; only where there are some. */
  readonly frozen?: readonly string[];
  /** Only where it is not 1. */
  readonly layerDecay?: number;
  /** How long until the next unit from the head is trained too; only where units wait. */
  readonly unfreeze?: Duration;
}

export interface TrainingStreams {
  readonly order: StreamSpec;
  readonly augment: StreamSpec;
  /** Only where the model drops something. */
  readonly dropout?: StreamSpec;
  /** Only where images are mixed. */
  readonly mix?: StreamSpec;
}

/** A probe of the catalogue that has a node of its own; `plugin` is those that plug-ins bring. */
export type ProbeOp = `probe.${NodeProbeId | "plugin"}`;

/** A function of states of the catalogue. */
export type StateOp = `state.${StateId}`;

/** Parameters by operation. Images are [channels, size, size] uint8 once prepared. */
export type OpParams = OwnParams & { readonly [K in ProbeOp]: ProbeParams } & { readonly [K in StateOp]: StateParams };

interface OwnParams {
  "dataset.index": {
    readonly adapter: Choice;
    readonly fingerprint: string;
    readonly split: SplitSpec;
    readonly stream: StreamSpec | null;
  };
  /** input `index`; `train`: the training split's preparation, for every other part. Outputs `images`, `labels`, `ids`, and the channel statistics of the training split. */
  "dataset.prepare": {
    readonly splitName: PartName;
    readonly size: number;
    readonly channels: number;
    /** Done to every image after it was resized; only where there are some. */
    readonly transforms?: readonly TransformParams[];
  };
  /**
   * inputs `index`, and the prepared images it chooses from, by part (`train`, `val`, `test`, `unassigned`). Chooses
   * and relabels cases without copying an image; what it leaves is read like what `dataset.prepare` leaves.
   */
  "dataset.view": { readonly splitName: EvaluationSplit | TrainingSplit; readonly views: readonly ViewParams[] };
  /** `names`: what its tensors are called in the file; absent where they are as timm's, or as a convention has them. */
  "weights.import": { readonly digest: string; readonly names?: WeightsNames };
  /** inputs `state0…`: the states the manifest draws from. Output `state` (safetensors). Also every composition. */
  init: { readonly model: ModelSpec; readonly manifest: readonly ManifestEntry[] };
  /**
   * inputs `init`, `train`, `val` (absent where the dataset has no such split and nothing selects on it). Outputs
   * `selected`, `last`, `keep0…` (in the order of `recipe.keep`), and the history.
   */
  train: {
    readonly model: ModelSpec;
    readonly recipe: TrainingParams;
    /** What every check measures on input `val`: the selection's metric, else the target's. */
    readonly metric: string;
    /** Of the metric, where it is not its first. */
    readonly versions?: CatalogVersions;
    /** Of a plug-in's metric. */
    readonly plugins?: PluginVersions;
    readonly task: "multiclass" | "binary" | "multilabel";
    readonly normalize: NormalizeParams;
    readonly streams: TrainingStreams;
  };
  /** inputs `state`, `data`. Output `features`: what the head reads of every image, [images, width]. */
  features: { readonly model: ModelSpec; readonly normalize: NormalizeParams };
  /**
   * inputs `init`, `train` (whose labels it reads) and `features`. Fits the head by logistic regression. Outputs as a
   * training's.
   */
  fit: {
    readonly model: ModelSpec;
    readonly normalize: NormalizeParams;
    readonly task: "multiclass" | "binary" | "multilabel";
    readonly solver: Choice;
    readonly l2: number;
  };
  /**
   * inputs `score{trial}.{cell}`: each trial of the grid on the validation split of every cell that chooses with it. The
   * best by the mean over cells; the earlier of two that are equal. Output `choice`; rows are the chosen values.
   */
  "tune.choose": MetricVersions & {
    readonly metric: string;
    readonly grid: readonly { readonly path: string; readonly values: readonly number[] }[];
    readonly cells: number;
  };
  /** inputs `choice`, `init`, `train` and `trial{i}`. Outputs of the chosen trial. */
  "tune.take": { readonly model: ModelSpec; readonly normalize: NormalizeParams };
  /**
   * inputs `choice` and those of the stage; `trial{i}`, the same stage of every trial, where it stops early. By the
   * parameters at the chosen point of the grid, for as long as that trial took to its selected state; outputs as the stage's.
   */
  "tune.refit": {
    readonly model: ModelSpec;
    readonly normalize: NormalizeParams;
    readonly stages: readonly (
      | { readonly op: "train"; readonly params: OwnParams["train"] }
      | { readonly op: "fit"; readonly params: OwnParams["fit"] }
    )[];
  };
  /**
   * inputs `state`, `data`, and `normalize` where the data are another set's: the training images whose statistics
   * hold. Outputs `logits`, `ids`, `labels`.
   */
  predict: { readonly model: ModelSpec; readonly normalize: NormalizeParams };
  /**
   * inputs `data`, whose images' ids it is read by, and `index`, which knows them all. Outputs as `predict`'s.
   */
  "predictions.import": {
    readonly digest: string;
    readonly scores: "probabilities" | "logits";
    readonly task: "multiclass" | "binary" | "multilabel";
  };
  /** input `index`, whose ids its rows are held to. Outputs `features` [rows, width], `ids` by row. */
  "features.import": { readonly digest: string; readonly array: string };
  score: ScoreParams;
  /**
   * inputs `first0`, `second0`, …: predictions of both sides, a pair a repeat, on the same cases. One row: p of a test of
   * the catalogue.
   */
  "test.cases": { readonly method: string; readonly task: string; readonly versions: CatalogVersions };
  /** input `train`: reads its history; `choice` where the images a step are those of the chosen trial. */
  "probe.history": {
    readonly measure: string;
    readonly metric: string;
    readonly options: Choice;
    /** Images a step, or by trial; only where images are counted. */
    readonly batch?: number | readonly number[];
  };
}
/** A transform, and what it draws from where it does. */
export interface TransformParams extends Choice {
  readonly stream?: StreamSpec;
}
/**
 * inputs `predictions`; `threshold`, the predictions it is chosen on; `index`, where cases are grouped by what it says
 * of them.
 */
export interface ScoreParams {
  readonly metric: string;
  readonly task: string;
  readonly versions?: CatalogVersions;
  readonly plugins?: PluginVersions;
  readonly threshold?: { readonly kind: "value"; readonly value: number } | ThresholdRuleSpec;
  readonly groups?: { readonly by: readonly GroupingSpec[]; readonly minCases: number };
  readonly interval?: {
    readonly resamples: number;
    readonly by: string | null;
    /** Only where the ends are no plain percentiles. */
    readonly method?: "bca";
    readonly stream: StreamSpec;
  };
}
/** A view without names, and with the stream it draws from. */
export type ViewParams =
  | { readonly kind: "where"; readonly condition: CaseCondition }
  | {
      readonly kind: "folds";
      readonly folds: number;
      readonly fold: number;
      readonly by: string | null;
      readonly stream: StreamSpec;
    }
  | {
      readonly kind: "subset";
      readonly amount: SubsetSpec["amount"];
      readonly stratify: SubsetSpec["stratify"];
      readonly by: string | null;
      /** Of the training split. */
      readonly stream: StreamSpec;
      /** Of the validation split, where it is cut too: drawn once, whatever the repeat. */
      readonly val: StreamSpec | null;
    };
/** Versions of the catalogue entries a probe uses (`score`, `top1`), so that a changed definition changes the key. */
export type CatalogVersions = { readonly [id: string]: number };
/** Of entries that are a plug-in's: the plug-in, so that its changed code changes the key. */
export type PluginVersions = { readonly [id: string]: PluginRef };
export interface MetricVersions {
  readonly versions: CatalogVersions;
  readonly plugins?: PluginVersions;
}
/** Of a probe's node; its inputs are those its catalogue entry names. The probe's own parameters stand beside these. */
export interface ProbeParams {
  readonly model: ModelSpec;
  /** Only where it runs the model. */
  readonly layers?: readonly string[];
  readonly normalize?: NormalizeParams;
  /** By input's role, of a state that is features from elsewhere: what their layer is called. */
  readonly given?: { readonly [role: string]: string };
  /** Only where it scores predictions. */
  readonly metric?: string;
  /** Only where it draws. */
  readonly stream?: StreamSpec;
  readonly versions?: CatalogVersions;
  readonly plugins?: PluginVersions;
  /** Of a plug-in's, whose own parameters stand here alone: its names may be any. */
  readonly probe?: PluginProbeParams;
  readonly [option: string]: unknown;
}
export interface PluginProbeParams extends Choice {
  /** As its catalogue entry says. */
  readonly taps: "layers" | "embedding" | "none";
  readonly task: string;
}
/** Of a function of states; its inputs are those its catalogue entry names, its output `state`. Its own parameters stand beside. */
export interface StateParams {
  readonly model: ModelSpec;
  /** Only where it reads images. */
  readonly normalize?: NormalizeParams;
  readonly batch?: number;
  /** Only where it draws. */
  readonly stream?: StreamSpec;
  readonly [option: string]: unknown;
}
/** In RGB [0,1] units; `data`: computed once from the training split, recorded with the prepared data. */
export type NormalizeParams =
  | { readonly kind: "given"; readonly mean: readonly number[]; readonly std: readonly number[] }
  | { readonly kind: "data" };

export type OpName = keyof OpParams;
