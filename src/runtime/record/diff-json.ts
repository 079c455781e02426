/** `xferc diff --format json`. */

import type { NumericSignature } from "../../compiler/plan/index.js";
import type { Lonely, RunDiff, Sample, Weight } from "./diff.js";
import type { Difference } from "./differences.js";
import type { RunRecord } from "./read.js";
import { numberOrNull, type RowJson, rowJson } from "./reproduce-json.js";

const RUN_DIFF_VERSION = 1;

export interface RunDiffJson {
  readonly version: typeof RUN_DIFF_VERSION;
  readonly a: SideJson;
  readonly b: SideJson;
  readonly study: readonly Difference[];
  /** What may change a number, then what does not. */
  readonly differences: { readonly numeric: readonly Difference[]; readonly other: readonly Difference[] };
  readonly keys: { readonly same: number; readonly a: number; readonly b: number };
  readonly causes: RunDiff["causes"];
  /** Rows: the same bits or failed in both, and not. */
  readonly rows: { readonly same: number; readonly differing: number };
  /** Numbers that differ, their repeats together, the most important first. */
  readonly numbers: readonly NumberJson[];
  readonly onlyA: LonelyJson;
  readonly onlyB: LonelyJson;
}
interface SideJson {
  readonly run: string | null;
  readonly study: string;
  readonly xferc: string;
  readonly signature: NumericSignature;
  readonly startedAt: string | null;
  readonly status: string | null;
}
interface SampleJson {
  /** Null where no repeat has a number. */
  readonly mean: number | null;
  /** ddof 1; null below two repeats. */
  readonly sd: number | null;
  readonly n: number;
  readonly failed: number;
  readonly not_reached: number;
}
interface NumberJson extends Omit<RowJson, "repeat"> {
  readonly a: SampleJson;
  readonly b: SampleJson;
  readonly difference: number | null;
  readonly relative: number | null;
  /** In pooled standard deviations over repeats; null without repeats, or where they have no spread. */
  readonly deviations: number | null;
  readonly weight: Weight;
  readonly why: string;
}
interface LonelyJson {
  readonly cells: readonly string[];
  readonly rows: readonly RowJson[];
}

export function runDiffJson(diff: RunDiff): RunDiffJson {
  const { keys, causes, same, differing } = diff;
  return {
    version: RUN_DIFF_VERSION,
    a: sideJson(diff.before),
    b: sideJson(diff.after),
    study: diff.study,
    differences: diff.surroundings,
    keys: { same: keys.same, a: keys.before, b: keys.after },
    causes,
    rows: { same, differing },
    numbers: diff.numbers.map((number): NumberJson => {
      const { repeat: _, ...row } = rowJson(number.row);
      return {
        ...row,
        a: sampleJson(number.before),
        b: sampleJson(number.after),
        difference: numberOrNull(number.difference),
        relative: numberOrNull(number.relative),
        deviations: numberOrNull(number.deviations),
        weight: number.weight,
        why: number.why,
      };
    }),
    onlyA: lonelyJson(diff.onlyBefore),
    onlyB: lonelyJson(diff.onlyAfter),
  };
}

function sideJson({ head, lock }: RunRecord): SideJson {
  const { id, signature, startedAt, status } = head;
  return { run: id, study: lock.study, xferc: lock.xferc, signature, startedAt, status };
}

function sampleJson({ mean, sd, n, failed, unreached }: Sample): SampleJson {
  return { mean: numberOrNull(mean), sd: numberOrNull(sd), n, failed, not_reached: unreached };
}

function lonelyJson({ cells, rows }: Lonely): LonelyJson {
  return { cells, rows: rows.map(rowJson) };
}
