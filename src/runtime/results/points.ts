/** Several series side by side as rows of numbers: what correlations and regressions run over. */

import { replicateOf, valuesByFold } from "./replicates.js";
import {
  distinct,
  keyOf,
  type Observation,
  type PointValue,
  type ReplicateId,
  type Series,
  type Unreached,
} from "./series.js";
import { mean } from "./statistics.js";

type Place = { readonly [axis: string]: string };

export interface Row {
  /** Of each series, in order; all finite. */
  readonly values: readonly number[];
  /**
   * Along the axes that rows run over, and `fold` and `repeat` where rows are single replicates; several where one
   * observation stands at several points.
   */
  readonly places: readonly [Place, ...Place[]];
  /** Of each place the values there, whose means `values` are. */
  readonly valuesAt: readonly (readonly number[])[];
  readonly identity: string;
}

export interface RowGroup {
  readonly at: { readonly [axis: string]: string };
  readonly rows: readonly Row[];
  /** Points without a number on some side. */
  readonly missing: number;
  /** Replicates left out of its rows because a side was not reached. */
  readonly unreached: Unreached;
}

interface Joined {
  readonly at: { readonly [axis: string]: string };
  readonly values: readonly PointValue[];
}

/** By the axes they share; a series without an axis holds for all of its points. */
function joinSeries(series: readonly Series[]): {
  readonly axes: readonly string[];
  readonly points: readonly Joined[];
} {
  let axes: readonly string[] = [];
  let points: readonly Joined[] = [{ at: {}, values: [] }];
  for (const next of series) {
    const shared = axes.filter((axis) => next.axes.includes(axis));
    const index = new Map<string, Series["points"][number][]>();
    for (const point of next.points) {
      const key = keyOf(point.at, shared);
      const bucket = index.get(key);
      if (bucket === undefined) index.set(key, [point]);
      else bucket.push(point);
    }
    points = points.flatMap((point) =>
      (index.get(keyOf(point.at, shared)) ?? []).map(({ at, value }) => ({
        at: { ...point.at, ...at },
        values: [...point.values, value],
      })),
    );
    axes = [...axes, ...next.axes.filter((axis) => !axes.includes(axis))];
  }
  return { axes, points };
}

/** What makes two places one row: `all` sides being one observation, or the `first`, which the others explain. */
export type SameRow = "all" | "first";

/**
 * A row for every point of the axes in `over`, its numbers means over the replicates that have all of them (repeats
 * within a fold first); with `repeat` or `fold` among them, those are rows of their own. What is one observation seen
 * twice (a baseline without source, beside five sources) is one row, however many points it stands at: by the `first`
 * side alone, too, where the others explain it, and these are then its means over the points.
 */
export function rowsOver(series: readonly Series[], over: readonly string[], same: SameRow): readonly RowGroup[] {
  const { axes, points } = joinSeries(series);
  const kept = axes.filter((axis) => !over.includes(axis));
  const along = axes.filter((axis) => over.includes(axis));
  const groups = new Map<
    string,
    { at: RowGroup["at"]; rows: Map<string, PlacedRow[]>; missing: number; unreached: Map<ReplicateId, number> }
  >();
  for (const { at, values } of points) {
    const key = keyOf(at, kept);
    const none = { rows: new Map<string, PlacedRow[]>(), missing: 0, unreached: new Map<ReplicateId, number>() };
    const group = groups.get(key) ?? { at: pick(at, kept), ...none };
    groups.set(key, group);
    const split = splitRows(values, over);
    for (const identity of unreachedRows(values)) group.unreached.set(identity, 1);
    if (split.length === 0) group.missing += 1;
    for (const { replicate, ...row } of split) {
      const [first = ""] = row.identities;
      const label = same === "first" ? first : JSON.stringify(row.identities);
      const placed = group.rows.get(label) ?? [];
      group.rows.set(label, placed);
      placed.push({ ...row, place: { ...pick(at, along), ...replicate } });
    }
  }
  return [...groups.values()].map((group) => ({ ...group, rows: [...group.rows.values()].flatMap(oneRow) }));
}

interface PlacedRow extends Pick<SplitRow, "values" | "identities"> {
  readonly place: Place;
}

/** A side that is one observation at several of the places counts once in its mean over them. */
function oneRow(seen: readonly PlacedRow[]): readonly Row[] {
  const [first, ...others] = seen;
  if (first === undefined) return [];
  const sides = first.values.map((_, side) => {
    const own = seen.map(({ values, identities }) => [identities[side] ?? "", values[side] ?? Number.NaN] as const);
    const distinctly = new Map(own);
    return { value: mean([...distinctly.values()]), identity: [...distinctly.keys()].join("+") };
  });
  return [
    {
      values: sides.map(({ value }) => value),
      places: [first.place, ...others.map(({ place }) => place)],
      valuesAt: seen.map(({ values }) => values),
      identity: sides.map(({ identity }) => identity).join("|"),
    },
  ];
}

/** Where a row stands along some axes, as one label: a row at several points is a unit of its own. */
export function placeLabel({ places }: Row, axes: readonly string[]): string {
  const labels = new Set(places.map((place) => JSON.stringify(axes.map((axis) => place[axis] ?? null))));
  return [...labels].join("+");
}

function pick(at: Place, axes: readonly string[]): Place {
  return Object.fromEntries(Object.entries(at).filter(([axis]) => axes.includes(axis)));
}

interface SplitRow {
  readonly values: readonly number[];
  /** A side each. */
  readonly identities: readonly string[];
  readonly replicate: Place;
}

/** `undefined`: no side has replicates of its own. */
function sharedReplicates(values: readonly PointValue[]): readonly ReplicateId[] | undefined {
  const [first, ...others] = values.flatMap((value) => (value.kind === "each" ? [value.observations] : []));
  return first && [...first.keys()].filter((id) => others.every((observations) => observations.has(id)));
}

/** Identities of replicates that are left out, or made of less, because a side was not reached. */
function unreachedRows(values: readonly PointValue[]): readonly string[] {
  return (sharedReplicates(values) ?? [""]).flatMap((id) => {
    const observed = values.map((value) => observedAt(value, id));
    return observed.some(({ unreached }) => unreached) ? [observed.map(({ identity }) => identity).join("|")] : [];
  });
}

function splitRows(values: readonly PointValue[], over: readonly string[]): readonly SplitRow[] {
  const shared = sharedReplicates(values);
  const ids = shared ?? [""];
  const complete = ids.filter((id) => values.every((value) => Number.isFinite(observedAt(value, id).value)));
  const groups = new Map<string, { readonly replicate: Place; readonly members: ReplicateId[] }>();
  for (const id of complete) {
    const { fold, repeat } = replicateOf(id);
    const replicate = {
      ...(over.includes("fold") && fold !== undefined ? { fold } : {}),
      ...(over.includes("repeat") && repeat !== undefined && shared !== undefined ? { repeat } : {}),
    };
    const key = JSON.stringify(replicate);
    const members = groups.get(key)?.members ?? [];
    groups.set(key, { replicate, members });
    members.push(id);
  }
  return [...groups.values()].map(({ replicate, members }) => {
    const averaged = values.map((value) => average(value, members));
    return {
      values: averaged.map((each) => each.value),
      identities: averaged.map((each) => each.identity),
      replicate,
    };
  });
}

function observedAt(value: PointValue, id: ReplicateId): Observation {
  if (value.kind === "each") return value.observations.get(id) ?? { value: Number.NaN, identity: "" };
  const found = { value: value.at(value.replicates), identity: value.identity };
  return value.unreached === undefined ? found : { ...found, unreached: value.unreached.size };
}

function average(value: PointValue, members: readonly ReplicateId[]): Observation {
  if (value.kind === "pooled") return observedAt(value, "");
  const found = new Map(members.map((id) => [id, observedAt(value, id)]));
  const identity = distinct(found.values())
    .map((each) => each.identity)
    .join(",");
  const meanOf = (observations: Iterable<Observation>): number =>
    mean(distinct(observations).map((observation) => observation.value));
  const byFold = valuesByFold(found);
  return {
    value: byFold === undefined ? meanOf(found.values()) : mean([...byFold.values()].map(meanOf)),
    identity,
  };
}
