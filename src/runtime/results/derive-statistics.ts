/** Correlation, regression and label equivalence of evaluated series. */

import { statistics } from "../../analysis/index.js";
import { type Measured, undefinedBecause, valued } from "../../analysis/metrics/measured.js";
import { type Indicator, indicators, quantityOf, termLabels } from "../../compiler/outputs/terms.js";
import type {
  CorrelationSpec,
  LabelEquivalentSpec,
  RegressionSpec,
  RegressionTerm,
  RowIntervalSpec,
} from "../../compiler/outputs/types.js";
import { Stream } from "../random/stream.js";
import { overReplicates } from "./over-replicates.js";
import { placeLabel, type Row, type RowGroup, rowsOver } from "./points.js";
import { ownLabel } from "./redraw.js";
import {
  allUnreached,
  commonReplicates,
  joined,
  keyOf,
  leftOut,
  type Members,
  type PointValue,
  type Pooled,
  type Series,
  type SeriesPoint,
} from "./series.js";
import { mean } from "./statistics.js";

interface Stated {
  readonly measured: Measured;
  readonly low: number;
  readonly high: number;
}

/** One number of so many rows, with the interval it was given. */
function pooledOf(
  { rows, unreached }: Pick<RowGroup, "rows" | "unreached">,
  identity: string,
  { measured, low, high }: Stated,
): Pooled {
  const value = measured.kind === "value" ? measured.value : Number.NaN;
  return {
    kind: "pooled",
    // counted and not named: an identity is no replicate's
    replicates: new Map(rows.map((row, index) => [String(index + 1), row.identity])),
    at: () => value,
    identity,
    stated: { low, high, n: rows.length },
    ...(measured.kind === "undefined" ? { reason: measured.reason } : {}),
    ...leftOut(unreached),
  };
}

// ── correlation ──────────────────────────────────────────────────────────────────────────────────────────────────

export function correlationSeries(spec: CorrelationSpec, left: Series, right: Series): Series {
  const { over, method, interval } = spec;
  const axes = [...new Set([...left.axes, ...right.axes])].filter((axis) => !over.includes(axis));
  const points = rowsOver([left, right], over, "all").map(({ at, rows, unreached }): SeriesPoint => {
    const of = (drawn: readonly Row[]): Measured =>
      statistics.correlation(
        drawn.map(({ values }) => values[0] as number),
        drawn.map(({ values }) => values[1] as number),
        method,
      );
    const measured = of(rows);
    const r = measured.kind === "value" ? measured.value : Number.NaN;
    const found =
      interval.kind === "theory"
        ? statistics.correlationInterval(r, rows.length, method)
        : ends(resampled(rows, (drawn) => [of(drawn)], interval, spec.seed)[0]);
    const identity = `${method}(${rows.map((row) => row.identity).join(";")})`;
    return { at, value: pooledOf({ rows, unreached }, identity, { measured, ...found }) };
  });
  return { axes, points };
}

function resampled(
  rows: readonly Row[],
  of: (drawn: readonly Row[]) => readonly Measured[],
  { resamples, by }: Extract<RowIntervalSpec, { kind: "bootstrap" }>,
  seed: number,
) {
  const random = new Stream({ seed, purpose: "bootstrap", repeat: 0, about: ["derive", ...by] });
  const clusters = by.length === 0 ? undefined : clustersOf(rows, by);
  const options = clusters === undefined ? { resamples } : { resamples, clusters };
  return statistics.resampleRows(rows.length, (drawn) => of(drawn.map((row) => rows[row] as Row)), options, random);
}

function clustersOf(rows: readonly Row[], axes: readonly string[]): readonly string[] {
  return rows.map((row) => placeLabel(row, axes));
}

function ends(found: ReturnType<typeof statistics.resampleRows>[number] | undefined): Pick<Stated, "low" | "high"> {
  return found?.kind === "interval" ? found : { low: Number.NaN, high: Number.NaN };
}

// ── regression ───────────────────────────────────────────────────────────────────────────────────────────────────

/** @param explained the number and those of the terms that are numbers, in order */
export function regressionSeries(spec: RegressionSpec, of: Series, explained: readonly Series[]): Series {
  const { over, terms, interval } = spec;
  const kept = [...new Set([of, ...explained].flatMap(({ axes }) => axes))].filter((axis) => !over.includes(axis));
  const labels = termLabels(terms);
  const points = rowsOver([of, ...explained], over, "first").flatMap((group): readonly SeriesPoint[] => {
    const { at, rows } = group;
    const fitted = (drawn: readonly Row[]) => fitOf(spec, drawn, labels);
    const found = fitted(rows);
    const ranges =
      interval.kind === "theory"
        ? labels.map((_, j) => (found.kind === "fit" ? (found.coefficients[j] ?? NOTHING) : NOTHING))
        : resampled(rows, (drawn) => coefficientsOf(fitted(drawn), labels), interval, spec.seed).map(ends);
    const measured = coefficientsOf(found, labels);
    const whole = rows.map((row) => row.identity).join(";");
    return labels.map((label, j) => ({
      at: { ...at, term: label },
      value: pooledOf(group, `ols ${label}(${whole})`, {
        measured: measured[j] as Measured,
        low: ranges[j]?.low ?? Number.NaN,
        high: ranges[j]?.high ?? Number.NaN,
      }),
    }));
  });
  return { axes: [...kept, "term"], points };
}

const NOTHING = { low: Number.NaN, high: Number.NaN };

function fitOf({ terms, cluster }: RegressionSpec, rows: readonly Row[], names: readonly string[]) {
  const y = rows.map(({ values }) => values[0] as number);
  const columns = [rows.map(() => 1), ...columnsOf(terms, rows)];
  const options = cluster.length === 0 ? { names } : { names, clusters: clustersOf(rows, cluster) };
  const fit = statistics.leastSquares(y, columns, options);
  return fit.kind === "undefined" && rows.some(({ places }) => places.length > 1)
    ? undefinedBecause(`${fit.reason}; what is one number at several points of a term is one row`)
    : fit;
}

/** A coefficient a label, or the reason why there is none. */
function coefficientsOf(fit: ReturnType<typeof fitOf>, labels: readonly string[]): readonly Measured[] {
  return fit.kind === "undefined" ? labels.map(() => fit) : fit.coefficients.map(({ value }) => valued(value));
}

/** A row that stands at several points of a category is a part of each: the term says nothing of it, nor it of the term. */
/** Of a row at several points, what its terms are on average over them. */
function columnsOf(terms: readonly RegressionTerm[], rows: readonly Row[]): readonly (readonly number[])[] {
  let number = 0;
  return terms.flatMap((term) => {
    const has = quantityOf(term) !== undefined;
    if (has) number += 1;
    const place = number;
    if (term.kind === "number") return [rows.map(({ values }) => values[place] as number)];
    const products = indicators(term.kind === "category" ? [term] : term.categories);
    const factor = (values: readonly number[] | undefined) => (has ? (values?.[place] as number) : 1);
    return products.map((product) =>
      rows.map(({ places, valuesAt }) => mean(places.map((at, i) => (isAt(at, product) ? factor(valuesAt[i]) : 0)))),
    );
  });
}

function isAt(at: Row["places"][number], product: readonly Indicator[]): boolean {
  return product.every(({ axis, point }) => ownLabel(at[axis] ?? "") === point);
}

// ── label equivalence ────────────────────────────────────────────────────────────────────────────────────────────

/** Of the means over replicates on both sides; its interval is the jackknife's, as of every number of all repeats. */
export function labelEquivalentSeries(spec: LabelEquivalentSpec, left: Series, right: Series): Series {
  const { along, direction } = spec;
  const labelsAt = new Map(spec.labels.map(({ point, value }) => [point, value ?? Number.NaN]));
  const axes = right.axes.filter((axis) => axis !== along);
  const curves = new Map<string, { at: SeriesPoint["at"]; points: { labels: number; value: Pooled }[] }>();
  for (const { at, value } of right.points) {
    const key = keyOf(at, axes);
    const { [along]: place = "", ...rest } = at;
    const curve = curves.get(key) ?? { at: rest, points: [] };
    curves.set(key, curve);
    curve.points.push({ labels: labelsAt.get(ownLabel(place)) ?? Number.NaN, value: pooled(value) });
  }
  const read = new Map<PointValue, readonly { labels: number; value: Pooled }[]>();
  const whole: Series = {
    axes,
    points: [...curves.values()].map(({ at, points }): SeriesPoint => {
      const value = nothing();
      read.set(value, points);
      return { at, value };
    }),
  };
  return joined(left, whole, (score, curve) => equivalent(pooled(score), read.get(curve) ?? [], direction));
}

function pooled(value: PointValue): Pooled {
  const found = overReplicates("mean", value);
  return found.kind === "pooled" ? found : nothing();
}

/** A place holder of its own identity. */
function nothing(): Pooled {
  return { kind: "pooled", replicates: "any", at: () => Number.NaN, identity: "" };
}

function equivalent(
  score: Pooled,
  curve: readonly { readonly labels: number; readonly value: Pooled }[],
  direction: "max" | "min",
): Pooled {
  const replicates = curve.reduce(
    (all: Members, { value }) => commonReplicates(all, value.replicates),
    score.replicates,
  );
  const at = (chosen: Parameters<Pooled["at"]>[0]): Measured =>
    curve.length === 0
      ? undefinedBecause("the other side has no curve here")
      : statistics.labelEquivalent(
          curve.map(({ labels, value }) => ({ labels, score: value.at(chosen) })),
          score.at(chosen),
          direction,
        );
  const measured = at(replicates);
  return {
    kind: "pooled",
    replicates,
    at: (chosen) => {
      const found = at(chosen);
      return found.kind === "value" ? found.value : Number.NaN;
    },
    identity: `labels(${score.identity};${curve.map(({ value }) => value.identity).join(",")})`,
    ...leftOut(allUnreached(score.unreached, ...curve.map(({ value }) => value.unreached))),
    ...(measured.kind === "undefined" ? { reason: measured.reason } : {}),
  };
}
