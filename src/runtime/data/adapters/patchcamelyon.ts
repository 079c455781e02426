/** PatchCamelyon: HDF5 files of 96×96 patches and their labels a split, and a table of the slides they are from. */

import type { SplitName } from "../../../compiler/study.js";
import { type ArrayPart, type ArrayParts, decodeArrays, indexArrays, partName } from "../arrays.js";
import { DataFolder } from "../folder.js";
import { columnAt, readCsv } from "../formats/csv.js";
import { type Hdf5File, openHdf5 } from "../formats/hdf5.js";
import { DataError, type DataSource, type DatasetAdapter, type Item, placeOf } from "../types.js";

const WORDS: readonly (readonly [SplitName, string])[] = [
  ["train", "train"],
  ["val", "valid"],
  ["test", "test"],
];
const CLASSES = ["normal", "tumor"];

function fileOf(word: string, what: string): string {
  return `camelyonpatch_level_2_split_${word}_${what}`;
}

export const patchcamelyon: DatasetAdapter = {
  id: "patchcamelyon",
  reads: "rows",

  async index(source) {
    const parts = await openParts(source);
    try {
      const index = await indexArrays(source, parts, CLASSES);
      const slides = await readSlides(source, parts.parts);
      const items = slides.size === 0 ? index.items : index.items.map((item) => withSlide(item, slides));
      return { ...index, items, columns: [], ...(slides.size === 0 ? {} : { groupedBy: "slide" }) };
    } finally {
      await parts.close();
    }
  },

  decode: (source, items) => decodeArrays(() => openParts(source), items),
};

async function openParts({ root }: DataSource): Promise<ArrayParts> {
  const folder = new DataFolder(root);
  await folder.list("");
  const names = await folder.names("");
  const opened: Hdf5File[] = [];
  const files: string[] = [];
  const parts: ArrayPart[] = [];
  const array = async (file: string, name: string) => {
    const trouble = await folder.trouble(file);
    if (trouble !== undefined) {
      const packed = names.has(`${file}.gz`);
      throw new DataError(`${file} ${trouble.reason}`, packed ? `unpack it: gunzip ${file}.gz` : trouble.remedy);
    }
    const one = await openHdf5(root, file);
    opened.push(one);
    files.push(file);
    return one.array(name);
  };
  const close = async () => {
    for (const one of opened) one.close();
  };
  try {
    for (const [split, word] of WORDS) {
      const [x, y] = [fileOf(word, "x.h5"), fileOf(word, "y.h5")];
      if (![x, y, `${x}.gz`, `${y}.gz`].some((name) => names.has(name))) continue;
      parts.push({ split, file: x, images: await array(x, "x"), labels: await array(y, "y") });
    }
    if (parts.length === 0) {
      throw new DataError("there are no PatchCamelyon files in it", `it needs ${fileOf("train", "x.h5")} and its like`);
    }
    return { parts, files, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Item's id → slide, from the tables `…_meta.csv` that are there. */
async function readSlides(source: DataSource, parts: readonly ArrayPart[]): Promise<ReadonlyMap<string, string>> {
  const slides = new Map<string, string>();
  const names = await new DataFolder(source.root).names("");
  for (const part of parts) {
    const word = WORDS.find(([split]) => split === part.split)?.[1] ?? "";
    const file = fileOf(word, "meta.csv");
    if (!names.has(file)) continue;
    let row = 0;
    await readCsv(source.root, file, (table) => {
      const wsi = columnAt(table, "wsi");
      return ({ cells }) => {
        slides.set(`${partName(part)}/${row++}`, cells[wsi]?.trim() ?? "");
      };
    });
    const [count = 0] = part.images.shape;
    if (row !== count) {
      throw new DataError(`${file} has ${row} rows but ${part.images.name} ${count} images`, "fetch both again");
    }
  }
  return slides;
}

function withSlide(item: Item, slides: ReadonlyMap<string, string>): Item {
  const slide = slides.get(item.id) ?? "";
  // a patch of no known slide stands for itself
  return { ...item, group: slide === "" ? `${placeOf(item).file}:${placeOf(item).at}` : slide };
}
