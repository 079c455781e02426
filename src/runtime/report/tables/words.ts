/** What a table says in words: its heads, its cells, its caption; the same in the page, in Markdown and in LaTeX. */

import type { PointSummary } from "../../results/series.js";
import { decimal, numberText, rangeText, type Scale, type Written, written } from "../numbers.js";
import { FEWEST_PAIRS, NOISE_LEVEL } from "./best.js";
import type { CellView, ColumnView, TableCell, TableRow, TableView } from "./view.js";

/** `digits_few`, `brain / gain`; `test` where a table has no column axes. */
export function headText({ heads, cell }: ColumnView): string {
  return heads.length === 0 ? cell.label : heads.join(" / ");
}

export interface HeadGroup {
  readonly text: string;
  /** Columns it stands above. */
  readonly span: number;
}

/** A level of the heads, equal neighbours joined as long as everything above them is equal too. */
export function headGroups({ columns }: TableView, level: number): readonly HeadGroup[] {
  const upTo = (column: ColumnView): string => JSON.stringify(column.heads.slice(0, level + 1));
  const groups: { text: string; span: number; key: string }[] = [];
  for (const column of columns) {
    const last = groups.at(-1);
    const key = upTo(column);
    if (last?.key === key) {
      last.span += 1;
    } else {
      groups.push({ text: column.heads[level] ?? column.cell.label, span: 1, key });
    }
  }
  return groups;
}

/** A label is not said again while it and all before it stay the same; the last always stands. */
export function shownLabels(row: TableRow, previous: TableRow | undefined): readonly (string | null)[] {
  return row.labels.map((label, index) => {
    const same =
      previous !== undefined && row.labels.slice(0, index + 1).every((each, at) => each === previous.labels[at]);
    return same && index < row.labels.length - 1 ? null : label;
  });
}

/** In place of a number: it was not reached, it failed, or it has none; the caption says more. */
export function missingText({ reason, unreached }: PointSummary): "not reached" | "failed" | "none" {
  if (reason !== undefined) return "none";
  return unreached === undefined ? "failed" : "not reached";
}

/** What stands behind a number, where the caption cannot speak for it: `3 of 5 reached`, `n = 3`. */
export function behindText(view: TableView, cell: TableCell): string | undefined {
  const { summary } = cell;
  if (summary === null) return undefined;
  return reachedText(summary) ?? (saysOwnN(view, cell) ? `n = ${summary.n}` : undefined);
}

/** Undefined where none was left out. Rows, folds and pairs are no repeats, and are counted apart from these. */
export function reachedText({ n, unreached, missing, pooled, folds, pairs }: PointSummary): string | undefined {
  if (unreached === undefined) return undefined;
  const failed = pooled ? 0 : Math.max(0, missing - unreached);
  const others = failed === 0 ? "" : `, ${failed} failed`;
  return pooled || folds !== undefined || pairs === true
    ? `n = ${n}, ${unreached} not reached${others}`
    : `${n} of ${n + unreached} reached${others}`;
}

/** A p that would print as zero says what it is below. */
function tinyP({ metric }: CellView, mean: number, { decimals }: Scale): string | undefined {
  const least = 10 ** -decimals;
  return metric === "p" && mean < least / 2 ? `<${decimal(least, decimals)}` : undefined;
}

/** A number of a table, its spread and their power of ten; the interval in `around`, where there is one instead. */
export interface CellNumber extends Written {
  readonly around: string;
}

export function cellNumber({ columns }: TableView, column: number, summary: PointSummary): CellNumber {
  const { mean, sd, low, high } = summary;
  const cell = columns[column]?.cell;
  const scale = cell?.scale ?? { decimals: 3, exponent: 0 };
  const tiny = cell && tinyP(cell, mean, scale);
  // of a number that has no deviation, but an interval
  const known = !Number.isFinite(sd) && Number.isFinite(low) && Number.isFinite(high);
  const parts = known ? written(mean, sd, scale, low, high) : written(mean, sd, scale);
  return {
    ...(tiny === undefined ? parts : { number: tiny, spread: undefined, power: "" }),
    around: known ? ` (${rangeText(low, high, scale)})` : "",
  };
}

/** A cell in words: a failed one says so, an absent one is a dash. */
export function cellText(view: TableView, column: number, cell: TableCell): string {
  const { summary } = cell;
  if (summary === null) {
    return "–";
  }
  if (!Number.isFinite(summary.mean)) {
    return missingText(summary);
  }
  const { number, spread, power, around } = cellNumber(view, column, summary);
  const both = spread === undefined ? number : `${number} ± ${spread}`;
  const text = `${spread !== undefined && power !== "" ? `(${both})` : both}${power}${around}`;
  const behind = behindText(view, cell);
  return `${text}${behind === undefined ? "" : ` (${behind})`}${cell.note === null ? "" : ` [${noteText(view, cell.note)}]`}`;
}

function saysOwnN(view: TableView, { summary }: TableCell): boolean {
  const told = view.n !== null || view.cells.every(({ n }) => n !== null);
  return summary !== null && (!told || summary.missing > 0);
}

const NOTE: Scale = { decimals: 3, exponent: 0 };

/** Three decimals; a p that would print as zero says what it is below. */
export function noteText({ noteMetric }: TableView, note: number): string {
  if (!Number.isFinite(note)) {
    return "–";
  }
  return noteMetric === "p" && note < 0.001 ? "<0.001" : numberText(note, NOTE);
}

const SPREADS: { readonly [spread in TableView["spread"]]: string } = {
  sd: "mean ± sd over repeats (ddof 1)",
  single: "a single repeat, no spread",
  pooled: "one number made of all repeats, with its 95 % interval where there is one",
};

const PAIR_SPREADS = {
  sd: "mean ± sd over pairs of repeats (ddof 1)",
  single: "a single pair of repeats, no spread",
} as const;

function cellWords({ label, formula, metric, estimator }: CellView): string {
  const made = formula === null ? label : `${label} = ${formula}`;
  return metric === "" ? made : `${made}: ${metric}${estimator === null ? "" : `, ${estimator}`}`;
}

function spreadWords(view: TableView): string {
  const folded = view.folds !== null && view.spread === "sd";
  const unfolded = view.pairs && view.spread !== "pooled" ? PAIR_SPREADS[view.spread] : SPREADS[view.spread];
  const spread = folded ? "mean ± sd over folds, repeats averaged within each (ddof 1)" : unfolded;
  return view.mixed ? `${spread}; without ±, one number made of all repeats` : spread;
}

function bestWords({ best, cells, rows, folds }: TableView): string {
  if (best === undefined || !rows.some((row) => row.cells.some((cell) => cell.best))) {
    return "";
  }
  const words = new Set(
    cells.flatMap(({ direction }) => (direction === "none" ? [] : [direction === "max" ? "highest" : "lowest"])),
  );
  const per = best.per.length === 0 ? "" : ` per ${best.per.join(" and ")}`;
  const test = folds === null ? "a paired t-test over repeats" : "a corrected paired t-test over folds";
  const most = Math.max(0, ...rows.flatMap((row) => row.cells.map(({ summary }) => summary?.n ?? 0)));
  const noise =
    most >= FEWEST_PAIRS
      ? `, and what ${test} does not tell from it (p ≥ ${NOISE_LEVEL})`
      : `; of noise, fewer than ${FEWEST_PAIRS} repeats say nothing`;
  return ` Bold: ${[...words].join(" or ")} mean${per}${noise}.`;
}

/** `n = 3`, or of which number it is how many. */
function countWords(view: TableView): string {
  if (view.n !== null) {
    return `n = ${view.n}`;
  }
  const counts = view.cells.map(({ label, n }) => (n === null ? undefined : `n = ${n} (${label})`));
  return counts.every((each) => each !== undefined) ? counts.join(", ") : "n beside each number";
}

/** What was left out because it was not reached: the mean of the others is too low, and nothing here says by how much. */
const UNREACHED_WORDS =
  "Not reached: greater than what was trained for, and left out; a mean of those that reached it is too low, and what is derived from them says nothing of the others";

function unreachedWords({ rows }: TableView): string {
  const some = rows.some(({ cells }) => cells.some(({ summary }) => summary?.unreached !== undefined));
  return some ? ` ${UNREACHED_WORDS}.` : "";
}

/** Why some numbers are none. */
function reasonWords({ rows }: TableView): string {
  const said = rows.flatMap(({ cells }) =>
    cells.flatMap(({ summary }) => (summary !== null && missingText(summary) === "none" ? (summary.reason ?? []) : [])),
  );
  const reasons = new Set(said);
  return reasons.size === 0 ? "" : ` None: ${[...reasons].join("; ")}.`;
}

/** What the numbers are. */
export function captionText(view: TableView): string {
  const count = countWords(view);
  const n = view.folds === null ? count : `${view.folds}${view.n === null ? `, ${count}` : ""}`;
  const made = view.noteFormula === null ? "" : ` = ${view.noteFormula}`;
  const note = view.noteLabel === null ? "" : ` In brackets: ${view.noteLabel}${made}.`;
  return `${view.cells.map(cellWords).join("; ")}; ${spreadWords(view)}, ${n}.${bestWords(view)}${note}${unreachedWords(view)}${reasonWords(view)}`;
}
