/** Numbers by point and replicate: what a quantity is once there are results. */

import { jackknife } from "../../analysis/reuse.js";
import { counted } from "../../compiler/counted.js";
import {
  type FoldedSummary,
  overlapping,
  type ReplicateId,
  replicateOf,
  summarizeReplicates,
  valuesByFold,
} from "./replicates.js";
import { mean, NO_SUMMARY, standardDeviation } from "./statistics.js";

/** One number. Two with equal identity are one observation seen twice (RI under five sources). */
export interface Observation {
  /** NaN where it failed or is undefined. */
  readonly value: number;
  readonly identity: string;
  /** How many numbers that were not reached are left out of it; there is no value where nothing is left. */
  readonly unreached?: number;
}

/** By replicate how many numbers are left out because they were not reached. */
export type Unreached = ReadonlyMap<ReplicateId, number>;

/** One or none for a field that is written only where there are some. */
export function leftOut(unreached: Unreached): { readonly unreached?: Unreached } {
  return unreached.size === 0 ? {} : { unreached };
}

/** A replicate that is left out on both sides is left out once. */
export function allUnreached(...of: readonly (Unreached | undefined)[]): Unreached {
  const all = new Map<ReplicateId, number>();
  for (const each of of) for (const [id, count] of each ?? []) all.set(id, Math.max(count, all.get(id) ?? 0));
  return all;
}

export function unreachedIn(value: PointValue): Unreached {
  if (value.kind === "pooled") return value.unreached ?? new Map();
  return new Map([...value.observations].flatMap(([id, { unreached }]) => (unreached ? [[id, unreached]] : [])));
}

export type { ReplicateId } from "./replicates.js";

/** The replicates a pooled number is made of, each with the identity of its observations; `any`: it depends on none. */
export type Members = ReadonlyMap<ReplicateId, string> | "any";
/** Which replicates to use. */
export type Chosen = { has(replicate: ReplicateId): boolean } | "any";

/** Made of several replicates, or of none: recomputed from a part of them where the other side of a sum lacks some. */
export interface Pooled {
  readonly kind: "pooled";
  readonly replicates: Members;
  at(replicates: Chosen): number;
  readonly identity: string;
  /** A least, greatest or spread is among its parts: leaving a replicate out says nothing of how far it varies. */
  readonly rough?: true;
  /** Why there is no number, where that is known. */
  readonly reason?: string;
  readonly unreached?: Unreached;
  /** An interval that came with the number, and how many rows it is made of: the jackknife has nothing to say of it. */
  readonly stated?: { readonly low: number; readonly high: number; readonly n: number };
}
export interface Each {
  readonly kind: "each";
  readonly observations: ReadonlyMap<ReplicateId, Observation>;
}
export type PointValue = Each | Pooled;

export interface SeriesPoint {
  /** Labels by axis. */
  readonly at: { readonly [axis: string]: string };
  readonly value: PointValue;
}

export interface Series {
  readonly axes: readonly string[];
  readonly points: readonly SeriesPoint[];
}

export function fixed(value: number, identity: string): Pooled {
  return { kind: "pooled", replicates: "any", at: () => value, identity };
}

/** Those on both sides: a failed replicate drops from both. */
export function commonReplicates(first: Members, second: Members): Members {
  if (first === "any") {
    return second;
  }
  if (second === "any") {
    return first;
  }
  const common = new Map<ReplicateId, string>();
  for (const [replicate, identity] of first) {
    const other = second.get(replicate);
    if (other !== undefined) {
      common.set(replicate, `${identity}|${other}`);
    }
  }
  return common;
}

/** Values of distinct observations, in order of replicates. */
export function distinct(observations: Iterable<Observation>): readonly Observation[] {
  const seen = new Map<string, Observation>();
  for (const observation of observations) {
    if (!seen.has(observation.identity)) {
      seen.set(observation.identity, observation);
    }
  }
  return [...seen.values()];
}

export function finite(observations: Iterable<Observation>): readonly Observation[] {
  return [...observations].filter((observation) => Number.isFinite(observation.value));
}

export interface PointSummary extends FoldedSummary {
  /** Replicates without a number: failed, or undefined (a division by zero). */
  readonly missing: number;
  /** Pooled numbers have no spread of their own; their interval is the jackknife's over replicates. */
  readonly pooled: boolean;
  /** Why there is no number, where that is known: it was not lost, it has none. */
  readonly reason?: string;
  /** Numbers left out because they were not reached: they are greater than what is known of them. Absent for none. */
  readonly unreached?: number;
}

export function summarizePoint(value: PointValue): PointSummary {
  const unreached = countUnreached(value);
  return unreached === 0 ? summaryOf(value) : { ...summaryOf(value), unreached };
}

/** An observation seen in several replicates counts once, as it does in a mean. */
function countUnreached(value: PointValue): number {
  const counts =
    value.kind === "pooled"
      ? [...unreachedIn(value).values()]
      : distinct(value.observations.values()).map(({ unreached }) => unreached ?? 0);
  return counts.reduce((sum, count) => sum + count, 0);
}

function summaryOf(value: PointValue): PointSummary {
  if (value.kind === "each") {
    const present = new Map([...value.observations].filter(([, { value: number }]) => Number.isFinite(number)));
    const seen = new Set<string>();
    const counted = new Map<ReplicateId, number>();
    for (const [replicate, { value: number, identity }] of present) {
      // pairs that begin alike are pairs all the same: that they depend on each other is in their interval
      if (!seen.has(identity) || replicateOf(replicate).other !== undefined) counted.set(replicate, number);
      seen.add(identity);
    }
    return {
      ...summarizeReplicates(counted),
      missing: value.observations.size - present.size,
      pooled: false,
    };
  }
  const number = value.at(value.replicates);
  if (value.stated !== undefined && Number.isFinite(number)) {
    return { ...NO_SUMMARY, ...value.stated, mean: number, missing: 0, pooled: true };
  }
  if (!Number.isFinite(number)) {
    const why = value.reason === undefined ? {} : { reason: value.reason };
    return { ...NO_SUMMARY, missing: 1, pooled: true, ...why };
  }
  const pooled = { ...NO_SUMMARY, mean: number, missing: 0, pooled: true };
  if (value.replicates === "any") {
    return { ...pooled, n: 1 };
  }
  const { low, high, ...counted } = jackknifed(value, value.replicates);
  return value.rough ? { ...pooled, ...counted } : { ...pooled, ...counted, low, high };
}

/**
 * Replicates that are one observation are left out together; both sides of a sum lose the same ones, so it is paired.
 * Where there are folds, one of them is left out with all its repeats, and the variance is that of overlapping folds.
 */
function jackknifed(
  value: Pooled,
  replicates: ReadonlyMap<ReplicateId, string>,
): Pick<FoldedSummary, "low" | "high" | "n" | "folds"> {
  const byFold = valuesByFold(new Map([...replicates.keys()].map((id) => [id, id])));
  const groups = byFold === undefined ? (byRepeat(replicates) ?? byIdentity(replicates)) : [...byFold.values()];
  const found = jackknife(groups.length, (left) => {
    const without = new Set(groups[left]);
    return value.at({ has: (replicate) => replicates.has(replicate) && !without.has(replicate) });
  });
  if (byFold === undefined) return { low: found.low, high: found.high, n: found.n };
  const wider = overlapping(found.n);
  return {
    low: found.value - (found.value - found.low) * wider,
    high: found.value + (found.high - found.value) * wider,
    n: found.n,
    folds: { folds: groups.length, repeats: Math.max(0, ...groups.map(({ length }) => length)) },
  };
}

/** Of pairs: those of each repeat, which are left out together; a pair is in two of them. Undefined where there are none. */
function byRepeat(replicates: ReadonlyMap<ReplicateId, string>): readonly (readonly ReplicateId[])[] | undefined {
  const groups = new Map<string, ReplicateId[]>();
  for (const id of replicates.keys()) {
    const { repeat, other } = replicateOf(id);
    if (repeat === undefined || other === undefined) return undefined;
    for (const each of [repeat, other]) groups.set(each, [...(groups.get(each) ?? []), id]);
  }
  return groups.size === 0 ? undefined : [...groups.values()];
}

function byIdentity(replicates: ReadonlyMap<ReplicateId, string>): readonly (readonly ReplicateId[])[] {
  const groups = new Map<string, ReplicateId[]>();
  for (const [replicate, identity] of replicates) {
    const members = groups.get(identity);
    if (members === undefined) groups.set(identity, [replicate]);
    else members.push(replicate);
  }
  return [...groups.values()];
}

/** `5 folds × 3 repeats`, the most there are of each; null where no number has folds. */
export function foldsText(summaries: readonly Pick<FoldedSummary, "folds">[]): string | null {
  const found = summaries.flatMap(({ folds }) => (folds === undefined ? [] : [folds]));
  if (found.length === 0) return null;
  const repeats = Math.max(...found.map((each) => each.repeats));
  return `${Math.max(...found.map((each) => each.folds))} folds × ${counted(repeats, "repeat")}`;
}

export function reduceValues(by: "mean" | "min" | "max" | "sd", values: readonly number[]): number {
  if (values.length === 0 || values.some((value) => !Number.isFinite(value))) {
    return Number.NaN;
  }
  switch (by) {
    case "mean":
      return mean(values);
    case "sd":
      return standardDeviation(values);
    case "min":
      return values.reduce((least, value) => Math.min(least, value));
    case "max":
      return values.reduce((greatest, value) => Math.max(greatest, value));
    default:
      return by satisfies never;
  }
}

export function keyOf(at: { readonly [axis: string]: string }, axes: readonly string[]): string {
  return JSON.stringify(axes.map((axis) => at[axis] ?? null));
}

/** By the axes both have; the rest broadcasts. */
export function joined(left: Series, right: Series, f: (left: PointValue, right: PointValue) => PointValue): Series {
  const shared = left.axes.filter((axis) => right.axes.includes(axis));
  const index = new Map<string, SeriesPoint[]>();
  for (const point of right.points) {
    const key = keyOf(point.at, shared);
    const bucket = index.get(key);
    if (bucket === undefined) {
      index.set(key, [point]);
    } else {
      bucket.push(point);
    }
  }
  return {
    axes: [...left.axes, ...right.axes.filter((axis) => !left.axes.includes(axis))],
    points: left.points.flatMap((point) =>
      (index.get(keyOf(point.at, shared)) ?? []).map((other) => ({
        at: { ...point.at, ...other.at },
        value: f(point.value, other.value),
      })),
    ),
  };
}
