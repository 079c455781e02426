/** CheXpert: `train.csv` and `valid.csv`, 14 labels of 1, 0, −1 and blank, paths that begin with the archive's name. */

import { badRow, Cases, type Draft, type Row } from "../cases.js";
import { DataFolder, normalized } from "../folder.js";
import { type CsvTable, columnAt, readCsv } from "../formats/csv.js";
import { decodeFiles } from "../formats/files.js";
import { DataError, type DatasetAdapter, UNKNOWN_LABEL } from "../types.js";

const NO_FINDING = "No Finding";
const LABELS = [
  NO_FINDING,
  "Enlarged Cardiomediastinum",
  "Cardiomegaly",
  "Lung Opacity",
  "Lung Lesion",
  "Edema",
  "Consolidation",
  "Pneumonia",
  "Atelectasis",
  "Pneumothorax",
  "Pleural Effusion",
  "Pleural Other",
  "Fracture",
  "Support Devices",
];
const TABLES = [
  ["train.csv", "train"],
  ["valid.csv", "val"],
  ["test.csv", "test"],
] as const;
const ATTRIBUTES = ["Sex", "Age", "Frontal/Lateral", "AP/PA"];

type Uncertain = "zeros" | "ones" | "ignore";
type Views = "all" | "frontal" | "lateral";

export const chexpert: DatasetAdapter = {
  id: "chexpert",
  reads: "files",

  async index(source) {
    const folder = new DataFolder(source.root);
    await folder.list("");
    const names = await folder.names("");
    const tables = TABLES.filter(([table]) => names.has(table));
    if (!tables.some(([table]) => table === "train.csv")) {
      const inner = [...names].find((name) => /^CheXpert-v1\.0/i.test(name));
      const hint =
        inner === undefined ? "is it the folder with `train` and `valid`?" : `is it the folder ${inner} in it?`;
      throw new DataError("there is no train.csv", hint);
    }
    const { params } = source.adapter;
    const options = { uncertain: params.uncertain as Uncertain, views: params.views as Views };
    const cases = new Cases();
    for (const [file, split] of tables) {
      await readCsv(source.root, file, (table) => {
        const read = rowReader(table, split, options);
        return ({ cells, line, problem }) => {
          const found = problem === undefined ? read(cells) : badRow(problem);
          if (found !== undefined) cases.take(file, line, found);
        };
      });
    }
    return cases.index(source, folder, {
      classes: LABELS,
      channels: 1,
      attributes: ATTRIBUTES,
      groupedBy: "patient",
      // lateral views beside frontal ones are no strays
      strays: options.views === "all" ? "tell" : "ignore",
    });
  },

  decode: decodeFiles,
};

/** Undefined for a view that was not asked for. */
function rowReader(
  table: CsvTable,
  split: Draft["split"],
  { uncertain, views }: { readonly uncertain: Uncertain; readonly views: Views },
): (cells: readonly string[]) => Row | undefined {
  const path = columnAt(table, "Path");
  const view = table.header.indexOf("Frontal/Lateral");
  const labels = LABELS.map((name) => columnAt(table, name));
  const others = ATTRIBUTES.map((name) => table.header.indexOf(name));
  return (cells) => {
    const written = cells[path]?.trim() ?? "";
    if (written === "") return { lost: "missing-file", reason: "has no Path", remedy: "fill it in" };
    const file = withinArchive(written);
    const patient = /(?:^|\/)(patient\d+)\//.exec(file)?.[1];
    if (patient === undefined) {
      return { lost: "bad-row", reason: "has a Path without a patient", remedy: "mend the row", id: file };
    }
    const side = (cells[view]?.trim() ?? (/frontal/i.test(file) ? "Frontal" : "Lateral")).toLowerCase();
    if (views !== "all" && side !== views) return undefined;
    const label = labelsIn(cells, labels, uncertain);
    if (label === undefined) {
      const reason = "has a label that is not 1, 0, -1 or blank";
      return { lost: "unknown-label", reason, remedy: "mend the row, or take it out", id: file };
    }
    return { id: file, file, split, label, group: patient, cells: others.map((at) => cells[at] ?? "") };
  };
}

/** `CheXpert-v1.0-small/train/patient00001/…` → `train/patient00001/…`, whatever the archive was called. */
function withinArchive(path: string): string {
  const plain = normalized(path);
  const start = /(?:^|\/)((?:train|valid|test)\/.*)$/.exec(plain.replace(/^CheXpert[^/]*\//i, ""));
  return start?.[1] ?? plain;
}

/** Blank is 0 whatever the policy. A row with no finding, and none that is not known, has `No Finding`. */
function labelsIn(
  cells: readonly string[],
  columns: readonly number[],
  uncertain: Uncertain,
): readonly number[] | undefined {
  const values = columns.map((at): number => {
    const cell = cells[at]?.trim() ?? "";
    if (cell === "") return 0;
    const value = Number(cell);
    if (value === 0 || value === 1) return value;
    if (value !== -1) return Number.NaN;
    return uncertain === "zeros" ? 0 : uncertain === "ones" ? 1 : UNKNOWN_LABEL;
  });
  if (values.some(Number.isNaN)) return undefined;
  if (!values.some((value) => value !== 0)) values[0] = 1;
  return values;
}
