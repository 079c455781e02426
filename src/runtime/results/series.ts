/** Numbers by point and replicate: what a quantity is once there are results. */

import { jackknife, type PairedEstimate } from "../../analysis/reuse.js";
import { mean, NO_SUMMARY, type Summary, standardDeviation, summarize } from "./statistics.js";

/** One number. Two with equal identity are one observation seen twice (RI under five sources). */
export interface Observation {
  /** NaN where it failed or is undefined. */
  readonly value: number;
  readonly identity: string;
}

/** `1`, `2`, …: a repeat. */
export type ReplicateId = string;

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

export interface PointSummary extends Summary {
  /** Replicates without a number: failed, or undefined (a division by zero). */
  readonly missing: number;
  /** Pooled numbers have no spread of their own; their interval is the jackknife's over replicates. */
  readonly pooled: boolean;
}

export function summarizePoint(value: PointValue): PointSummary {
  if (value.kind === "each") {
    const all = [...value.observations.values()];
    const present = finite(all);
    return {
      ...summarize(distinct(present).map((each) => each.value)),
      missing: all.length - present.length,
      pooled: false,
    };
  }
  const number = value.at(value.replicates);
  if (!Number.isFinite(number)) {
    return { ...NO_SUMMARY, missing: 1, pooled: true };
  }
  const pooled = { ...NO_SUMMARY, mean: number, missing: 0, pooled: true };
  if (value.replicates === "any") {
    return { ...pooled, n: 1 };
  }
  const { low, high, n } = jackknifed(value, value.replicates);
  return value.rough ? { ...pooled, n } : { ...pooled, low, high, n };
}

/** Replicates that are one observation are left out together; both sides of a sum lose the same ones, so it is paired. */
function jackknifed(value: Pooled, replicates: ReadonlyMap<ReplicateId, string>): PairedEstimate {
  const identities = [...new Set(replicates.values())];
  return jackknife(identities.length, (left) =>
    left < 0
      ? value.at(replicates)
      : value.at({ has: (replicate) => replicates.has(replicate) && replicates.get(replicate) !== identities[left] }),
  );
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
