/** ImageNet-1k (ILSVRC 2012): a folder a synset under `train`; `val` reshuffled into such folders, or as it comes. */

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { inflateSync } from "node:zlib";
import { below, byCodeUnit, codeOf, DataFolder, extensionOf } from "../folder.js";
import { columnAt, readCsv } from "../formats/csv.js";
import { decodeFiles } from "../formats/files.js";
import { IMAGE_EXTENSIONS } from "../formats/sniff.js";
import { type Candidate, gather } from "../gather.js";
import { DataError, type DataSource, type DatasetAdapter, type Problem } from "../types.js";
import { notAnImage } from "./image-folder.js";

const SYNSET = /^n\d{8}$/;
/** Where the images are, from the folder that is named: as torchvision has them, and as Kaggle's archive has them. */
const PLACES = ["", "ILSVRC/Data/CLS-LOC", "Data/CLS-LOC"];
const DEVKIT = "ILSVRC2012_devkit_t12/data";
const TRUTH = "ILSVRC2012_validation_ground_truth.txt";
const MAX_META = 64 * 2 ** 20;

interface Found {
  readonly file: string;
  readonly split: "train" | "val";
  readonly synset: string;
}

export const imagenet: DatasetAdapter = {
  id: "imagenet",
  reads: "files",

  async index(source) {
    const folder = new DataFolder(source.root);
    const place = await placeOfTrain(folder);
    const problems: Problem[] = [];
    const found: Found[] = [];
    const synsets = (await folder.folders(below(place, "train"))).filter((name) => SYNSET.test(name)).sort(byCodeUnit);
    if (synsets.length === 0) {
      throw new DataError("its train folder has no folders like n01440764", "unpack the archive of each synset");
    }
    for (const synset of synsets)
      await collect(folder, below(place, `train/${synset}`), synset, "train", found, problems);
    if ((await folder.names(place)).has("val")) await validation(source, folder, place, synsets, found, problems);
    const order = new Map(synsets.map((name, i) => [name, i]));
    const candidates = found.flatMap(({ file, split, synset }): readonly Candidate[] => {
      const label = order.get(synset);
      if (label === undefined) {
        const reason = `is of ${synset}, of which there is no training folder`;
        problems.push({ kind: "unknown-label", path: file, id: file, reason, remedy: "unpack its archive" });
        return [];
      }
      const id = place === "" ? file : file.slice(place.length + 1);
      return [{ item: { id, split, label, ...(id === file ? {} : { from: { file } }) } }];
    });
    return gather(source, folder, {
      classes: synsets,
      task: synsets.length === 2 ? "binary" : "multiclass",
      channels: 3,
      columns: [],
      candidates,
      problems,
    });
  },

  decode: decodeFiles,
};

async function placeOfTrain(folder: DataFolder): Promise<string> {
  await folder.list("");
  for (const place of PLACES) if ((await folder.names(place)).has("train")) return place;
  const packed = [...(await folder.names(""))].find((name) => /ILSVRC2012.*\.tar$/.test(name));
  const hint = packed === undefined ? "it needs train/n01440764/… and its like" : `unpack ${packed} first`;
  throw new DataError("there is no train folder in it", hint);
}

async function collect(
  folder: DataFolder,
  at: string,
  synset: string,
  split: Found["split"],
  found: Found[],
  problems: Problem[],
): Promise<void> {
  for (const file of await folder.walk(at)) {
    if (IMAGE_EXTENSIONS.has(extensionOf(file))) found.push({ file, split, synset });
    else problems.push(notAnImage(file));
  }
}

/** Folders a synset; or one folder of 50,000 images with their labels in Kaggle's table or in the development kit. */
async function validation(
  source: DataSource,
  folder: DataFolder,
  place: string,
  synsets: readonly string[],
  found: Found[],
  problems: Problem[],
): Promise<void> {
  const val = below(place, "val");
  const folders = (await folder.folders(val)).filter((name) => SYNSET.test(name));
  if (folders.length > 0) {
    for (const synset of folders) await collect(folder, `${val}/${synset}`, synset, "val", found, problems);
    return;
  }
  const files = [...(await folder.names(val))]
    .filter((name) => IMAGE_EXTENSIONS.has(extensionOf(name)))
    .sort(byCodeUnit);
  if (files.length === 0) return;
  const labels = (await fromSolution(source, folder, place)) ?? (await fromDevkit(source, folder, synsets));
  if (labels === undefined) {
    const hint = `move them into folders a synset, or put LOC_val_solution.csv or ${DEVKIT} beside them`;
    throw new DataError("the images in val have no labels", hint);
  }
  for (const name of files) {
    const file = `${val}/${name}`;
    const synset = labels(name);
    if (synset !== undefined) found.push({ file, split: "val", synset });
    else problems.push({ kind: "missing-label", path: file, id: file, reason: "has no label", remedy: "take it out" });
  }
}

type LabelOf = (name: string) => string | undefined;

async function fromSolution({ root }: DataSource, folder: DataFolder, place: string): Promise<LabelOf | undefined> {
  const names = await folder.names("");
  const file = names.has("LOC_val_solution.csv") ? "LOC_val_solution.csv" : below(place, "LOC_val_solution.csv");
  if ((await folder.trouble(file)) !== undefined) return undefined;
  const labels = new Map<string, string>();
  await readCsv(root, file, (table) => {
    const [image, prediction] = [columnAt(table, "ImageId"), columnAt(table, "PredictionString")];
    return ({ cells }) => {
      const synset = (cells[prediction] ?? "").trim().split(/\s+/, 1)[0] ?? "";
      if (SYNSET.test(synset)) labels.set((cells[image] ?? "").trim(), synset);
    };
  });
  return (name) => labels.get(name.replace(/\.[^.]*$/, ""));
}

async function fromDevkit(
  { root }: DataSource,
  folder: DataFolder,
  synsets: readonly string[],
): Promise<LabelOf | undefined> {
  if ((await folder.trouble(`${DEVKIT}/${TRUTH}`)) !== undefined) return undefined;
  const ids = await synsetsOfMeta(root, synsets);
  const truth = (await readFile(join(root, DEVKIT, TRUTH), "utf8")).split(/\s+/).filter((line) => line !== "");
  return (name) => {
    const image = /_(\d{8})\.[^.]*$/.exec(name)?.[1];
    return image === undefined ? undefined : ids[Number(truth[Number(image) - 1]) - 1];
  };
}

/**
 * Synsets in the order of ILSVRC2012_ID. `meta.mat` is a MATLAB file of one compressed structure array in that order;
 * of all its fields the WNIDs are the only text of this form, and the thousand leaves come first.
 */
async function synsetsOfMeta(root: string, synsets: readonly string[]): Promise<readonly string[]> {
  const file = `${DEVKIT}/meta.mat`;
  const bad = (why: string) => new DataError(`${file} ${why}`, "fetch the development kit again");
  let bytes: Uint8Array;
  try {
    bytes = await readFile(join(root, file));
  } catch (error) {
    throw bad(codeOf(error) === "ENOENT" ? "is not there" : "cannot be read");
  }
  const text = Buffer.concat(elementsOf(bytes, bad)).toString("latin1").replaceAll("\0", "");
  const ids = [...new Set(text.match(/n\d{8}/g) ?? [])].slice(0, 1000);
  const missing = synsets.find((name) => !ids.includes(name));
  if (missing !== undefined) throw bad(`does not know ${missing}`);
  return ids;
}

/** The elements of a MATLAB 5 file, unpacked. */
function elementsOf(bytes: Uint8Array, bad: (why: string) => DataError): readonly Uint8Array[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const elements: Uint8Array[] = [];
  for (let at = 128; at + 8 <= bytes.length; ) {
    const [type, length] = [view.getUint32(at, true), view.getUint32(at + 4, true)];
    const body = bytes.subarray(at + 8, at + 8 + length);
    try {
      elements.push(type === 15 ? inflateSync(body, { maxOutputLength: MAX_META }) : body);
    } catch {
      throw bad("is damaged");
    }
    at += 8 + length;
  }
  return elements;
}
