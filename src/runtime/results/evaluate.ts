/** Quantities on results: arithmetic per replicate and paired, axes joined by name. */

import { calculate } from "../../compiler/outputs/arithmetic.js";
import { isFollowed } from "../../compiler/outputs/following.js";
import { quantityOf } from "../../compiler/outputs/terms.js";
import type { ArithmeticOperator, FunctionName, Quantity, Reduction, Slice } from "../../compiler/outputs/types.js";
import { bootstrapSeries } from "./bootstrap.js";
import type { ResultSet } from "./dataset.js";
import { correlationSeries, labelEquivalentSeries, regressionSeries } from "./derive-statistics.js";
import { deriveTable } from "./outline.js";
import { chosenReplicates, overReplicates, overSome } from "./over-replicates.js";
import { testSeries } from "./paired-test.js";
import { type Drawn, ownLabel, redrawn } from "./redraw.js";
import { replicateOfRow } from "./replicates.js";
import {
  allUnreached,
  commonReplicates,
  distinct,
  type Each,
  fixed,
  joined,
  keyOf,
  leftOut,
  type Members,
  type Observation,
  type PointValue,
  type Pooled,
  type ReplicateId,
  reduceValues,
  type Series,
  type SeriesPoint,
  unreachedIn,
} from "./series.js";
import type { ResultRow } from "./types.js";

export function evaluateQuantity(quantity: Quantity, results: ResultSet): Series {
  return new Evaluator(results).evaluate(quantity);
}

function applied(name: FunctionName, value: number): number {
  switch (name) {
    case "log":
      return Math.log(value);
    case "logit":
      return Math.log(value / (1 - value));
    case "exp":
      return Math.exp(value);
    case "abs":
      return Math.abs(value);
    default:
      return name satisfies never;
  }
}

/** Slices, functions and negation: point by point. */
function mapValue(value: PointValue, name: string, f: (value: number) => number): PointValue {
  if (value.kind === "pooled") {
    const { stated, ...rest } = value; // of the number before
    const at = (replicates: Parameters<Pooled["at"]>[0]) => f(value.at(replicates));
    return { ...rest, at, identity: `${name}(${value.identity})`, ...(stated === undefined ? {} : { rough: true }) };
  }
  const observations = new Map<ReplicateId, Observation>();
  for (const [replicate, observation] of value.observations) {
    const { value: number, identity } = observation;
    observations.set(replicate, { ...observation, value: f(number), identity: `${name}(${identity})` });
  }
  return { kind: "each", observations };
}

/** A number with an interval of its own is the same whichever replicates are left out. */
function isRough({ rough, stated }: Pooled): boolean {
  return rough === true || stated !== undefined;
}

function combine(operator: ArithmeticOperator, left: PointValue, right: PointValue): PointValue {
  if (left.kind === "pooled" && right.kind === "pooled") {
    const pooled: Pooled = {
      kind: "pooled",
      replicates: commonReplicates(left.replicates, right.replicates),
      at: (replicates) => calculate(operator, left.at(replicates), right.at(replicates)),
      identity: `(${left.identity}${operator}${right.identity})`,
      ...(isRough(left) || isRough(right) ? { rough: true } : {}),
      ...leftOut(allUnreached(left.unreached, right.unreached)),
    };
    return pooled;
  }
  const observations = new Map<ReplicateId, Observation>();
  for (const replicate of replicatesOf(left, right)) {
    const a = observationOf(left, replicate);
    const b = observationOf(right, replicate);
    observations.set(replicate, {
      value: calculate(operator, a.value, b.value),
      identity: `(${a.identity}${operator}${b.identity})`,
      ...leastOut([a, b]),
    });
  }
  return { kind: "each", observations };
}

/** Those that both sides were asked for; one that failed on a side stays, without a number. */
function replicatesOf(left: PointValue, right: PointValue): readonly ReplicateId[] {
  if (left.kind === "each" && right.kind === "each") {
    return [...left.observations.keys()].filter((replicate) => right.observations.has(replicate));
  }
  const each = left.kind === "each" ? left : right;
  return each.kind === "each" ? [...each.observations.keys()] : [];
}

function observationOf(value: PointValue, replicate: ReplicateId): Observation {
  if (value.kind === "pooled") {
    const unreached = Math.max(0, ...unreachedIn(value).values());
    const found = { value: value.at(value.replicates), identity: value.identity };
    return unreached === 0 ? found : { ...found, unreached };
  }
  return value.observations.get(replicate) ?? { value: Number.NaN, identity: "" };
}

/** What is made of numbers within a replicate leaves out as many as the one of them that leaves out most. */
function leastOut(of: readonly Observation[]): Pick<Observation, "unreached"> {
  const unreached = Math.max(0, ...of.map((each) => each.unreached ?? 0));
  return unreached === 0 ? {} : { unreached };
}

/** Within each replicate, over the points of a group. A failed point fails the replicate; nothing is silently left out. */
function overPoints(by: Reduction, group: readonly PointValue[]): PointValue {
  const each = group.filter((value): value is Each => value.kind === "each");
  if (each.length === 0) {
    const pooled = group.filter((value): value is Pooled => value.kind === "pooled");
    const seen = [...new Map(pooled.map((value) => [value.identity, value])).values()];
    return {
      kind: "pooled",
      replicates: seen.map((value) => value.replicates).reduce(commonReplicates, "any" as Members),
      at: (replicates) =>
        reduceValues(
          by,
          seen.map((value) => value.at(replicates)),
        ),
      identity: `${by}(${seen.map((value) => value.identity).join(",")})`,
      ...(by !== "mean" || seen.some(isRough) ? { rough: true } : {}),
      ...leftOut(allUnreached(...seen.map(unreachedIn))),
    };
  }
  const replicates = new Set(each.flatMap((value) => [...value.observations.keys()]));
  const observations = new Map<ReplicateId, Observation>();
  for (const replicate of replicates) {
    const members = distinct(
      group.flatMap((value) =>
        value.kind === "pooled" || value.observations.has(replicate) ? [observationOf(value, replicate)] : [],
      ),
    );
    observations.set(replicate, {
      value: reduceValues(
        by,
        members.map((member) => member.value),
      ),
      identity: `${by}(${members.map((member) => member.identity).join(",")})`,
      ...leastOut(members),
    });
  }
  return { kind: "each", observations };
}

interface ColumnPoint {
  readonly at: { readonly [axis: string]: string };
  readonly observations: Map<ReplicateId, Observation>;
  /** A number a node made of all repeats. */
  whole?: Pooled;
}

function ofAllRepeats({ node, value, reason }: ResultRow): Pooled {
  const made = { kind: "pooled", replicates: new Map([[node, node]]), at: () => value, identity: node } as const;
  return reason === undefined ? made : { ...made, reason };
}

function observationIn({ value, status }: ResultRow, identity: string): Observation {
  return status === "not_reached" ? { value, identity, unreached: 1 } : { value, identity };
}

/** A node's number is the same observation wherever it is seen; a derived number is only itself. */
function identityOf(row: ResultRow, axes: readonly string[], inner: readonly string[]): string {
  const of = (names: readonly string[]): string => names.map((axis) => String(row.axes[axis] ?? "")).join("/");
  return row.node === "" ? `${row.experiment}/${replicateOfRow(row)}/${of(axes)}` : `${row.node}/${of(inner)}`;
}

class Evaluator {
  readonly #results: ResultSet;
  readonly #derives = new Map<string, Series>();
  /** As they are, whatever is drawn. */
  readonly #columns: Map<string, Series>;
  readonly #drawn: Drawn | undefined;

  constructor(results: ResultSet, drawn?: Drawn, columns = new Map<string, Series>()) {
    this.#results = results;
    this.#drawn = drawn;
    this.#columns = columns;
  }

  evaluate(quantity: Quantity): Series {
    switch (quantity.kind) {
      case "constant":
        return { axes: [], points: [{ at: {}, value: fixed(quantity.value, String(quantity.value)) }] };
      case "column":
        return this.#redrawn(this.#sliced(this.#column(quantity.table, quantity.column), quantity.slice));
      case "derive":
        return this.#sliced(this.#derive(quantity.name), quantity.slice);
      case "axis":
        return this.#redrawn({
          axes: [quantity.axis],
          points: quantity.values.map(({ point, value }) => ({
            at: { [quantity.axis]: point },
            value: fixed(value ?? Number.NaN, `${quantity.axis}=${point}`),
          })),
        });
      case "arithmetic":
        return this.#arithmetic(quantity.operator, this.evaluate(quantity.left), this.evaluate(quantity.right));
      case "negate":
        return this.#mapped(this.evaluate(quantity.operand), "-", (value) => -value);
      case "function":
        return this.#mapped(this.evaluate(quantity.of), quantity.name, (value) => applied(quantity.name, value));
      case "reduce":
        return this.#reduced(quantity.by, this.evaluate(quantity.of), quantity.over);
      case "test":
        return testSeries(quantity, this.evaluate(quantity.left), this.evaluate(quantity.right));
      case "correlation":
        return correlationSeries(quantity, this.evaluate(quantity.left), this.evaluate(quantity.right));
      case "regression":
        return regressionSeries(
          quantity,
          this.evaluate(quantity.of),
          quantity.terms.flatMap((term) => {
            const number = quantityOf(term);
            return number === undefined ? [] : [this.evaluate(number)];
          }),
        );
      case "label_equivalent":
        return labelEquivalentSeries(quantity, this.evaluate(quantity.left), this.evaluate(quantity.right));
      case "bootstrap":
        return bootstrapSeries(quantity, (drawn) => this.#within(drawn).evaluate(quantity.of));
      default:
        return quantity satisfies never;
    }
  }

  #within(drawn: Drawn | undefined): Evaluator {
    return drawn === undefined ? this : new Evaluator(this.#results, drawn, this.#columns);
  }

  #redrawn(series: Series): Series {
    return this.#drawn === undefined ? series : redrawn(series, this.#drawn);
  }

  #column(table: string, column: string): Series {
    const key = JSON.stringify([table, column]);
    const known = this.#columns.get(key);
    const series = known ?? this.#measured(table, column);
    this.#columns.set(key, series);
    return series;
  }

  #measured(table: string, column: string): Series {
    const axes = this.#results.axisNames({ table, column });
    const inner = this.#inner(table, column);
    const points = new Map<string, ColumnPoint>();
    const failed: ResultRow[] = [];
    for (const row of this.#results.of({ table, column })) {
      if (inner.some((axis) => row.axes[axis] === undefined)) {
        failed.push(row);
        continue;
      }
      const at = this.#labels(table, axes, row);
      const key = keyOf(at, axes);
      const point: ColumnPoint = points.get(key) ?? { at, observations: new Map() };
      points.set(key, point);
      if (row.repeat === null && row.node !== "") {
        point.whole = ofAllRepeats(row);
      }
      point.observations.set(replicateOfRow(row), observationIn(row, identityOf(row, axes, inner)));
    }
    const outer = axes.filter((axis) => !inner.includes(axis));
    for (const row of failed) {
      this.#spread(row, this.#labels(table, outer, row), outer, points);
    }
    return {
      axes,
      points: [...points.values()].map(({ at, observations, whole }) => ({
        at,
        value: whole ?? { kind: "each", observations },
      })),
    };
  }

  #labels(table: string, axes: readonly string[], row: ResultRow): { readonly [axis: string]: string } {
    const at: Record<string, string> = {};
    for (const axis of axes) {
      const value = row.axes[axis];
      if (value !== undefined) {
        at[axis] = this.#results.label(table, axis, value);
      }
    }
    return at;
  }

  /**
   * A probe that failed has one row and no layers: its replicate is missing at every layer the others have. Where all of
   * them failed there is a point without layers, so that the cell is seen to be missing and not to be no cell.
   */
  #spread(
    row: ResultRow,
    at: { readonly [axis: string]: string },
    outer: readonly string[],
    points: Map<string, ColumnPoint>,
  ): void {
    const replicate = replicateOfRow(row);
    const there = [...points.values()].filter((point) => outer.every((axis) => point.at[axis] === at[axis]));
    if (there.length === 0) {
      const point: ColumnPoint = { at, observations: new Map() };
      points.set(keyOf(at, outer), point);
      there.push(point);
    }
    for (const { observations } of there) {
      if (!observations.has(replicate)) {
        observations.set(replicate, { value: Number.NaN, identity: row.node });
      }
    }
  }

  /** The axes a node's own rows run over: part of an observation's identity, where the outer point is not. */
  #inner(table: string, column: string): readonly string[] {
    const inner = this.#results.column({ table, column })?.inner ?? [];
    const derived =
      inner.length === 0 ? (this.#results.table(table)?.axes.filter((axis) => axis.role === "layer") ?? []) : [];
    return [...inner, ...derived].map((axis) => axis.name);
  }

  #derive(name: string): Series {
    const known = this.#derives.get(name);
    if (known !== undefined) {
      return known;
    }
    const derive = this.#results.outline.derives.find((each) => each.name === name);
    const quantity = derive?.quantity ?? null;
    const series = quantity === null ? this.#redrawn(this.#column(deriveTable(name), name)) : this.evaluate(quantity);
    this.#derives.set(name, series);
    return series;
  }

  #sliced(series: Series, slice: Slice): Series {
    const entries = Object.entries(slice);
    if (entries.length === 0) {
      return series;
    }
    const wanted = new Map(
      entries.flatMap(([axis, { points, follows }]) =>
        follows === undefined ? [[axis, new Set(points.map((point) => point.label))] as const] : [],
      ),
    );
    const dropped = new Set(entries.filter(([, entry]) => !entry.keep).map(([axis]) => axis));
    const followed = entries.flatMap(([axis, { follows }]) => (follows === undefined ? [] : [{ axis, follows }]));
    const labelOf = (at: SeriesPoint["at"], axis: string) => {
      const label = at[axis];
      return label === undefined ? undefined : ownLabel(label);
    };
    const points = series.points
      .filter(({ at }) => series.axes.every((axis) => wanted.get(axis)?.has(labelOf(at, axis) ?? "") ?? true))
      .filter(({ at }) =>
        followed.every(({ axis, follows }) => isFollowed(follows, labelOf(at, axis), labelOf(at, follows.axis))),
      )
      .map(
        ({ at, value }): SeriesPoint => ({
          at: Object.fromEntries(Object.entries(at).filter(([axis]) => !dropped.has(axis))),
          value: chosenReplicates(value, slice, wanted),
        }),
      );
    return { axes: series.axes.filter((axis) => !dropped.has(axis)), points };
  }

  #mapped(series: Series, name: string, f: (value: number) => number): Series {
    return { ...series, points: series.points.map(({ at, value }) => ({ at, value: mapValue(value, name, f) })) };
  }

  #arithmetic(operator: ArithmeticOperator, left: Series, right: Series): Series {
    return joined(left, right, (a, b) => combine(operator, a, b));
  }

  #reduced(by: Reduction, series: Series, over: readonly string[]): Series {
    const [only] = over;
    if (over.length === 1 && (only === "repeat" || only === "fold")) {
      return { ...series, points: series.points.map(({ at, value }) => ({ at, value: overSome(by, only, value) })) };
    }
    if (over.length === 0) {
      return { ...series, points: series.points.map(({ at, value }) => ({ at, value: overReplicates(by, value) })) };
    }
    const axes = series.axes.filter((axis) => !over.includes(axis));
    const groups = new Map<string, { at: { readonly [axis: string]: string }; values: PointValue[] }>();
    for (const { at, value } of series.points) {
      const key = keyOf(at, axes);
      const group = groups.get(key) ?? {
        at: Object.fromEntries(Object.entries(at).filter(([axis]) => axes.includes(axis))),
        values: [],
      };
      groups.set(key, group);
      group.values.push(value);
    }
    return {
      axes,
      points: [...groups.values()].map(({ at, values }) => ({ at, value: overPoints(by, values) })),
    };
  }
}
