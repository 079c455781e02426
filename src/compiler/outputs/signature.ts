/**
 * What the check of derive, table and figure needs to know of the rest of a study, and its entry's shape.
 * Experiments, sources and derives are all tables: named axes, and columns that are states or numbers.
 */

import type { Call, Declaration, Expression } from "../../../grammar/syntax.js";
import type { Choice } from "../../catalog/types.js";
import type { DiagnosticSink, Location } from "../diagnostics.js";
import type { Request } from "../evaluate/values.js";
import type {
  Axis,
  Cell,
  DatasetSpec,
  EvaluationSplit,
  Experiment,
  ModelChoice,
  ProbeSpec,
  SourceSpec,
  StateSpec,
} from "../study.js";
import type { DerivedColumn, FigureSpec, TableSpec } from "./types.js";

/** What is known of a metric before there is a number of it. */
export interface MetricFacts {
  /** Which way is better; `none` for a number that is only described. */
  readonly direction: "max" | "min" | "none";
  /** The least and greatest value it can take; absent where unbounded. */
  readonly least?: number;
  readonly greatest?: number;
}

export interface ColumnSignature {
  readonly name: string;
  /** `layer`, `layer2`, `split`, loop axes: the axes this column has beside the table's own. */
  readonly inner: readonly Axis[];
  readonly metric: string;
  /** Two estimators of one metric never share a column. */
  readonly estimator: string;
  /** The estimator says which state is scored, not how. */
  readonly rescored?: true;
  readonly facts: MetricFacts;
  /** A value for every repeat, or one for all. */
  readonly perRepeat: boolean;
  /** One for every unordered pair of repeats. */
  readonly pairs?: true;
  /** Of a derive with a layer axis and no model axis: the models whose layers these are. Found from the cells otherwise. */
  readonly layersOf?: readonly string[];
  readonly location: Location;
}

const STATE_COLUMNS = ["initial", "selected", "last"] as const;
export type StateColumn = (typeof STATE_COLUMNS)[number];

export interface TableSignature {
  readonly name: string;
  readonly kind: "experiment" | "derive" | "source";
  /** Replicates (`repeat`, `fold`) are not among them. */
  readonly axes: readonly Axis[];
  readonly columns: readonly ColumnSignature[];
  /** Empty where a table holds numbers only. */
  readonly states: readonly StateColumn[];
  /** The table's cells, looked up by point for probes across cells and for properties of its models and targets. */
  readonly cells: readonly Cell[];
  readonly location: Location;
}

/** A declaration and the file it stands in. */
export interface OutputDeclaration {
  readonly declaration: Declaration;
  readonly path: string;
}

/** A probe called in a derive: what the catalogue says of it, with the states still as written. */
export interface ProbeHead {
  readonly choice: Choice;
  /** The arguments in state positions, in the probe's order: `main.selected[init: WT]`. */
  readonly states: readonly Expression[];
  readonly on: EvaluationSplit;
  readonly dataset?: DatasetSpec;
  /** Of a probe of data sets, which joins no states: what it is of one cell's target. */
  readonly sets?: SetsProbe;
  readonly metric?: string;
  readonly estimator: string;
  readonly rescored?: true;
  /** What results call the number: the metric of a score, the probe's id otherwise. */
  readonly column: string;
  /** Axes the probe adds. */
  readonly inner: readonly Axis[];
}

export interface SetsProbe {
  /** Whether it names `target`; else it is the same everywhere. */
  readonly readsTarget: boolean;
  /** Of all experiments. */
  readonly cells: readonly Cell[];
  /** Undefined where something was reported. */
  of(cell: Cell): Pick<ProbeSpec, "states" | "datasets" | "model"> | undefined;
}

export type PropertySubject =
  | { readonly kind: "model"; readonly model: ModelChoice }
  | { readonly kind: "target"; readonly target: DatasetSpec }
  | { readonly kind: "source"; readonly source: SourceSpec };

export type PropertyValue =
  | { readonly status: "known"; readonly value: number }
  /** There is such a property, but neither data nor lock to read it from. */
  | { readonly status: "unknown" }
  | { readonly status: "none"; readonly properties: readonly string[] };

/** The rest of the compiler, as seen from here. */
export interface OutputsContext {
  readonly sink: DiagnosticSink;
  /** Ids a derive may call; `probe` checks a call of one. */
  readonly probes: readonly string[];
  /** Checks a probe call against the catalogue; reports what is wrong itself and then gives nothing. */
  probe(call: Call, path: string): ProbeHead | undefined;
  /** A state as written in a derive that is no column: made of others, or of sources. Reports what is wrong itself. */
  state(expression: Expression, path: string): ((request: Request) => StateSpec | undefined) | undefined;
  /** Of all experiments. */
  cells(): readonly Cell[];
  /** Whether a source of this name is declared, or imported, in a file. */
  isSource(name: string, path: string): boolean;
  metric(id: string): MetricFacts | undefined;
  /** `model.units`, `target.size`: of one model, target or source. */
  property(subject: PropertySubject, name: string): PropertyValue;
}

export interface CheckedOutputs {
  readonly derives: readonly DerivedColumn[];
  readonly tables: readonly TableSpec[];
  readonly figures: readonly FigureSpec[];
}

/** Declarations in file order, those of other kinds are skipped; a derive may name one declared below it. */
export type CheckOutputs = (
  declarations: readonly OutputDeclaration[],
  tables: readonly TableSignature[],
  context: OutputsContext,
) => CheckedOutputs;

const UNKNOWN_METRIC: MetricFacts = { direction: "none" };

/** An expanded experiment as a table. */
export function experimentTable(experiment: Experiment, metric: OutputsContext["metric"]): TableSignature {
  return {
    name: experiment.name,
    kind: "experiment",
    axes: experiment.axes,
    columns: experiment.measures.map((measure) => ({
      name: measure.name,
      inner: measure.inner,
      metric: measure.metric,
      estimator: measure.estimator,
      ...(measure.rescored === undefined ? {} : { rescored: measure.rescored }),
      facts: metric(measure.metric) ?? UNKNOWN_METRIC,
      perRepeat: true,
      ...(measure.pairs === undefined ? {} : { pairs: measure.pairs }),
      location: measure.location,
    })),
    states: experiment.cells.some(({ train }) => train.length === 0) ? [] : STATE_COLUMNS,
    cells: experiment.cells,
    location: experiment.location,
  };
}
