/** Columns of attributes: names a study can write, and values typed as numbers where all of them are. */

import type { AttributeColumn, AttributeValue } from "./types.js";

/** How tables write that a cell is not known. */
const BLANK = new Set(["", "na", "n/a", "nan", "null", "none", "nil", "?"]);
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

export function isBlank(cell: string): boolean {
  return cell.length <= 4 && BLANK.has(cell.trim().toLowerCase());
}

/** `Patient Age` → `patient_age`; `AP/PA` → `ap_pa`. */
function columnName(header: string, taken: ReadonlySet<string>): string {
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
  /** The cells of a row, typed, in the order of the columns. */
  valuesOf(cells: readonly string[]): readonly AttributeValue[];
}

/** Columns of these names, by what their rows hold; a column of blanks alone is left out. */
export function attributesOf(names: readonly string[], rows: Iterable<readonly string[]>): Attributes {
  const types = typesOf(names.length, rows);
  const taken = new Set<string>();
  const kept = names.flatMap((header, at) => {
    const type = types[at];
    if (type === undefined) return [];
    const name = columnName(header, taken);
    taken.add(name);
    return [{ at, column: { name, type } }];
  });
  const values = new Map<string, string>();
  return {
    columns: kept.map(({ column }) => column),
    valuesOf: (cells) => kept.map(({ at, column }) => typed(cells[at] ?? "", column.type, values)),
  };
}

/** Undefined where a column holds nothing. */
function typesOf(width: number, rows: Iterable<readonly string[]>): readonly (AttributeColumn["type"] | undefined)[] {
  const types = new Array<AttributeColumn["type"] | undefined>(width).fill(undefined);
  for (const row of rows) {
    for (let at = 0; at < width; at++) {
      const cell = row[at] ?? "";
      if (types[at] === "string" || isBlank(cell)) continue;
      types[at] = NUMBER.test(cell.trim()) && Number.isFinite(Number(cell)) ? "number" : "string";
    }
  }
  return types;
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
