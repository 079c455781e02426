/** Columns of attributes: names a study can write, and values typed as numbers where all of them are. */

import type { AttributeColumn, AttributeValue, Item } from "./types.js";

/** How tables write that a cell is not known. */
const BLANK = new Set(["", "na", "n/a", "nan", "null", "none", "nil", "?"]);
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

export function isBlank(cell: string): boolean {
  return cell.length <= 4 && BLANK.has(cell.trim().toLowerCase());
}

/** `Patient Age` → `patient_age`; `AP/PA` → `ap_pa`. */
export function columnName(header: string, taken: ReadonlySet<string>): string {
  const plain = header
    .normalize("NFKD")
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "_")
    .replaceAll(/^_+|_+$/g, "");
  const name = /^[a-z]/.test(plain) ? plain : `column${plain === "" ? "" : `_${plain}`}`;
  for (let n = 1; ; n++) {
    const candidate = n === 1 ? name : `${name}_${n}`;
    if (!taken.has(candidate)) return candidate;
  }
}

export interface Attributes {
  readonly columns: readonly AttributeColumn[];
  /** As the items, with their cells typed. */
  readonly items: readonly Item[];
}

/** Gives items the cells of one row each, in the order of `names`; a column of blanks alone is left out. */
export function withAttributes(
  items: readonly Item[],
  names: readonly string[],
  rows: readonly (readonly string[])[],
): Attributes {
  const taken = new Set<string>();
  const kept: { readonly at: number; readonly column: AttributeColumn }[] = [];
  names.forEach((header, at) => {
    const type = typeOf(rows, at);
    if (type === undefined) return;
    const name = columnName(header, taken);
    taken.add(name);
    kept.push({ at, column: { name, type } });
  });
  if (kept.length === 0) return { columns: [], items };
  const values = new Map<string, string>();
  return {
    columns: kept.map(({ column }) => column),
    items: items.map((item, i) => ({
      ...item,
      attributes: kept.map(({ at, column }) => typed(rows[i]?.[at] ?? "", column.type, values)),
    })),
  };
}

function typeOf(rows: readonly (readonly string[])[], at: number): AttributeColumn["type"] | undefined {
  let some = false;
  for (const row of rows) {
    const cell = row[at] ?? "";
    if (isBlank(cell)) continue;
    if (!NUMBER.test(cell.trim()) || !Number.isFinite(Number(cell))) return "string";
    some = true;
  }
  return some ? "number" : undefined;
}

/** One string a value, however many rows have it. */
function typed(cell: string, type: AttributeColumn["type"], known: Map<string, string>): AttributeValue {
  if (isBlank(cell)) return null;
  if (type === "number") return Number(cell);
  const text = cell.trim();
  const first = known.get(text);
  if (first !== undefined) return first;
  known.set(text, text);
  return text;
}
