/** ISIC 2019: one-hot ground truth, images in `ISIC_2019_Training_Input/`, patients' facts in a table of their own. */

import { badRow, Cases, type Loss, type Row } from "../cases.js";
import { DataFolder } from "../folder.js";
import { type CsvTable, columnAt, readCsv } from "../formats/csv.js";
import { decodeFiles } from "../formats/files.js";
import { DataError, type DataSource, type DatasetAdapter } from "../types.js";

const CLASSES = ["MEL", "NV", "BCC", "AK", "BKL", "DF", "VASC", "SCC"];
const TRUTH = "ISIC_2019_Training_GroundTruth.csv";
const METADATA = "ISIC_2019_Training_Metadata.csv";
const IMAGES = "ISIC_2019_Training_Input";
const LESION = "lesion_id";

export const isic2019: DatasetAdapter = {
  id: "isic2019",
  reads: "files",

  async index(source) {
    const folder = new DataFolder(source.root);
    await folder.list("");
    const metadata = await readMetadata(source, folder);
    const cases = new Cases();
    await readCsv(source.root, TRUTH, (table) => {
      const image = columnAt(table, "image");
      const labelOf = oneHot(table);
      return ({ cells, line, problem }) => {
        const take = (row: Row) => cases.take(TRUTH, line, row);
        if (problem !== undefined) return take(badRow(problem));
        const id = cells[image]?.trim() ?? "";
        if (id === "") return take({ lost: "bad-row", reason: "names no image", remedy: "fill it in" });
        const label = labelOf(cells);
        if (typeof label !== "string") return take({ ...label, id });
        const about = metadata?.rows.get(id);
        const group = metadata === undefined ? {} : { group: about?.lesion || id };
        const own = about?.cells ?? [];
        return take({ id, file: `${IMAGES}/${id}.jpg`, split: null, label, ...group, cells: own });
      };
    });
    return cases.index(source, folder, {
      classes: CLASSES,
      channels: 3,
      attributes: metadata?.names ?? [],
      ...(metadata === undefined ? {} : { groupedBy: "lesion" }),
      strays: "tell",
    });
  },

  decode: decodeFiles,
};

/** The class of a row, or why it has none. */
function oneHot(table: CsvTable): (cells: readonly string[]) => string | Omit<Loss, "id"> {
  const columns = CLASSES.map((name) => columnAt(table, name));
  const unknown = table.header.indexOf("UNK");
  return (cells) => {
    const values = columns.map((at) => Number(cells[at]?.trim() === "" ? Number.NaN : cells[at]));
    const remedy = "mend the row, or take it out";
    if (values.some((value) => value !== 0 && value !== 1)) {
      return { lost: "missing-label", reason: "has a class that is neither 0 nor 1", remedy };
    }
    if (unknown >= 0 && Number(cells[unknown]) === 1) {
      return { lost: "unknown-label", reason: "is of the class UNK, which is none of the eight", remedy };
    }
    const marked = CLASSES.filter((_, i) => values[i] === 1);
    const [only] = marked;
    if (marked.length === 1 && only !== undefined) return only;
    const reason = marked.length === 0 ? "has no class" : `has the classes ${marked.join(" and ")}`;
    return { lost: marked.length === 0 ? "missing-label" : "unknown-label", reason, remedy };
  };
}

interface Metadata {
  readonly names: readonly string[];
  readonly rows: ReadonlyMap<string, { readonly lesion: string; readonly cells: readonly string[] }>;
}

/** Undefined where the table is not there: the data set is whole without it, but names no lesions. */
async function readMetadata({ root }: DataSource, folder: DataFolder): Promise<Metadata | undefined> {
  if (!(await folder.names("")).has(METADATA)) return undefined;
  const rows = new Map<string, { readonly lesion: string; readonly cells: readonly string[] }>();
  let names: readonly string[] = [];
  await readCsv(root, METADATA, (table) => {
    const [image, lesion] = [columnAt(table, "image"), columnAt(table, LESION)];
    const others = table.header.flatMap((_, i) => (i === image || i === lesion ? [] : [i]));
    names = others.map((i) => table.header[i] ?? "");
    return ({ cells, line, problem }) => {
      // a lesion that is not known would be split silently
      if (problem !== undefined) throw new DataError(`${METADATA}:${line} ${problem}`, "mend the row");
      rows.set(cells[image]?.trim() ?? "", {
        lesion: cells[lesion]?.trim() ?? "",
        cells: others.map((i) => cells[i] ?? ""),
      });
    };
  });
  return { names, rows };
}
