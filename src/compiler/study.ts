/**
 * The checked study: what a `.xfer` file and its imports mean, with every name resolved, every default filled in and
 * every experiment expanded into cells. Pure data; names, labels and locations are in it for people and never in keys.
 */

import type { Catalog } from "../catalog/index.js";
import type { Choice, Duration } from "../catalog/types.js";
import type { Location } from "./diagnostics.js";
import type { Ordering } from "./ordering.js";
import type { DerivedColumn, FigureSpec, TableSpec } from "./outputs/types.js";

export interface CheckedStudy {
  readonly name: string;
  readonly title?: string;
  readonly seed: number;
  readonly repeats: number;
  readonly experiments: readonly Experiment[];
  readonly derives: readonly DerivedColumn[];
  readonly tables: readonly TableSpec[];
  readonly figures: readonly FigureSpec[];
  /** Set when a profile or `--set` changed the study: outputs are watermarked with it. */
  readonly profile?: string;
  readonly overrides: readonly string[];
  /** Every file read, the study first; paths relative to the root. */
  readonly files: readonly { readonly path: string; readonly text: string }[];
  /** What it was checked against, where plug-ins bring something; else what is built in. */
  readonly catalog?: Catalog;
}

// ── datasets, models, sources ────────────────────────────────────────────────────────────────────────────────────

export interface DatasetSpec {
  /** As declared; never in a key. */
  readonly name: string;
  readonly adapter: Choice;
  /** Folder or file, as written, and the study file it is relative to. Data roots may replace it. */
  readonly path: string;
  readonly declaredIn: string;
  /** The adapter's own splits, or fractions drawn by us (by group where `by` names one). */
  readonly split: SplitSpec;
  /** Metric id of `target.metric`. */
  readonly metric: string;
  readonly normalize?: { readonly mean: readonly number[]; readonly std: readonly number[] };
  /** The declared data set whose files these are, where it is not this one: data roots go by it. */
  readonly files?: string;
  /** As the study names it, before what the folds and labels of a cell make of it. */
  readonly base?: DatasetSpec;
  /** What was made of the adapter's cases, in order; absent: nothing. */
  readonly views?: readonly ViewSpec[];
  /** The study's seed, where how many cases there are depends on it. */
  readonly seed?: number;
  readonly location: Location;
}

/** One step of the dataset algebra: `where`, `with`, `take`, `labels`, `folds`. */
export type ViewSpec =
  | { readonly kind: "where"; readonly condition: CaseCondition }
  /** Of the images of every split. */
  | { readonly kind: "transform"; readonly transform: Choice }
  /** All cases dealt into folds anew: `fold` (1-based) is the test split, the next one validation, the rest training. */
  | { readonly kind: "folds"; readonly folds: number; readonly fold: number; readonly by?: string }
  | SubsetSpec;

/** Fewer training cases, the first of an order that a larger subset has too. */
export interface SubsetSpec {
  readonly kind: "subset";
  readonly amount: SubsetAmount;
  /** Every prefix of the order has the classes in proportion, or is drawn from all alike. */
  readonly stratify: "label" | "none";
  /** Whole groups instead of cases. */
  readonly by?: string;
  /** The smaller one inside the larger; else every amount has an order of its own. */
  readonly nested: boolean;
  /** Whether the validation split is cut in proportion, or stays whole. */
  readonly val: "cut" | "whole";
  /** 0 where repeats share the draw. */
  readonly repeat: number;
}
export type SubsetAmount =
  | { readonly kind: "share"; readonly value: number }
  | { readonly kind: "images"; readonly value: number }
  | { readonly kind: "per-class"; readonly value: number };

/** About one case; `class`, or a column of the data set. A case without a value meets no condition on it. */
export type CaseCondition =
  /** Values sorted, none twice. */
  | { readonly kind: "in"; readonly column: string; readonly values: readonly (string | number)[] }
  /** Classes dealt at random into parts of equal size: this one of so many, from 0. `draw` tells ways of dealing apart. */
  | {
      readonly kind: "part-of-classes";
      readonly parts: number;
      readonly part: number;
      readonly draw: number;
      /** The study's, once it is in a plan. */
      readonly seed?: number;
    }
  | { readonly kind: "compare"; readonly column: string; readonly operator: Ordering; readonly value: number }
  | { readonly kind: "not"; readonly condition: CaseCondition }
  | { readonly kind: "and" | "or"; readonly left: CaseCondition; readonly right: CaseCondition };
export type SplitSpec =
  | { readonly kind: "official" }
  | {
      readonly kind: "fractions";
      readonly train: number;
      readonly val: number;
      readonly test: number;
      readonly by?: string;
    };

/** A declared model; classes and channels come from the target when a cell is lowered. */
export interface ModelChoice {
  readonly name: string;
  readonly family: Choice;
  /** The model it was made of by `with`, which sources may be of. */
  readonly base?: ModelChoice;
  readonly location: Location;
}

export interface WeightsSpec {
  readonly path: string;
  readonly declaredIn: string;
  readonly location: Location;
}

/** A table of what a model from elsewhere said of images. */
export interface PredictionsSpec {
  readonly path: string;
  readonly declaredIn: string;
  /** What its columns of classes hold. */
  readonly scores: "probabilities" | "logits";
  readonly location: Location;
}

/** Where transferred tensors come from. */
export type SourceSpec =
  | { readonly kind: "weights"; readonly name: string; readonly weights: WeightsSpec }
  | { readonly kind: "pretrain"; readonly name: string; readonly pretrain: PretrainSpec; readonly at: StateMoment }
  | { readonly kind: "state"; readonly name: string; readonly state: StateSpec };

export interface PretrainSpec {
  readonly name: string;
  readonly on: DatasetSpec;
  readonly using: readonly RecipeSpec[];
  readonly init: InitSpec;
  /** A chain: the source its own init draws from. */
  readonly from?: SourceSpec;
  readonly keep: readonly Duration[];
  /** Shared by all repeats, or trained anew for each. */
  readonly repeats: "shared" | "own";
  readonly location: Location;
}

export type StateMoment =
  | { readonly kind: "initial" }
  | { readonly kind: "selected" }
  | { readonly kind: "last" }
  | { readonly kind: "checkpoint"; readonly at: Duration };

/** A state of the algebra. */
export type StateSpec =
  | { readonly kind: "cell"; readonly cell: Cell; readonly moment: StateMoment }
  | { readonly kind: "source"; readonly source: SourceSpec }
  /** No tensors, but what they would have said: a score reads it as it reads a state's predictions, and nothing else does. */
  | { readonly kind: "predictions"; readonly predictions: PredictionsSpec }
  /** `base with { parts <- other }`, and every init: first match wins, tensors no rule names keep the base's. */
  | { readonly kind: "compose"; readonly base: StateSpec; readonly rules: readonly PartRule[] }
  /** A function of the catalogue: `lerp(a, b, 0.5)`. */
  | {
      readonly kind: "call";
      readonly call: Choice;
      readonly states: readonly StateSpec[];
      readonly location: Location;
    };

// ── init ─────────────────────────────────────────────────────────────────────────────────────────────────────────

export interface InitSpec {
  /** For people: `WT_ST(3)`. */
  readonly name: string;
  readonly rules: readonly PartRule[];
  readonly location: Location;
}

export interface PartRule {
  readonly parts: readonly Selector[];
  readonly except: readonly Selector[];
  readonly source: TensorSource;
  readonly location: Location;
}

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

export type TensorSource =
  /** `from`: the model of the source whose tensors are taken; absent: the cell's own. */
  | { readonly kind: "transfer"; readonly from?: ModelChoice }
  /** Sampled from each tensor's own statistics in the source. */
  | {
      readonly kind: "stats";
      readonly sampler: Choice;
      readonly treatment?: "as_published";
      readonly from?: ModelChoice;
    }
  | { readonly kind: "random"; readonly scheme: Choice }
  | { readonly kind: "state"; readonly state: StateSpec };

/** Of what is only looked at: drawn by the family's own scheme, and never worked out. */
export function untrained(location: Location): InitSpec {
  const scheme: Choice = { id: "family", version: 1, params: {} };
  const rule: PartRule = { parts: [{ kind: "rest" }], except: [], source: { kind: "random", scheme }, location };
  return { name: "none", rules: [rule], location };
}

// ── recipes ──────────────────────────────────────────────────────────────────────────────────────────────────────

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
  /** Where it is written; in no key. */
  readonly augmentAt?: Location;
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

export type SplitName = "train" | "val" | "test";
/** Where cases lie: a split, or none where the data has no splits. */
export type PartName = SplitName | "unassigned";
/** What is trained on: the training split, or that and the validation split together. */
export type TrainingSplit = "train" | "train_val";
/** What is measured on: a split, or every case. */
export type EvaluationSplit = SplitName | "all";

// ── experiments and cells ────────────────────────────────────────────────────────────────────────────────────────

export type Scalar = number | string | boolean;

/** What an axis is about: joins and columns go by it. */
export type AxisRole = "model" | "target" | "source" | "init" | "train" | "repeat" | "layer" | "split" | "free";

/** `label` is what people see; `value` is what arithmetic and ordering use (the label again where there is no number). */
export interface AxisPoint {
  readonly label: string;
  readonly value: Scalar;
}
export interface Axis {
  readonly name: string;
  readonly role: AxisRole;
  /** In order of appearance, over all cells. */
  readonly points: readonly AxisPoint[];
  /** Of the layers of one of two states: which, as written: `initial`, `main.selected[init: WT]`. */
  readonly of?: string;
  readonly location: Location;
}

export interface MeasureSignature {
  readonly name: string;
  readonly probe: string;
  /** Shown in results beside every value. */
  readonly metric: string;
  readonly estimator: string;
  /** One for every unordered pair of repeats, not one for every repeat. */
  readonly pairs?: true;
  /** `layer`, `layer2`, `split`, and loop axes; points of layers depend on the model and are listed where known. */
  readonly inner: readonly Axis[];
  readonly location: Location;
}

export interface Experiment {
  readonly name: string;
  /** In order; `repeat` and `fold` are not among them. */
  readonly axes: readonly Axis[];
  /** How many folds each point has; absent: the data's own splits. */
  readonly folds?: number;
  readonly measures: readonly MeasureSignature[];
  readonly cells: readonly Cell[];
  readonly location: Location;
}

export type CellId = string & { readonly brand: "CellId" };

/** One training run of an experiment: a point on every axis, one repeat. Specs are shared objects between cells. */
export interface Cell {
  /** `main[model: vit_s, init: WT]#2`; for people and JSON, never in keys. */
  readonly id: CellId;
  readonly experiment: string;
  readonly point: { readonly [axis: string]: AxisPoint };
  /** 1-based. */
  readonly repeat: number;
  /** 1-based; also at `point.fold`. Absent where the experiment has no folds. */
  readonly fold?: number;
  readonly seed: number;
  readonly model: ModelChoice;
  readonly target: DatasetSpec;
  readonly source?: SourceSpec;
  readonly init: InitSpec;
  /** Of a tuned cell: those of the grid's first point. */
  readonly train: readonly RecipeSpec[];
  readonly tuned?: TunedCell;
  readonly probes: readonly ProbeSpec[];
  readonly location: Location;
}

/** A cell that is trained by what a grid of trainings shows to be best on the validation split. */
export interface TunedCell {
  /** Stages by point of the grid, the last path's points varying fastest. */
  readonly trials: readonly (readonly RecipeSpec[])[];
  readonly group: TuneGroup;
}
/** The measure that says which values a tuned cell has. */
export const CHOSEN_MEASURE = "tuned";

/** Cells that choose together: by the mean over them. */
export interface TuneGroup {
  readonly experiment: string;
  readonly at: { readonly [axis: string]: AxisPoint };
  readonly fold?: number;
  readonly metric: string;
  readonly paths: readonly {
    readonly path: string;
    readonly values: readonly number[];
    /** Of the grid; in no key. */
    readonly location: Location;
  }[];
  /** What the chosen one is trained on anew; `none`: the trial's own state is taken. */
  readonly refit: "train_val" | "none";
  /** Grows while cells are made. */
  readonly cells: Cell[];
  readonly location: Location;
}

/** What a score does with predictions beside its metric. */
export interface ScoringSpec {
  readonly threshold?: ThresholdSpec;
  /** A number for each group of each of these, beside which the whole is not reported. */
  readonly by: readonly GroupingSpec[];
  /** Groups of fewer cases are left out. */
  readonly minCases: number;
  readonly interval?: IntervalSpec;
}
export type ThresholdSpec =
  | { readonly kind: "value"; readonly value: number }
  /** Chosen on a split; absent data set: the target. */
  | (ThresholdRuleSpec & { readonly split: EvaluationSplit; readonly dataset?: DatasetSpec });
/** The greatest sensitivity + specificity; the highest threshold of so much sensitivity, the lowest of so much specificity. */
export type ThresholdRuleSpec =
  | { readonly kind: "youden" }
  | { readonly kind: "sensitivity" | "specificity"; readonly least: number };
export interface GroupingSpec {
  readonly column: string;
  /** Rising; a group from each edge up to the next, the last with its upper end. */
  readonly edges?: readonly number[];
}
/** Over resamples of the cases, or of groups of them: their percentiles, or those corrected for bias and skewness. */
export interface IntervalSpec {
  readonly kind: "bootstrap";
  readonly resamples: number;
  readonly method: "percentile" | "bca";
  readonly by?: string;
}

/** The other of two repeats: a replicate, like `fold`, at which a number of a pair is found. */
export const OTHER_REPEAT = "other_repeat";

/** One probe to run. Inner axes of a loop are already fixed; axes the probe itself adds (layer) appear in its rows. */
export interface ProbeSpec {
  readonly measure: string;
  readonly probe: Choice;
  readonly loops: { readonly [axis: string]: AxisPoint };
  readonly states: readonly StateSpec[];
  /** By parameter, of a probe that reads other data sets than the target. */
  readonly datasets?: { readonly [parameter: string]: DatasetSpec };
  /** Of a probe that says which model its states are of. */
  readonly model?: ModelChoice;
  /** Where the images come from: `on: target.test`. */
  readonly on: EvaluationSplit;
  /** Of another data set than the target. */
  readonly dataset?: DatasetSpec;
  readonly metric?: string;
  readonly scoring?: ScoringSpec;
  readonly estimator: string;
  readonly location: Location;
}
