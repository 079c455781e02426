/** CBIS-DDSM: tables of findings, and mammograms as TCIA's DICOM folders or as conversions that keep their names. */

import { isBlank } from "../attributes.js";
import { badRow, Cases, type Loss, type Row } from "../cases.js";
import { byCodeUnit, DataFolder, extensionOf } from "../folder.js";
import { type CsvTable, columnAt, readCsv } from "../formats/csv.js";
import { decodeFiles } from "../formats/files.js";
import { imageArea } from "../formats/header.js";
import { IMAGE_EXTENSIONS } from "../formats/sniff.js";
import { DataError, type DataSource, type DatasetAdapter } from "../types.js";

const CLASSES = ["benign", "malignant"];
const TABLE = /^(mass|calc)_case_description_(train|test)_set\.csv$/;
/** Where tables lie: TCIA gives them apart, Kaggle's copy has them in a folder. */
const TABLE_FOLDERS = ["", "csv"];
/** Columns under the names that studies use. */
const ATTRIBUTES: readonly (readonly [name: string, ...headers: string[]])[] = [
  ["laterality", "left or right breast"],
  ["view", "image view"],
  ["breast_density", "breast_density", "breast density"],
  ["abnormality_type", "abnormality type"],
];
const OF_FINDINGS: typeof ATTRIBUTES = [
  ["assessment", "assessment"],
  ["subtlety", "subtlety"],
  ["mass_shape", "mass shape"],
  ["mass_margins", "mass margins"],
  ["calc_type", "calc type"],
  ["calc_distribution", "calc distribution"],
];

interface Finding {
  readonly table: string;
  readonly line: number;
  readonly split: "train" | "test";
  readonly patient: string;
  readonly malignant: boolean;
  /** As the table writes it: `Mass-Training_P_00001_LEFT_CC/UID/UID/000000.dcm`. */
  readonly path: string;
  readonly cells: readonly string[];
}

export const cbisDdsm: DatasetAdapter = {
  id: "cbis_ddsm",
  reads: "files",

  async index(source) {
    const folder = new DataFolder(source.root);
    const patches = source.adapter.params.images === "patches";
    const attributes = patches ? [...ATTRIBUTES, ...OF_FINDINGS] : ATTRIBUTES;
    const cases = new Cases();
    const findings: Finding[] = [];
    for (const { file, split } of await tablesIn(folder, source)) {
      await readCsv(source.root, file, (table) => {
        const read = rowReader(table, split, patches, attributes);
        return ({ cells, line, problem }) => {
          const found = problem === undefined ? read(cells) : badRow(problem);
          if ("lost" in found) cases.take(file, line, found);
          else findings.push({ ...found, table: file, line });
        };
      });
    }
    const places = await imagePlaces(folder);
    for (const [path, own] of byPath(findings)) {
      const first = own[0] as Finding;
      const id = path.split("/", 1)[0] ?? path;
      const file = await fileOf(source, places, path, patches);
      cases.take(first.table, first.line, draftOf(id, file, path, own));
    }
    return cases.index(source, folder, {
      classes: CLASSES,
      channels: source.adapter.params.channels === 3 ? 3 : 1,
      attributes: attributes.map(([name]) => name),
      groupedBy: "patient",
      // masks and crops lie beside whole images
      strays: "ignore",
    });
  },

  decode: decodeFiles,
};

async function tablesIn(folder: DataFolder, { adapter }: DataSource) {
  await folder.list("");
  const { findings } = adapter.params;
  const tables: { readonly file: string; readonly split: "train" | "test" }[] = [];
  for (const place of TABLE_FOLDERS) {
    for (const name of [...(await folder.names(place))].sort(byCodeUnit)) {
      const [, kind, split] = TABLE.exec(name) ?? [];
      if (kind === undefined || (findings !== "all" && kind !== findings)) continue;
      tables.push({ file: place === "" ? name : `${place}/${name}`, split: split === "test" ? "test" : "train" });
    }
  }
  if (tables.length > 0) return tables;
  throw new DataError(
    "there are no tables of cases in it",
    "put mass_case_description_train_set.csv and its like there",
  );
}

function rowReader(table: CsvTable, split: Finding["split"], patches: boolean, attributes: typeof ATTRIBUTES) {
  const [patient, pathology] = [columnAt(table, "patient_id"), columnAt(table, "pathology")];
  const path = columnAt(table, patches ? "cropped image file path" : "image file path");
  const others = attributes.map(([, ...headers]) => table.header.findIndex((name) => headers.includes(name)));
  return (cells: readonly string[]): Omit<Finding, "table" | "line"> | Loss => {
    const place = cells[path]?.trim().replaceAll("\\", "/") ?? "";
    if (isBlank(place)) return { lost: "missing-file", reason: "names no image", remedy: "fill it in" };
    const id = place.split("/", 1)[0] ?? place;
    const owner = cells[patient]?.trim() ?? "";
    if (isBlank(owner)) return { lost: "bad-row", reason: "has no patient_id", remedy: "fill it in", id };
    const word = cells[pathology]?.trim().toUpperCase() ?? "";
    if (isBlank(word)) return { lost: "missing-label", reason: "has no pathology", remedy: "fill it in", id };
    if (word !== "MALIGNANT" && !word.startsWith("BENIGN")) {
      const reason = `has the pathology ${word.slice(0, 40)}`;
      return { lost: "unknown-label", reason, remedy: "it is MALIGNANT, BENIGN or BENIGN_WITHOUT_CALLBACK", id };
    }
    const own = others.map((at) => cells[at]?.trim() ?? "");
    return { split, patient: owner, malignant: word === "MALIGNANT", path: place, cells: own };
  };
}

/** A whole image has a row a finding. */
function byPath(findings: readonly Finding[]): ReadonlyMap<string, readonly Finding[]> {
  const rows = new Map<string, Finding[]>();
  for (const finding of findings) {
    const known = rows.get(finding.path);
    if (known === undefined) rows.set(finding.path, [finding]);
    else known.push(finding);
  }
  return rows;
}

function draftOf(id: string, file: string | undefined, path: string, own: readonly Finding[]): Row {
  const [first] = own;
  if (first === undefined || file === undefined) {
    const reason = `has its image at ${path}, of which there is neither the DICOM file nor a conversion`;
    return { lost: "missing-file", reason, remedy: "fetch it, or take its row out", id };
  }
  const label = own.some(({ malignant }) => malignant) ? "malignant" : "benign";
  return { id, file, split: first.split, label, group: first.patient, cells: first.cells };
}

/** Folders' names, and files' without their extension → the image files beneath. */
type Places = ReadonlyMap<string, readonly string[]>;

async function imagePlaces(folder: DataFolder): Promise<Places> {
  const places = new Map<string, string[]>();
  for (const file of await folder.walk("")) {
    const extension = extensionOf(file);
    if (!IMAGE_EXTENSIONS.has(extension)) continue;
    const parts = file.slice(0, file.length - extension.length).split("/");
    for (const part of parts) {
      const known = places.get(part);
      if (known === undefined) places.set(part, [file]);
      else known.push(file);
    }
  }
  return places;
}

/** By series, else by case. Of several files the wanted one is the crop: a mask is as large as the whole image. */
async function fileOf(source: DataSource, places: Places, path: string, patches: boolean): Promise<string | undefined> {
  const parts = path.split("/");
  const [name = ""] = parts;
  const series = parts.length > 2 ? (places.get(parts[parts.length - 2] ?? "") ?? []) : [];
  const found = series.length > 0 ? series : (places.get(name) ?? []);
  const named = found.filter((file) => (patches ? /crop/i : /full/i).test(file));
  const candidates = (named.length > 0 ? named : found).toSorted(byCodeUnit);
  if (candidates.length < 2) return candidates[0];
  const areas = await Promise.all(candidates.map((file) => imageArea(source.root, file)));
  const order = candidates.map((_, i) => i).sort((a, b) => (areas[a] ?? 0) - (areas[b] ?? 0));
  const best = patches ? order[0] : order.at(-1);
  return candidates[best ?? 0];
}
