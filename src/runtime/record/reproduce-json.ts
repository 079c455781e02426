/** `xferc reproduce --format json`. */

import type { NumericSignature } from "../../compiler/plan/index.js";
import { packageVersion } from "../host/package.js";
import type { Difference } from "./differences.js";
import type { Explained, Prepared, Reproduction, Verdict } from "./reproduce.js";
import type { RecordedRow } from "./rows.js";
import type { Verified } from "./verify.js";

const REPRODUCTION_VERSION = 1;

export interface ReproductionJson {
  readonly version: typeof REPRODUCTION_VERSION;
  readonly study: string;
  readonly verdict: Verdict;
  readonly recorded: { readonly run: string | null; readonly xferc: string; readonly signature: NumericSignature };
  readonly here: {
    /** The new run's folder. */
    readonly run: string;
    readonly xferc: string;
    readonly signature: NumericSignature;
    readonly computed: number;
    readonly cached: number;
    readonly failed: number;
  };
  readonly inputs: readonly Verified[];
  /** What may change a number, then what does not. */
  readonly differences: { readonly numeric: readonly Difference[]; readonly other: readonly Difference[] };
  readonly keys: { readonly same: number; readonly recorded: number };
  /** Relative. */
  readonly tolerance: number;
  readonly numbers: {
    readonly same: number;
    readonly close: number;
    readonly differing: number;
    readonly onlyRecorded: number;
    readonly onlyHere: number;
  };
  /** All that differ, the largest difference first. */
  readonly differing: readonly DifferingJson[];
  readonly onlyRecorded: readonly RowJson[];
  readonly onlyHere: readonly RowJson[];
}

export interface RowJson {
  readonly experiment: string;
  readonly axes: RecordedRow["axes"];
  /** Null for a number made of several repeats. */
  readonly repeat: number | null;
  readonly measure: string;
  readonly metric: string;
  readonly estimator: string;
}
interface DifferingJson extends RowJson {
  /** Null where it failed. */
  readonly recorded: number | null;
  readonly here: number | null;
  /** Of the larger; null where one failed. */
  readonly relative: number | null;
  readonly why: string;
}

export function reproductionJson(prepared: Prepared, reproduction: Reproduction, tolerance: number): ReproductionJson {
  const { record, planned, verified, surroundings, keys } = prepared;
  const { run, rows, largest } = reproduction;
  const { computed, cached, failed } = run.execution;
  return {
    version: REPRODUCTION_VERSION,
    study: record.lock.study,
    verdict: reproduction.verdict,
    recorded: { run: record.head.id, xferc: record.lock.xferc, signature: record.head.signature },
    here: { run: run.folder, xferc: packageVersion(), signature: planned.compute.signature, computed, cached, failed },
    inputs: verified,
    differences: surroundings,
    keys,
    tolerance,
    numbers: {
      same: rows.same.length,
      close: rows.close.length,
      differing: rows.differing.length,
      onlyRecorded: rows.onlyBefore.length,
      onlyHere: rows.onlyAfter.length,
    },
    differing: largest.map(differingJson),
    onlyRecorded: rows.onlyBefore.map(rowJson),
    onlyHere: rows.onlyAfter.map(rowJson),
  };
}

export function rowJson({ experiment, axes, repeat, measure, metric, estimator }: RecordedRow): RowJson {
  return { experiment, axes, repeat: repeat === "" ? null : Number(repeat), measure, metric, estimator };
}

function differingJson({ before, after, relative, why }: Explained): DifferingJson {
  return {
    ...rowJson(before),
    recorded: numberOrNull(before.value),
    here: numberOrNull(after.value),
    relative: numberOrNull(relative),
    why,
  };
}

/** JSON has no NaN. */
export function numberOrNull(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
