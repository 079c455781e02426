/** Any table with a row an image: its path, its label or labels, and whatever else is known of it. */

import { isAbsolute } from "node:path";
import type { SplitName } from "../../../compiler/study.js";
import { isBlank } from "../attributes.js";
import { badRow, Cases, type Loss, type Row } from "../cases.js";
import { DataFolder, extensionOf, normalized } from "../folder.js";
import { type CsvRow, type CsvTable, columnAt, readCsv } from "../formats/csv.js";
import { decodeFiles } from "../formats/files.js";
import { DataError, type DataSource, type DatasetAdapter, type ProblemKind, UNKNOWN_LABEL } from "../types.js";

const SPLIT_WORDS: { readonly [word: string]: SplitName } = {
  train: "train",
  training: "train",
  val: "val",
  valid: "val",
  validate: "val",
  validation: "val",
  dev: "val",
  test: "test",
  testing: "test",
};

export const imageCsv: DatasetAdapter = {
  id: "image_csv",
  reads: "files",

  async index(source) {
    const folder = new DataFolder(source.root);
    const options = optionsOf(source);
    const file = options.csv ?? (await onlyTable(folder));
    await checkPlace(folder, file);
    const cases = new Cases();
    let attributes: readonly string[] = [];
    await readCsv(source.root, file, (table) => {
      const reader = rowReader(table, options, cases);
      attributes = reader.attributes;
      return reader.row;
    });
    const classes = options.labels ?? options.classes;
    return cases.index(source, folder, {
      ...(classes === undefined ? {} : { classes }),
      channels: source.adapter.params.channels === 1 ? 1 : 3,
      attributes,
      ...(options.group === undefined ? {} : { groupedBy: options.group }),
      strays: "tell",
    });
  },

  decode: decodeFiles,
};

interface Options {
  readonly csv?: string;
  readonly image: string;
  readonly label?: string;
  readonly labels?: readonly string[];
  readonly split?: string;
  readonly group?: string;
  readonly id?: string;
  readonly folder: string;
  readonly extension: string;
  readonly classes?: readonly string[];
}

function optionsOf({ adapter: { params } }: DataSource): Options {
  const word = (name: string) => (typeof params[name] === "string" ? { [name]: params[name] } : {});
  const list = (name: string) => (Array.isArray(params[name]) ? { [name]: params[name].map(String) } : {});
  const options: Options = {
    image: String(params.image ?? ""),
    folder: String(params.folder ?? ""),
    extension: String(params.extension ?? ""),
    ...word("csv"),
    ...word("label"),
    ...list("labels"),
    ...word("split"),
    ...word("group"),
    ...word("id"),
    ...list("classes"),
  };
  if ((options.label === undefined) === (options.labels === undefined)) {
    const hint = 'say `label: "diagnosis"`, or `labels: ["edema", "fracture"]` where an image can have several';
    throw new DataError("an image_csv needs either `label` or `labels`", hint);
  }
  return options;
}

async function onlyTable(folder: DataFolder): Promise<string> {
  const entries = await folder.list("");
  const tables = entries.map(({ name }) => name).filter((name) => /\.(csv|tsv)$/i.test(name) && !name.startsWith("."));
  const [only, second] = tables.sort();
  if (only === undefined) throw new DataError("there is no CSV or TSV file in it", "put one there or name it: `csv:`");
  if (second !== undefined) {
    throw new DataError(`it has the tables ${tables.slice(0, 5).join(", ")}`, `say which: \`csv: "${only}"\``);
  }
  return only;
}

async function checkPlace(folder: DataFolder, file: string): Promise<void> {
  await folder.list("");
  const trouble = await folder.trouble(file);
  if (trouble !== undefined) throw new DataError(`${file} ${trouble.reason}`, "name a table in the data set's folder");
}

function rowReader(table: CsvTable, options: Options, cases: Cases) {
  const image = columnAt(table, options.image);
  const at = (name: string | undefined) => (name === undefined ? undefined : columnAt(table, name));
  const [label, split, group, id] = [at(options.label), at(options.split), at(options.group), at(options.id)];
  const labels = options.labels?.map((name) => columnAt(table, name));
  const used = new Set([image, label, split, group, id, ...(labels ?? [])]);
  const others = table.header.flatMap((name, i) => (used.has(i) || name === "" ? [] : [i]));
  const read = (cells: readonly string[]): Row => {
    const path = cells[image]?.trim() ?? "";
    if (path === "") return { lost: "missing-file", reason: `names no ${options.image}`, remedy: "fill it in" };
    const own = id === undefined ? path : (cells[id]?.trim() ?? "");
    if (own === "") return { lost: "bad-row", reason: `has no ${options.id ?? "id"}`, remedy: "fill it in" };
    const file = fileOf(path, options);
    const lost = (kind: ProblemKind, reason: string, remedy: string): Loss => {
      return { lost: kind, reason, remedy, id: own, file };
    };
    const given = labels === undefined ? nameIn(cells, label) : numbersIn(cells, labels);
    if (given === undefined) {
      return labels === undefined
        ? lost("missing-label", "has no label", "fill it in, or take the row out")
        : lost("unknown-label", "has a label that is not 0, 1 or blank", "mend it, or take the row out");
    }
    const place = split === undefined ? null : splitIn(cells[split] ?? "");
    if (place === undefined) {
      return lost("bad-row", `has the split ${(cells[split ?? 0] ?? "").slice(0, 40)}`, "write train, val or test");
    }
    const owner = group === undefined ? undefined : cells[group]?.trim();
    if (owner !== undefined && isBlank(owner)) return lost("bad-row", `has no ${options.group}`, "fill it in");
    return {
      id: own,
      file,
      split: place,
      label: given,
      ...(owner === undefined ? {} : { group: owner }),
      cells: others.map((i) => cells[i] ?? ""),
    };
  };
  const row = ({ cells, line, problem }: CsvRow) => {
    const found = problem === undefined ? read(cells) : badRow(problem);
    cases.take(table.file, line, found);
  };
  return { attributes: others.map((i) => table.header[i] ?? ""), row };
}

function nameIn(cells: readonly string[], at: number | undefined): string | undefined {
  const cell = at === undefined ? "" : (cells[at]?.trim() ?? "");
  if (isBlank(cell)) return undefined;
  // 1 and 1.0 are one class
  return /^-?\d+\.0*$/.test(cell) ? String(Number(cell)) : cell;
}

/** Blank and −1 are not known. */
function numbersIn(cells: readonly string[], at: readonly number[]): readonly number[] | undefined {
  const numbers = at.map((i) => {
    const cell = cells[i]?.trim() ?? "";
    return isBlank(cell) ? UNKNOWN_LABEL : Number(cell);
  });
  return numbers.every((value) => value === 0 || value === 1 || value === UNKNOWN_LABEL) ? numbers : undefined;
}

function splitIn(cell: string): SplitName | undefined {
  return SPLIT_WORDS[cell.trim().toLowerCase()];
}

function fileOf(path: string, { folder, extension }: Options): string {
  const named = extension === "" || extensionOf(path) !== "" ? path : `${path}${extension}`;
  // what is absolute stays so, and is refused
  return normalized(folder === "" || isAbsolute(path) ? named : `${folder}/${named}`);
}
