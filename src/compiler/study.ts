/**
 * The checked study: what a `.xfer` file and its imports mean, with every name resolved, every default filled in and
 * every experiment expanded into cells. Pure data; names, labels and locations are in it for people and never in keys.
 */

import type { Catalog } from "../catalog/index.js";
import type { Choice, Duration } from "../catalog/types.js";
import type { Location } from "./diagnostics.js";
import type { DerivedColumn, FigureSpec, TableSpec } from "./outputs/types.js";
import type { DatasetSpec, EvaluationSplit } from "./study/dataset.js";
import type { RecipeSpec, Selector } from "./study/recipe.js";
import type { WeightsNames } from "./weights-names.js";

export type * from "./study/dataset.js";
export type * from "./study/recipe.js";

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

// ── models, sources ────────────────────────────────────────────────────────────────────────────────────

/** A declared model; classes and channels come from the target when a cell is lowered. */
export interface ModelChoice {
  readonly name: string;
  readonly family: Choice;
  /** The model it was made of by `with`, which sources may be of. */
  readonly base?: ModelChoice;
  /** Nobody asked for it: images are prepared for it where only predictions or features of other models are read. */
  readonly standIn?: true;
  readonly location: Location;
}

export interface WeightsSpec {
  readonly path: string;
  readonly declaredIn: string;
  /** Where its tensors are and how they are called, where that is told. */
  readonly names?: WeightsNames;
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

/** A table of what a network from elsewhere computed of images; to files and locks it is one like that of predictions. */
export interface FeaturesSpec {
  readonly path: string;
  readonly declaredIn: string;
  readonly scores: "features";
  /** Which array, of files that have several; the name of the layer. */
  readonly array: string;
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
  /** No tensors either, but what layers would have given: probes of features read it, and nothing else does. */
  | { readonly kind: "features"; readonly features: FeaturesSpec }
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
  /** The estimator says which state is scored, not how. */
  readonly rescored?: true;
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
/** The measure that says how long a training took, where `stop` is said, and what its numbers are: 0 or 1 for `stopped`. */
export const TRAINED_MEASURE = "trained";
export const TRAINED_NUMBERS = ["steps", "budget", "stopped", "selected"] as const;

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
/** `by: class`: each class against the rest, where the data have no column of that name. */
export const CLASS_COLUMN = "class";
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
