/** Where names of a derive, table or figure are looked up, and how problems with them are said. */

import type { Expression, Span, Spanned } from "../../../grammar/syntax.js";
import type { Location } from "../diagnostics.js";
import { habit } from "../habits/index.js";
import {
  type DiagnosticExtras,
  diagnostic,
  didYouMean,
  type MessageName,
  nearest,
  type ParametersOf,
} from "../messages.js";
import type { Axis, Cell } from "../study.js";
import { type InnerAxis, innerAxes, unionAxes } from "./axes.js";
import type { ColumnSignature, MetricFacts, OutputsContext, StateColumn, TableSignature } from "./signature.js";
import { selectCells } from "./slices.js";
import { NO_FACTS, type Typed } from "./typed.js";
import type { Slice, TableRef } from "./types.js";

/** A table narrowed by `from main[init: WT]`. */
export interface SlicedTable {
  readonly signature: TableSignature;
  readonly slice: Slice;
}

/** What names mean inside one declaration. */
export interface Scope {
  readonly path: string;
  /** Tables whose axes may be read (`n`, `model.units`). */
  readonly from: readonly SlicedTable[];
  /** Tables whose columns may be named alone (`test`): none in a derive. */
  readonly columns: readonly SlicedTable[];
  /** Of `from`. */
  readonly axes: readonly Axis[];
}

export function tableRef(table: SlicedTable): TableRef {
  return { table: table.signature.name, kind: table.signature.kind, slice: table.slice };
}

function sliced(axes: readonly Axis[], slice: Slice): readonly Axis[] {
  const followed = new Set(Object.values(slice).map(({ follows }) => follows?.axis));
  return axes.flatMap((axis) => {
    const entry = slice[axis.name];
    if (entry === undefined) {
      const { of: _, ...both } = axis; // of a layer with itself it is no longer of one state alone
      return [followed.has(axis.name) ? both : axis];
    }
    return entry.keep ? [{ ...axis, points: entry.points }] : [];
  });
}

export function scopeAxes(from: readonly SlicedTable[]): readonly Axis[] {
  return unionAxes(
    ...from.map((table) => {
      const inner = table.signature.columns.flatMap((column) => innerAxes(column.inner).map((each) => each.axis));
      return sliced([...table.signature.axes, ...inner], table.slice);
    }),
  );
}

/** The tables of a study by name, derives checked on first use, and the sink. */
export class Names {
  readonly #tables: ReadonlyMap<string, TableSignature>;
  readonly #derives: ReadonlyMap<string, () => TableSignature | undefined>;
  readonly context: OutputsContext;

  constructor(
    tables: readonly TableSignature[],
    derives: ReadonlyMap<string, () => TableSignature | undefined>,
    context: OutputsContext,
  ) {
    this.#tables = new Map(tables.map((table) => [table.name, table]));
    this.#derives = derives;
    this.context = context;
  }

  report<N extends MessageName>(
    scope: { readonly path: string },
    at: { readonly span: Span },
    name: N,
    parameters: ParametersOf<N>,
    extras: DiagnosticExtras = {},
  ): void {
    this.context.sink.report(diagnostic(name, parameters, { path: scope.path, span: at.span }, extras));
  }

  /** What is near enough to a word that means nothing, to be written in its place. */
  respelling(
    scope: { readonly path: string },
    { span }: Spanned,
    word: string,
    known: Iterable<string>,
  ): DiagnosticExtras {
    const all = [...known];
    const best = habit(word, all) === undefined ? nearest(word, all) : undefined;
    if (best === undefined) {
      return {};
    }
    const edits = [{ location: { path: scope.path, span }, text: best }];
    return { fixes: [{ title: `write \`${best}\``, edits, safe: false }] };
  }

  has(name: string): boolean {
    return this.#tables.has(name) || this.#derives.has(name);
  }

  /** Whether an experiment is broken, which has been reported: what its cells would tell is then not known. */
  get lackCells(): boolean {
    return [...this.#tables.values()].some(({ kind, cells }) => kind === "experiment" && cells.length === 0);
  }

  /** Undefined where there is none, or where a derive is broken and has been reported. */
  table(name: string): TableSignature | undefined {
    return this.#tables.get(name) ?? this.#derives.get(name)?.();
  }

  tableNames(): readonly string[] {
    return [...this.#tables.keys(), ...this.#derives.keys()];
  }

  reportUnknownTable(scope: Scope, at: Expression, name: string): void {
    const known = this.tableNames();
    const extras = this.respelling(scope, at, name, known);
    this.report(scope, at, "unknown-table", { name, hint: didYouMean(name, known) }, extras);
  }

  /** A column of a table, narrowed by a slice, as a quantity. */
  column(table: SlicedTable, column: ColumnSignature): Typed {
    const { signature, slice } = table;
    const inner = innerAxes(column.inner);
    const axes = sliced([...signature.axes, ...inner.map((each) => each.axis)], slice);
    const cells = selectCells(signature.cells, slice);
    const folded = slice.fold?.keep !== false && cells.some(({ fold }) => fold !== undefined);
    const metrics = signature.kind === "experiment" ? this.#metrics(column, cells) : [column.metric];
    return {
      quantity:
        signature.kind === "derive"
          ? { kind: "derive", name: signature.name, slice }
          : { kind: "column", table: signature.name, column: column.name, slice },
      axes,
      aliases: new Map(inner.map((each: InnerAxis) => [each.alias, each.axis.name])),
      perRepeat: column.perRepeat && (slice.repeat === undefined || (folded && slice.fold === undefined)),
      ...(column.pairs === undefined ? {} : { pairs: column.pairs }),
      folded: column.perRepeat && folded,
      metric: metrics.join("/"),
      estimator: column.estimator,
      ...(column.rescored === undefined ? {} : { rescored: column.rescored }),
      facts: metrics.length === 1 && metrics[0] === column.metric ? column.facts : this.#facts(metrics, column),
      layersOf: column.layersOf ?? layersOf(axes, cells),
    };
  }

  /** `target.metric` is another metric for every target; the cells know which. */
  #metrics(column: ColumnSignature, cells: readonly Cell[]): readonly string[] {
    const found = new Set<string>();
    let asked: Cell["point"] | undefined;
    for (const cell of cells) {
      // repeats of a point measure alike
      if (cell.point === asked) {
        continue;
      }
      asked = cell.point;
      const metric = cell.probes.find((probe) => probe.measure === column.name)?.metric;
      if (metric !== undefined) {
        found.add(metric);
      }
    }
    return found.size === 0 ? [column.metric] : [...found];
  }

  #facts(metrics: readonly string[], column: ColumnSignature): MetricFacts {
    const known = metrics.map(
      (metric) => this.context.metric(metric) ?? (metric === column.metric ? column.facts : NO_FACTS),
    );
    const [first] = known;
    if (first === undefined) {
      return column.facts;
    }
    const least = Math.min(...known.map((facts) => facts.least ?? Number.NEGATIVE_INFINITY));
    const greatest = Math.max(...known.map((facts) => facts.greatest ?? Number.POSITIVE_INFINITY));
    return {
      direction: known.every((facts) => facts.direction === first.direction) ? first.direction : "none",
      ...(Number.isFinite(least) ? { least } : {}),
      ...(Number.isFinite(greatest) ? { greatest } : {}),
    };
  }
}

function layersOf(axes: readonly Axis[], cells: readonly Cell[]): readonly string[] | undefined {
  if (!axes.some((axis) => axis.role === "layer") || axes.some((axis) => axis.role === "model")) {
    return undefined;
  }
  return [...new Set(cells.map((cell) => cell.model.name))];
}

export function isStateColumn(table: TableSignature, name: string): name is StateColumn {
  return table.states.some((state) => state === name);
}

export function locationOf(scope: { readonly path: string }, at: { readonly span: Span }): Location {
  return { path: scope.path, span: at.span };
}
