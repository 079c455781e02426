/** Two runs held against each other: which numbers differ and by how much, which keys and why, and all around them. */

import { diffRecorded, type NodeKey, type RecordedPlan, sameCells, wholeReason } from "../../compiler/plan/index.js";
import { mean, standardDeviation } from "../results/statistics.js";
import { compareRows, type RowPair } from "./compare.js";
import { type Difference, type Surroundings, studyDifferences, surroundingDifferences } from "./differences.js";
import { type RunRecord, readRecord } from "./read.js";
import { cellIdentity, type RecordedRow, readRows, rowRank } from "./rows.js";

export interface RunDiff {
  readonly before: RunRecord;
  readonly after: RunRecord;
  readonly surroundings: Surroundings;
  /** The study's text, and what of it was asked for. */
  readonly study: readonly Difference[];
  readonly keys: { readonly same: number; readonly before: number; readonly after: number };
  /** Why numbers differ, the reason of most first. */
  readonly causes: readonly { readonly why: string; readonly numbers: number }[];
  /** Rows that are the same bits, or failed in both. */
  readonly same: number;
  /** Rows that are not. */
  readonly differing: number;
  /** Numbers that differ, their repeats together, the most important first. */
  readonly numbers: readonly NumberDifference[];
  /** Numbers and cells that only one run has. */
  readonly onlyBefore: Lonely;
  readonly onlyAfter: Lonely;
}

export interface Lonely {
  readonly cells: readonly string[];
  readonly rows: readonly RecordedRow[];
}

/** Over the repeats that have a number. */
export interface Sample {
  readonly mean: number;
  /** ddof 1; NaN below two. */
  readonly sd: number;
  readonly n: number;
  readonly failed: number;
  readonly unreached: number;
}

export interface NumberDifference {
  /** One of its rows, for its name. */
  readonly row: RecordedRow;
  readonly before: Sample;
  readonly after: Sample;
  /** Of the means, after minus before; NaN where one side has none. */
  readonly difference: number;
  /** Of the mean before. */
  readonly relative: number;
  /** The difference in standard deviations over repeats, pooled; NaN where there are no repeats. */
  readonly deviations: number;
  readonly weight: Weight;
  readonly why: string;
}

/** `failed`: one side has no number. `beyond`: more than one standard deviation. `unknown`: there are no repeats to tell. */
export type Weight = "failed" | "beyond" | "unknown" | "within";
const ORDER: readonly Weight[] = ["failed", "beyond", "unknown", "within"];

/** @throws UsageError, RecordError */
export function diffRuns(first: string, second: string, cwd: string): RunDiff {
  return diffRecords(readRecord(first, cwd), readRecord(second, cwd));
}

function diffRecords(before: RunRecord, after: RunRecord): RunDiff {
  const names = renamedExperiments(before.plan, after.plan);
  const rows = readRows(after.folder, after.shown).map((row) => renamed(row, names));
  const known = readRows(before.folder, before.shown);
  const compared = compareRows(known, rows, 0);
  const numbers = numberDifferences(compared.differing, { before: known, after: rows }, whyOf(before, after));
  const keys = new Set<string>(before.plan.nodes.map(({ key }) => key));
  return {
    before,
    after,
    surroundings: surroundingDifferences(before, after),
    study: studyDifferences(before, after),
    keys: {
      same: after.plan.nodes.filter(({ key }) => keys.has(key)).length,
      before: before.plan.nodes.length,
      after: after.plan.nodes.length,
    },
    causes: causesOf(numbers),
    same: compared.same.length,
    differing: compared.differing.length,
    numbers,
    onlyBefore: { cells: lonelyCells(before.plan, after.plan, "before"), rows: compared.onlyBefore },
    onlyAfter: { cells: lonelyCells(before.plan, after.plan, "after"), rows: compared.onlyAfter },
  };
}

/** Names of the second run's experiments in the first, where they were called otherwise. */
function renamedExperiments(before: RecordedPlan, after: RecordedPlan): ReadonlyMap<string, string> {
  const cells = new Map(before.cells.map((cell) => [cell.id, cell.experiment]));
  const experiments = new Map(after.cells.map((cell) => [cell.id, cell.experiment]));
  const names = new Map<string, string>();
  for (const [id, counterpart] of sameCells(after.cells, before.cells)) {
    const [is, was] = [experiments.get(id), cells.get(counterpart)];
    if (is !== undefined && was !== undefined && is !== was) names.set(is, was);
  }
  return names;
}

function renamed(row: RecordedRow, names: ReadonlyMap<string, string>): RecordedRow {
  const experiment = names.get(row.experiment);
  return experiment === undefined ? row : { ...row, experiment };
}

function lonelyCells(before: RecordedPlan, after: RecordedPlan, side: "before" | "after"): readonly string[] {
  const matched = sameCells(after.cells, before.cells);
  if (side === "after") return after.cells.flatMap(({ id }) => (matched.has(id) ? [] : [id]));
  const known = new Set(matched.values());
  return before.cells.flatMap(({ id }) => (known.has(id) ? [] : [id]));
}

// ── numbers ──────────────────────────────────────────────────────────────────────────────────────────────────────

interface Sides {
  readonly before: readonly RecordedRow[];
  readonly after: readonly RecordedRow[];
}

/** Each with all repeats of its side: one of them alone says little. */
function numberDifferences(
  differing: readonly RowPair[],
  all: Sides,
  why: (pair: RowPair) => string,
): readonly NumberDifference[] {
  const examples = new Map<string, RowPair>();
  for (const pair of differing) {
    const identity = cellIdentity(pair.before);
    if (!examples.has(identity)) examples.set(identity, pair);
  }
  const [before, after] = [byCell(all.before), byCell(all.after)];
  return [...examples]
    .map(([identity, pair]) =>
      numberDifference({ before: before.get(identity) ?? [], after: after.get(identity) ?? [] }, pair, why(pair)),
    )
    .sort(byImportance);
}

function byCell(rows: readonly RecordedRow[]): ReadonlyMap<string, readonly RecordedRow[]> {
  const cells = new Map<string, RecordedRow[]>();
  for (const row of rows) {
    const identity = cellIdentity(row);
    const members = cells.get(identity);
    if (members) members.push(row);
    else cells.set(identity, [row]);
  }
  return cells;
}

function numberDifference(sides: Sides, example: RowPair, why: string): NumberDifference {
  const [before, after] = [sampleOf(sides.before), sampleOf(sides.after)];
  const difference = after.mean - before.mean;
  const relative = difference === 0 ? 0 : difference / Math.abs(before.mean);
  const spread = pooled(before, after);
  const deviations = difference === 0 ? 0 : Math.abs(difference) / spread;
  const weight = weightOf(before, after, deviations);
  return { row: example.before, before, after, difference, relative, deviations, weight, why };
}

function sampleOf(rows: readonly RecordedRow[]): Sample {
  const values = rows.flatMap(({ value }) => (Number.isFinite(value) ? [value] : []));
  const unreached = rows.filter(({ status }) => status === "not_reached").length;
  const failed = rows.length - values.length - unreached;
  return { mean: mean(values), sd: standardDeviation(values), n: values.length, failed, unreached };
}

/** NaN where no side has two repeats. */
function pooled(a: Sample, b: Sample): number {
  const parts = [a, b].filter(({ n }) => n > 1);
  const freedom = parts.reduce((sum, { n }) => sum + n - 1, 0);
  const squares = parts.reduce((sum, { sd, n }) => sum + sd ** 2 * (n - 1), 0);
  return freedom === 0 ? Number.NaN : Math.sqrt(squares / freedom);
}

function weightOf(before: Sample, after: Sample, deviations: number): Weight {
  const lacks = ({ failed, unreached }: Sample) => failed + unreached > 0;
  if (lacks(before) !== lacks(after) || before.n === 0 || after.n === 0) return "failed";
  if (Number.isNaN(deviations)) return "unknown";
  return deviations > 1 ? "beyond" : "within";
}

function byImportance(a: NumberDifference, b: NumberDifference): number {
  const order = ORDER.indexOf(a.weight) - ORDER.indexOf(b.weight);
  return (
    order ||
    rowRank(a.row) - rowRank(b.row) ||
    descending(a.deviations, b.deviations) ||
    descending(Math.abs(a.relative), Math.abs(b.relative))
  );
}

/** What is no number comes last; two infinities are equal. */
function descending(a: number, b: number): number {
  const [x, y] = [Number.isNaN(a) ? -1 : a, Number.isNaN(b) ? -1 : b];
  return x === y ? 0 : y - x;
}

// ── why ──────────────────────────────────────────────────────────────────────────────────────────────────────────

export const DERIVED = "derived from numbers that differ";
const SAME_KEY = "the same key, yet another number: other hardware, or an engine that is not deterministic";

function whyOf(before: RunRecord, after: RunRecord): (pair: RowPair) => string {
  const { reasons } = diffRecorded(before.plan, after.plan, { files: after.files, overrides: after.head.overrides });
  return ({ before: was, after: is }) => {
    if (is.node === "") return DERIVED;
    if (is.node === was.node) return is.status === was.status ? SAME_KEY : setback(is);
    const root = reasons.get(is.node as NodeKey);
    // a node both plans have, under another cell's name
    if (root === undefined) return "another cell's result";
    return wholeReason(root.reason, root.node.source.path);
  };
}

function setback({ status, reason }: RecordedRow): string {
  switch (status) {
    case "failed":
      return `it failed: ${reason}`;
    case "not_reached":
      return reason;
    case "ok":
      return "it had no number";
    default:
      return status satisfies never;
  }
}

function causesOf(numbers: readonly NumberDifference[]): RunDiff["causes"] {
  const causes = new Map<string, number>();
  for (const { why } of numbers) causes.set(why, (causes.get(why) ?? 0) + 1);
  return [...causes].map(([why, count]) => ({ why, numbers: count })).sort((a, b) => b.numbers - a.numbers);
}
