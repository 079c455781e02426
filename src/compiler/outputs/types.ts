/** What a study says it wants to see: derived columns, tables, figures. Checked; evaluated on results by the report. */

import type { Location } from "../diagnostics.js";
import type { Axis, AxisPoint, Cell, ProbeSpec, Scalar } from "../study.js";

/** A number for every point of its axes: the one value of the language, before there are results. */
export type Quantity =
  | { readonly kind: "constant"; readonly value: number }
  /** A measure of an experiment, or an earlier derive; `slice` fixes axes. */
  | { readonly kind: "column"; readonly table: string; readonly column: string; readonly slice: Slice }
  /** An axis read as a number, or a property of one: `n`, `model.units`, `target.size`. */
  | { readonly kind: "axis"; readonly axis: string; readonly property?: string }
  | {
      readonly kind: "arithmetic";
      readonly operator: "+" | "-" | "*" | "/";
      readonly left: Quantity;
      readonly right: Quantity;
    }
  | { readonly kind: "negate"; readonly operand: Quantity }
  /** Over the named axes; without names, over the replicates. */
  | {
      readonly kind: "reduce";
      readonly by: "mean" | "min" | "max" | "sd";
      readonly of: Quantity;
      readonly over: readonly string[];
    }
  | { readonly kind: "function"; readonly name: "log" | "logit" | "exp" | "abs"; readonly of: Quantity };

export type Slice = { readonly [axis: string]: readonly AxisPoint[] };

export interface DerivedColumn {
  readonly name: string;
  /** Axes left after slicing; `repeat` present while it still varies per replicate. */
  readonly axes: readonly Axis[];
  readonly perRepeat: boolean;
  readonly value: DerivedValue;
  readonly location: Location;
}
export type DerivedValue =
  | { readonly kind: "quantity"; readonly quantity: Quantity }
  /** A probe across cells: one instance a point and repeat, lowered to plan nodes like any measure. */
  | {
      readonly kind: "probe";
      readonly metric: string;
      readonly estimator: string;
      readonly instances: readonly DerivedProbe[];
    };
export interface DerivedProbe {
  readonly point: { readonly [axis: string]: AxisPoint };
  readonly repeat: number;
  /** The cell whose model, target and seed the probe runs with. */
  readonly cell: Cell;
  readonly probe: ProbeSpec;
}

export interface TableRef {
  readonly table: string;
  readonly slice: Slice;
}

export interface TableSpec {
  readonly name: string;
  readonly from: readonly TableRef[];
  readonly rows: readonly string[];
  readonly columns: readonly string[];
  readonly cell: Quantity;
  readonly cellLabel: string;
  readonly best?: { readonly per: readonly string[]; readonly direction: "max" | "min" };
  readonly note?: Quantity;
  readonly location: Location;
}

/** An interval drawn around a mean; always named where it is shown. */
export type Band = "ci95" | "sd" | "sem" | "none";

export interface Channel {
  readonly channel: "x" | "y" | "color" | "size" | "dash";
  readonly label: string;
  readonly type: "quantitative" | "ordinal" | "nominal";
  readonly value: Quantity | { readonly kind: "category"; readonly axis: string };
}

export interface LayerSpec {
  readonly mark: "line" | "point" | "bar" | "star" | "rule" | "heatmap";
  readonly from: TableRef;
  readonly channels: readonly Channel[];
  readonly band: Band;
  readonly location: Location;
}

export interface FigureSpec {
  readonly name: string;
  readonly layers: readonly LayerSpec[];
  readonly facet: readonly string[];
  readonly scales: { readonly [channel: string]: "linear" | "log" };
  readonly location: Location;
}

export type { Scalar };
