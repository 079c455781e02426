/** Arrays by name: HDF5 files and .npz files whose arrays, or files, have a name a split. */

import type { SplitName } from "../../../compiler/study.js";
import { type ArrayPart, type ArrayParts, decodeArrays, indexArrays } from "../arrays.js";
import { DataFolder } from "../folder.js";
import type { ArrayReader } from "../formats/arrays.js";
import { openHdf5 } from "../formats/hdf5.js";
import { openNpz } from "../formats/npz.js";
import { type AdapterIndex, DataError, type DataSource, type DatasetAdapter } from "../types.js";

/** How files and arrays call a split. */
const SPLIT_WORDS: readonly (readonly [SplitName, readonly string[]])[] = [
  ["train", ["train"]],
  ["val", ["val", "valid", "validation"]],
  ["test", ["test"]],
];
const SPLIT = "{split}";

interface ArrayFile {
  has(name: string): boolean;
  array(name: string): Promise<ArrayReader>;
  close(): Promise<void>;
}

interface Container {
  readonly reads: DatasetAdapter["reads"];
  readonly extensions: readonly string[];
  open(root: string, file: string): Promise<ArrayFile>;
}

const HDF5: Container = {
  reads: "rows",
  extensions: [".h5", ".hdf5"],
  async open(root, file) {
    const opened = await openHdf5(root, file);
    return {
      has: (name) => opened.has(name),
      array: async (name) => opened.array(name),
      close: async () => opened.close(),
    };
  },
};

const NPZ: Container = {
  // what is compressed has to be unpacked to its end
  reads: "whole",
  extensions: [".npz"],
  async open(root, file) {
    const opened = await openNpz(root, file);
    const names = new Set(opened.names);
    return { has: (name) => names.has(name), array: (name) => opened.array(name), close: () => opened.close() };
  },
};

export const hdf5 = arrayAdapter("hdf5", HDF5);
export const npz = arrayAdapter("npz", NPZ);

function arrayAdapter(id: string, container: Container): DatasetAdapter {
  return {
    id,
    reads: container.reads,
    async index(source) {
      const parts = await openParts(source, container);
      try {
        const { classes } = source.adapter.params;
        const names = Array.isArray(classes) ? classes.map(String) : undefined;
        return { ...(await indexArrays(source, parts, names)), columns: [] } satisfies AdapterIndex;
      } finally {
        await parts.close();
      }
    },
    decode: (source, items) => decodeArrays(() => openParts(source, container), items),
  };
}

async function openParts({ root, adapter }: DataSource, container: Container): Promise<ArrayParts> {
  const folder = new DataFolder(root);
  const text = (name: string) => String(adapter.params[name] ?? "");
  const pattern = text("file") === "" ? await onlyFile(folder, container) : text("file");
  const [images, labels] = [text("images"), text("labels")];
  const opened = new Map<string, ArrayFile>();
  const parts: ArrayPart[] = [];
  const close = async () => {
    for (const file of opened.values()) await file.close();
  };
  try {
    for (const [split, word] of wordsFor([pattern, images, labels])) {
      const file = pattern.replace(SPLIT, word);
      if (pattern.includes(SPLIT) && !(await isThere(folder, file))) continue;
      await checkPlace(folder, file);
      const one = opened.get(file) ?? (await container.open(root, file));
      opened.set(file, one);
      const name = images.replace(SPLIT, word);
      if (images.includes(SPLIT) && !one.has(name)) continue;
      if (parts.some((part) => part.split === split)) continue;
      parts.push({ split, file, images: await one.array(name), labels: await one.array(labels.replace(SPLIT, word)) });
    }
    if (parts.length === 0) {
      throw new DataError(`there are no arrays ${images} in ${pattern}`, "name them: `file:`, `images:`, `labels:`");
    }
    return { parts, files: [...opened.keys()], close };
  } catch (error) {
    await close();
    throw error;
  }
}

function wordsFor(patterns: readonly string[]): readonly (readonly [SplitName | null, string])[] {
  if (!patterns.some((pattern) => pattern.includes(SPLIT))) return [[null, ""]];
  return SPLIT_WORDS.flatMap(([split, words]) => words.map((word) => [split, word] as const));
}

async function onlyFile(folder: DataFolder, { extensions }: Container): Promise<string> {
  const names = (await folder.list("")).map(({ name }) => name);
  const found = names.filter((name) => extensions.some((extension) => name.toLowerCase().endsWith(extension))).sort();
  const [only, second] = found;
  if (only === undefined) throw new DataError(`there is no ${extensions[0]} file in the folder`, "name one: `file:`");
  if (second === undefined) return only;
  throw new DataError(`it has ${found.slice(0, 5).join(", ")}`, `say which: \`file: "${only}"\``);
}

async function isThere(folder: DataFolder, file: string): Promise<boolean> {
  return (await folder.trouble(file))?.kind !== "missing-file";
}

async function checkPlace(folder: DataFolder, file: string): Promise<void> {
  const trouble = await folder.trouble(file);
  if (trouble !== undefined) throw new DataError(`${file} ${trouble.reason}`, trouble.remedy);
}
