/** A folder of images a class, beneath a folder a split or not. */

import { below, byCodeUnit, DataFolder, extensionOf } from "../folder.js";
import { decodeFiles } from "../formats/files.js";
import { IMAGE_EXTENSIONS } from "../formats/sniff.js";
import { type Candidate, gather } from "../gather.js";
import { DataError, type DatasetAdapter, type Problem, SPLITS } from "../types.js";

export const imageFolder: DatasetAdapter = {
  id: "image_folder",
  reads: "files",

  async index(source) {
    const folder = new DataFolder(source.root);
    const problems: Problem[] = [];
    const found: { readonly candidate: Candidate; readonly className: string }[] = [];
    for (const place of await splitFolders(folder)) {
      for (const className of (await folder.folders(place.folder)).toSorted(byCodeUnit)) {
        for (const path of await folder.walk(below(place.folder, className))) {
          if (!IMAGE_EXTENSIONS.has(extensionOf(path))) problems.push(notAnImage(path));
          else found.push({ className, candidate: { item: { id: path, split: place.split, label: 0 } } });
        }
      }
    }
    if (found.length === 0) {
      throw new DataError("there are no images in it", "it needs a folder of images a class: train/cat/001.jpg");
    }
    const { classes: given } = source.adapter.params;
    const classes = Array.isArray(given)
      ? given.map(String)
      : [...new Set(found.map(({ className }) => className))].sort(byCodeUnit);
    const order = new Map(classes.map((name, i) => [name, i]));
    const known = found.filter(({ className }) => order.has(className));
    for (const { className, candidate } of found) {
      if (!order.has(className)) problems.push(ofNoClass(candidate.item.id, className, classes));
    }
    return gather(source, folder, {
      classes,
      task: classes.length === 2 ? "binary" : "multiclass",
      channels: source.adapter.params.channels === 1 ? 1 : 3,
      columns: [],
      candidates: known.map(({ candidate: { item }, className }) => ({
        item: { ...item, label: order.get(className) ?? 0 },
      })),
      problems,
    });
  },

  decode: decodeFiles,
};

function ofNoClass(path: string, className: string, classes: readonly string[]): Problem {
  const shown = classes.length > 8 ? `${classes.length} classes` : classes.join(", ");
  const reason = `lies in the folder ${className.slice(0, 80)}, which is no class`;
  return { kind: "unknown-label", path, reason, remedy: `the classes are ${shown}`, id: path };
}

export function notAnImage(path: string): Problem {
  return { kind: "not-an-image", path, reason: "not an image by its name", remedy: "nothing need be done" };
}

async function splitFolders(folder: DataFolder) {
  const names = await folder.folders("");
  const splits = SPLITS.filter((split) => names.includes(split));
  return splits.length > 0 ? splits.map((split) => ({ split, folder: split })) : [{ split: null, folder: "" }];
}
