/** Numbers of two runs, row by row. */

import { type RecordedRow, rowIdentity } from "./rows.js";

export interface RowPair {
  readonly before: RecordedRow;
  readonly after: RecordedRow;
}

export interface RowComparison {
  /** The same bits, or failed in both. */
  readonly same: readonly RowPair[];
  /** Others, within the tolerance. */
  readonly close: readonly RowPair[];
  readonly differing: readonly RowPair[];
  readonly onlyBefore: readonly RecordedRow[];
  readonly onlyAfter: readonly RecordedRow[];
}

/** @param tolerance relative to the larger of the two */
export function compareRows(
  before: readonly RecordedRow[],
  after: readonly RecordedRow[],
  tolerance: number,
): RowComparison {
  const known = new Map(before.map((row) => [rowIdentity(row), row]));
  const [same, close, differing]: [RowPair[], RowPair[], RowPair[]] = [[], [], []];
  const onlyAfter: RecordedRow[] = [];
  for (const row of after) {
    const identity = rowIdentity(row);
    const was = known.get(identity);
    if (was === undefined) {
      onlyAfter.push(row);
      continue;
    }
    known.delete(identity);
    const pair = { before: was, after: row };
    if (isSame(pair)) same.push(pair);
    else if (relativeDifference(pair) <= tolerance) close.push(pair);
    else differing.push(pair);
  }
  return { same, close, differing, onlyBefore: [...known.values()], onlyAfter };
}

function isSame({ before, after }: RowPair): boolean {
  return before.status === after.status && Object.is(before.value, after.value);
}

/** Of the larger magnitude; infinite where only one of them is a number. */
export function relativeDifference({ before, after }: RowPair): number {
  const [a, b] = [before.value, after.value];
  if (!Number.isFinite(a) || !Number.isFinite(b)) return Number.POSITIVE_INFINITY;
  const scale = Math.max(Math.abs(a), Math.abs(b));
  return scale === 0 ? 0 : Math.abs(a - b) / scale;
}
