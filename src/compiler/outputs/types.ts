/** What a study says it wants to see: derived columns, tables, figures. Checked; evaluated on results by the report. */

import type { AdjustmentName } from "../../catalog/tests/index.js";
import type { Location } from "../diagnostics.js";
import type { Axis, AxisPoint, Cell, ProbeSpec, Scalar } from "../study.js";

export const ARITHMETIC = ["+", "-", "*", "/"] as const;
export type ArithmeticOperator = (typeof ARITHMETIC)[number];
export const REDUCTIONS = ["mean", "min", "max", "sd"] as const;
export type Reduction = (typeof REDUCTIONS)[number];
export const FUNCTIONS = ["log", "logit", "exp", "abs"] as const;
export type FunctionName = (typeof FUNCTIONS)[number];
export const CORRELATIONS = ["pearson", "spearman", "kendall"] as const;
export type CorrelationMethod = (typeof CORRELATIONS)[number];

/** A number for every point of its axes: the one value of the language, before there are results. */
export type Quantity =
  | { readonly kind: "constant"; readonly value: number }
  /** A measure of an experiment. */
  | { readonly kind: "column"; readonly table: string; readonly column: string; readonly slice: Slice }
  /** An earlier derive, by its name. */
  | { readonly kind: "derive"; readonly name: string; readonly slice: Slice }
  /** An axis read as a number, or a property of one (`n`, `model.units`, `target.size`): a value a point, by label. */
  | { readonly kind: "axis"; readonly axis: string; readonly property?: string; readonly values: readonly AxisValue[] }
  | {
      readonly kind: "arithmetic";
      readonly operator: ArithmeticOperator;
      readonly left: Quantity;
      readonly right: Quantity;
    }
  | { readonly kind: "negate"; readonly operand: Quantity }
  /**
   * Over the named axes, within each replicate; without names, over the replicates; `repeat` or `fold` alone, over the
   * repeats of each fold or the folds of each repeat.
   */
  | { readonly kind: "reduce"; readonly by: Reduction; readonly of: Quantity; readonly over: readonly string[] }
  | { readonly kind: "function"; readonly name: FunctionName; readonly of: Quantity }
  | PairedTest
  | CorrelationSpec
  | RegressionSpec
  | LabelEquivalentSpec
  | BootstrapSpec;

/** How two quantities go together over the points of some axes, each point the mean of its replicates. */
export interface CorrelationSpec {
  readonly kind: "correlation";
  readonly left: Quantity;
  readonly right: Quantity;
  readonly method: CorrelationMethod;
  /** With `repeat` or `fold` among them, replicates are points of their own. */
  readonly over: readonly string[];
  readonly interval: RowIntervalSpec;
  /** The study's, for what is drawn. */
  readonly seed: number;
}

/** Least squares; a row a point of the axes it runs over, a coefficient a point of the axis `term`. */
export interface RegressionSpec {
  readonly kind: "regression";
  readonly of: Quantity;
  readonly terms: readonly RegressionTerm[];
  readonly over: readonly string[];
  /** Axes whose points are clusters: errors are CR1. Empty: plain ones. */
  readonly cluster: readonly string[];
  readonly interval: RowIntervalSpec;
  readonly seed: number;
}
export type RegressionTerm =
  | { readonly kind: "number"; readonly label: string; readonly quantity: Quantity }
  /** 1 where an axis has a point, 0 elsewhere: a term for each point but the first. */
  | ({ readonly kind: "category" } & CategorySpec)
  /** The product of a number, where there is one, and of such terms: one for each of their combinations. */
  | {
      readonly kind: "interaction";
      readonly number?: { readonly label: string; readonly quantity: Quantity };
      readonly categories: readonly CategorySpec[];
    };
export interface CategorySpec {
  readonly axis: string;
  readonly points: readonly string[];
}
export type RowIntervalSpec =
  /** As theory gives it: Fisher's z, Student's t. */
  | { readonly kind: "theory" }
  /** Percentiles; `by`: axes whose points are drawn whole. */
  | { readonly kind: "bootstrap"; readonly resamples: number; readonly by: readonly string[] };

/** A number with percentiles of what it is when repeats, folds or points of axes are drawn with replacement. */
export interface BootstrapSpec {
  readonly kind: "bootstrap";
  readonly of: Quantity;
  readonly resamples: number;
  readonly by: readonly DrawnUnit[];
  readonly seed: number;
}
export interface DrawnUnit {
  /** `repeat`, `fold`, or an axis the number has been reduced over. */
  readonly axis: string;
  readonly points: readonly string[];
}

/** How many labels the right side needs to score as the left one does, read off its curve along an axis. */
export interface LabelEquivalentSpec {
  readonly kind: "label_equivalent";
  readonly left: Quantity;
  readonly right: Quantity;
  readonly along: string;
  readonly labels: readonly AxisValue[];
  readonly direction: "max" | "min";
}

/** p of a test of two quantities at every point, pairs over the named axes, `repeat` and `fold` among them. */
export interface PairedTest {
  readonly kind: "test";
  readonly left: Quantity;
  readonly right: Quantity;
  /** A test of the catalogue. */
  readonly method: string;
  readonly over: readonly string[];
  /** For as many tests as there are points. */
  readonly adjust: AdjustmentName;
  /** The study's, for signs that are drawn. */
  readonly seed: number;
}

export interface AxisValue {
  readonly point: string;
  /** Null where neither data nor lock was there to read it from. */
  readonly value: number | null;
}

/**
 * Axis by axis, the points to keep; `repeat` may be among them, its labels are numbers. An axis sliced to a single
 * point (`[init: WT]`) is gone, one sliced to a list (`[init: [WT, ST]]`) stays.
 */
export type Slice = { readonly [axis: string]: SliceEntry };
export interface SliceEntry {
  readonly points: readonly AxisPoint[];
  readonly keep: boolean;
  /** `[layer2: layer]`, `[n: model.units]`: the point is another one at every point of this other axis. */
  readonly follows?: Following;
}
export interface Following {
  readonly axis: string;
  /** By label of that axis, the label that is kept; the same label where this is not there. */
  readonly points?: { readonly [label: string]: string };
}

export interface DerivedColumn {
  readonly name: string;
  /** The expression, as a person would write it; for captions. */
  readonly text?: string;
  /** Axes left after slicing and reducing, inner axes included; replicates are not among them. */
  readonly axes: readonly Axis[];
  readonly perRepeat: boolean;
  /** What `results.csv` calls the number: the metric it stays in (a difference of top1), else how it was made. */
  readonly metric: string;
  readonly estimator: string;
  readonly value: DerivedValue;
  readonly location: Location;
}
/**
 * A probe's rows are in the results under `experiment = derive:NAME` and `measure = NAME`, one node a point and repeat;
 * a quantity is evaluated on results and written beside them under the same names.
 */
export type DerivedValue =
  | { readonly kind: "quantity"; readonly quantity: Quantity }
  /** A probe across cells: one instance a point and repeat, lowered to plan nodes like any measure. */
  | {
      readonly kind: "probe";
      readonly metric: string;
      readonly estimator: string;
      readonly instances: readonly DerivedProbe[];
    }
  /** A test over cases: one node a point, of the predictions of all repeats of both sides. */
  | {
      readonly kind: "comparison";
      readonly method: string;
      readonly adjust: AdjustmentName;
      readonly instances: readonly DerivedComparison[];
    };
/** Two scores of one repeat on the same cases, repeat by repeat. */
export interface DerivedComparison {
  readonly point: { readonly [axis: string]: AxisPoint };
  readonly pairs: readonly { readonly first: ScoredCell; readonly second: ScoredCell }[];
}
export interface ScoredCell {
  readonly cell: Cell;
  readonly probe: ProbeSpec;
}
export interface DerivedProbe {
  readonly point: { readonly [axis: string]: AxisPoint };
  readonly repeat: number;
  /** The cell whose model, target and seed the probe runs with. */
  readonly cell: Cell;
  readonly probe: ProbeSpec;
}

export interface TableRef {
  readonly table: string;
  readonly kind: "experiment" | "derive" | "source";
  readonly slice: Slice;
}

export interface TableSpec {
  readonly name: string;
  readonly from: readonly TableRef[];
  readonly rows: readonly Axis[];
  readonly columns: readonly Axis[];
  /** What stands in a cell; several stand side by side, each a column of its own within every column. */
  readonly cells: readonly CellSpec[];
  /** The best number of every group with equal `per` axes is set in bold, and what noise does not tell from it. */
  readonly best?: { readonly per: readonly string[] };
  readonly note?: { readonly label: string; readonly value: Quantity };
  readonly location: Location;
}

export interface CellSpec {
  readonly label: string;
  readonly quantity: Quantity;
  /** The metric and estimator of the numbers, where they have one: said in the caption. */
  readonly metric?: string;
  readonly estimator?: string;
  /** Which of two numbers is the better one. */
  readonly direction: "max" | "min" | "none";
}

/** An interval drawn around a mean; always named where it is shown. */
export type Band = "ci95" | "sd" | "sem" | "none";
export const MARKS = ["line", "point", "bar", "star", "rule", "heatmap"] as const;
export type MarkName = (typeof MARKS)[number];
export const CHANNELS = ["x", "y", "color", "size", "dash"] as const;
export type ChannelName = (typeof CHANNELS)[number];

export interface Channel {
  readonly channel: ChannelName;
  readonly label: string;
  readonly type: "quantitative" | "ordinal" | "nominal";
  readonly value: ChannelValue;
}
export type ChannelValue =
  | { readonly kind: "quantity"; readonly quantity: Quantity; readonly metric?: string; readonly estimator?: string }
  /** The axis' points, in their order. */
  | { readonly kind: "category"; readonly axis: Axis };

export interface LayerSpec {
  readonly mark: MarkName;
  readonly from: readonly TableRef[];
  readonly channels: readonly Channel[];
  /** Axes no channel reads: one mark a point of them (`point` only). */
  readonly detail: readonly Axis[];
  readonly band: Band;
  readonly trend: "linear" | "none";
  readonly location: Location;
}

export interface FigureSpec {
  readonly name: string;
  readonly layers: readonly LayerSpec[];
  /** A layer without a facet's axis is drawn in every panel. */
  readonly facet: readonly Axis[];
  readonly scales: { readonly [channel: string]: "linear" | "log" };
  readonly location: Location;
}

export type { Scalar };
