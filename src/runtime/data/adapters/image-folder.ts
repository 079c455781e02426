/** A folder of images a class, beneath a folder a split or not. */

import { createHash } from "node:crypto";
import type { Dirent } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { extname, join } from "node:path";
import type { SplitName } from "../../../compiler/study.js";
import {
  type AdapterIndex,
  DataError,
  DataMissingError,
  type DataSource,
  type DatasetAdapter,
  type Item,
  type Pixels,
  type Problem,
  SPLITS,
} from "../types.js";

const EXTENSIONS = new Set([".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff", ".gif"]);
const READERS = ["Jpeg", "Png", "Webp", "Tiff", "Nsgif"].map((format) => `VipsForeignLoad${format}`);
/** An image of more pixels is refused before it is decoded. */
const MAX_PIXELS = 100_000_000;
const MAX_DEPTH = 16;
/** Images decoded at once; each may take some hundred megabytes. */
const DECODED_TOGETHER = 4;

interface Found {
  readonly split: SplitName | null;
  readonly className: string;
  /** Relative to the root, with `/`. */
  readonly path: string;
}

export const imageFolder: DatasetAdapter = {
  id: "image_folder",

  async index(source) {
    const found: Found[] = [];
    const problems: Problem[] = [];
    for (const { split, folder } of await splitFolders(source.root)) {
      for (const className of await classFolders(source.root, folder)) {
        await collect(source.root, below(folder, className), { split, className }, found, problems, 0);
      }
    }
    if (found.length === 0) {
      throw new DataError("there are no images in it", "it needs a folder of images a class: train/cat/001.jpg");
    }
    const classes = [...new Set(found.map(({ className }) => className))].sort(byCodeUnit);
    const order = new Map(classes.map((name, i) => [name, i]));
    found.sort((a, b) => byCodeUnit(a.path, b.path));
    const digest = createHash("sha256").update(`image_folder ${JSON.stringify(classes)}`);
    for (const { path } of found) digest.update(`${path}\0${await source.digests.of(join(source.root, path))}\n`);
    return {
      classes,
      task: classes.length === 2 ? "binary" : "multiclass",
      channels: source.adapter.params.channels === 1 ? 1 : 3,
      items: found.map(({ split, className, path }): Item => ({ id: path, split, label: order.get(className) ?? 0 })),
      columns: [],
      problems,
      fingerprint: digest.digest("hex"),
    } satisfies AdapterIndex;
  },

  async *decode(source, items) {
    for (let from = 0; from < items.length; from += DECODED_TOGETHER) {
      const together = items.slice(from, from + DECODED_TOGETHER);
      yield* await Promise.all(together.map(({ id }) => decodeFile(source, id)));
    }
  },
};

async function splitFolders(root: string) {
  const names = await subfolders(root, "");
  const splits = SPLITS.filter((split) => names.includes(split));
  return splits.length > 0 ? splits.map((split) => ({ split, folder: split })) : [{ split: null, folder: "" }];
}

async function classFolders(root: string, folder: string): Promise<readonly string[]> {
  return (await subfolders(root, folder)).filter((name) => !name.startsWith("."));
}

async function subfolders(root: string, folder: string): Promise<readonly string[]> {
  try {
    const entries = await readdir(join(root, folder), { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "ENOENT") throw new DataMissingError("the folder is not here", "say where it is with --data NAME=DIR");
    if (code === "ENOTDIR") throw new DataError("it is a file", "an image_folder is a folder with a folder a class");
    throw new DataError(`${folder === "" ? "the folder" : folder} cannot be read`, "check its permissions");
  }
}

/** Images beneath a class's folder; links to folders are not followed. */
async function collect(
  root: string,
  folder: string,
  place: { readonly split: SplitName | null; readonly className: string },
  found: Found[],
  problems: Problem[],
  depth: number,
): Promise<void> {
  if (depth > MAX_DEPTH) throw new DataError(`${folder} lies ${depth} folders deep`, `${MAX_DEPTH} are read`);
  for (const entry of await readdir(join(root, folder), { withFileTypes: true })) {
    const path = below(folder, entry.name);
    if (entry.name.startsWith(".")) continue;
    if (entry.isDirectory()) {
      await collect(root, path, place, found, problems, depth + 1);
      continue;
    }
    const reason = await unfit(join(root, path), entry);
    if (reason === undefined) found.push({ ...place, path });
    else problems.push({ ...reason, path });
  }
}

async function unfit(path: string, entry: Dirent): Promise<Omit<Problem, "path"> | undefined> {
  if (!EXTENSIONS.has(extname(path).toLowerCase())) {
    return { kind: "not-an-image", reason: "not an image by its name", remedy: "nothing need be done" };
  }
  const info = await stat(path).catch(() => undefined);
  if (info === undefined) {
    const reason = entry.isSymbolicLink() ? "a link that leads nowhere" : "not to be found by its name; is that UTF-8?";
    return { kind: "unreadable", reason, remedy: "mend it or take it out" };
  }
  if (!info.isFile()) return { kind: "not-an-image", reason: "not a file", remedy: "take it out of the folder" };
  return info.size === 0 ? { kind: "empty", reason: "empty, 0 bytes", remedy: "fetch it again" } : undefined;
}

/** Loaded when there is an image to decode: most commands never do. */
async function imageDecoder() {
  const { default: sharp } = await import("sharp");
  // a file's content chooses the reader, not its name: no SVG or PDF reader for untrusted files
  sharp.block({ operation: ["VipsForeignLoad"] });
  sharp.unblock({ operation: READERS });
  return sharp;
}

async function decodeFile(source: DataSource, path: string): Promise<Pixels | Problem> {
  const sharp = await imageDecoder();
  try {
    const image = sharp(join(source.root, path), { limitInputPixels: MAX_PIXELS, failOn: "error", pages: 1 })
      .rotate() // as its EXIF orientation says
      .toColourspace("srgb")
      .flatten({ background: "#000000" });
    const { data, info } = await image.raw().toBuffer({ resolveWithObject: true });
    return planar(data, info.width, info.height, info.channels);
  } catch (error) {
    return undecodable(path, error instanceof Error ? error.message : String(error));
  }
}

function undecodable(path: string, problem: string): Problem {
  if (/pixel limit/i.test(problem)) {
    const reason = `has more than ${MAX_PIXELS} pixels`;
    return { kind: "too-large", path, id: path, reason, remedy: "make it smaller or take it out" };
  }
  if (/EACCES|permission/i.test(problem)) {
    return { kind: "unreadable", path, id: path, reason: "cannot be read", remedy: "check its permissions" };
  }
  const reason = `is damaged or is no image (${problem.split("\n", 1)[0] ?? problem})`;
  return { kind: "damaged", path, id: path, reason, remedy: "fetch it again or take it out of the folder" };
}

/** Interleaved bytes → planes. */
function planar(data: Uint8Array, width: number, height: number, have: number): Pixels {
  const plane = width * height;
  const channels = have >= 3 ? 3 : 1;
  const out = new Uint8Array(channels * plane);
  for (let i = 0; i < plane; i++) {
    for (let c = 0; c < channels; c++) out[c * plane + i] = data[i * have + c] as number;
  }
  return { channels, height, width, data: out };
}

function below(folder: string, name: string): string {
  return folder === "" ? name : `${folder}/${name}`;
}

function byCodeUnit(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
