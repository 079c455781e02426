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

export interface Row {
  /** Of each series, in order; all finite. */
  readonly values: readonly number[];
  /** Along the axes that rows run over, and `fold` and `repeat` where rows are single replicates. */
  readonly at: { readonly [axis: string]: string };
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

/**
 * A row for every point of the axes in `over`, its numbers means over the replicates that have all of them (repeats
 * within a fold first); with `repeat` or `fold` among them, those are rows of their own. A row that is one observation
 * seen twice (a baseline without source, beside five sources) counts once, unless `apart` tells its points apart.
 * @param apart axes whose points make rows different whatever their numbers are
 */
export function rowsOver(
  series: readonly Series[],
  over: readonly string[],
  apart: readonly string[] = [],
): readonly RowGroup[] {
  const { axes, points } = joinSeries(series);
  const kept = axes.filter((axis) => !over.includes(axis));
  const along = axes.filter((axis) => over.includes(axis));
  const groups = new Map<
    string,
    { at: RowGroup["at"]; rows: Map<string, Row>; missing: number; unreached: Map<ReplicateId, number> }
  >();
  for (const { at, values } of points) {
    const key = keyOf(at, kept);
    const none = { rows: new Map<string, Row>(), missing: 0, unreached: new Map<ReplicateId, number>() };
    const group = groups.get(key) ?? { at: pick(at, kept), ...none };
    groups.set(key, group);
    const split = splitRows(values, over);
    for (const identity of unreachedRows(values)) group.unreached.set(identity, 1);
    if (split.length === 0) group.missing += 1;
    for (const { values: numbers, identity, replicate } of split) {
      const place = { ...pick(at, along), ...replicate };
      const label = JSON.stringify([identity, ...apart.map((axis) => place[axis] ?? null)]);
      if (!group.rows.has(label)) group.rows.set(label, { values: numbers, at: place, identity });
    }
  }
  return [...groups.values()].map((group) => ({ ...group, rows: [...group.rows.values()] }));
}

function pick(at: Row["at"], axes: readonly string[]): Row["at"] {
  return Object.fromEntries(Object.entries(at).filter(([axis]) => axes.includes(axis)));
}

interface SplitRow {
  readonly values: readonly number[];
  readonly identity: string;
  readonly replicate: Row["at"];
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
  const groups = new Map<string, { readonly replicate: Row["at"]; readonly members: ReplicateId[] }>();
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
      identity: averaged.map((each) => each.identity).join("|"),
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
