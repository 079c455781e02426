/** IDX files, as MNIST has them: a header of big-endian numbers, then bytes. */

import { createHash } from "node:crypto";
import { open, readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { constants, gunzipSync } from "node:zlib";
import type { SplitName } from "../../../compiler/study.js";
import {
  type AdapterIndex,
  DataError,
  DataMissingError,
  type DataSource,
  type DatasetAdapter,
  type Item,
  type Pixels,
} from "../types.js";

const PREFIXES: { readonly [split in SplitName]: readonly string[] } = {
  train: ["train"],
  val: ["val"],
  test: ["test", "t10k"],
};
const SPLIT_ORDER: readonly SplitName[] = ["train", "val", "test"];
const MAX_IMAGE_SIDE = 4096;
const MAX_FILE_BYTES = 2 ** 31 - 1;
const HEADER_BYTES = 20;

interface SplitFiles {
  readonly split: SplitName;
  readonly images: string;
  readonly labels: string;
}

interface Shape {
  readonly count: number;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly headerBytes: number;
}

export const idx: DatasetAdapter = {
  id: "idx",
  reads: "whole",

  async index(source) {
    const files = await findFiles(source.root);
    const digest = createHash("sha256").update("idx");
    const items: Item[] = [];
    let channels: number | undefined;
    for (const { split, images, labels } of files) {
      const shape = await imageShape(source.root, images);
      if (channels !== undefined && channels !== shape.channels) {
        throw new DataError(
          `${images} has ${shape.channels} channels but another split has ${channels}`,
          "give all splits the same kind of images",
        );
      }
      channels = shape.channels;
      const classes = await readLabels(source.root, labels, shape.count, images);
      classes.forEach((label, i) => {
        items.push({ id: `${split}/${i}`, split, label });
      });
      for (const file of [images, labels])
        digest.update(`${split} ${await source.digests.of(join(source.root, file))}`);
    }
    const classes = await classNames(source.root, items);
    digest.update(JSON.stringify(classes));
    return {
      classes,
      task: classes.length === 2 ? "binary" : "multiclass",
      channels: channels ?? 1,
      items,
      columns: [],
      problems: [],
      fingerprint: digest.digest("hex"),
    } satisfies AdapterIndex;
  },

  async *decode(source, items) {
    const files = await findFiles(source.root);
    const read = new Map<string, { readonly shape: Shape; readonly bytes: Uint8Array }>();
    for (const item of items) {
      const [split = "", position = ""] = item.id.split("/");
      let images = read.get(split);
      if (images === undefined) {
        images = await readImages(source, files, split);
        read.set(split, images);
      }
      yield imageAt(images.shape, images.bytes, Number(position));
    }
  },
};

async function findFiles(root: string): Promise<readonly SplitFiles[]> {
  const names = new Set(await listFolder(root));
  const found: SplitFiles[] = [];
  for (const split of SPLIT_ORDER) {
    for (const prefix of PREFIXES[split]) {
      const images = named(names, [`${prefix}-images-idx3-ubyte`, `${prefix}-images-idx4-ubyte`]);
      if (images === undefined) continue;
      const labels = named(names, [`${prefix}-labels-idx1-ubyte`]);
      if (labels === undefined) {
        throw new DataError(`${images} has no labels beside it`, `add ${prefix}-labels-idx1-ubyte.gz`);
      }
      found.push({ split, images, labels });
      break;
    }
  }
  if (found.length === 0) {
    throw new DataError("there are no IDX files in the folder", "it needs train-images-idx3-ubyte.gz and its like");
  }
  return found;
}

function named(names: ReadonlySet<string>, stems: readonly string[]): string | undefined {
  return stems.flatMap((stem) => [stem, `${stem}.gz`]).find((name) => names.has(name));
}

async function listFolder(root: string): Promise<readonly string[]> {
  try {
    return await readdir(root);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "ENOENT") throw new DataMissingError("the folder is not here", "say where it is with --data NAME=DIR");
    if (code === "ENOTDIR") throw new DataError("it is a file", "an IDX data set is a folder of IDX files");
    throw new DataError("the folder cannot be read", "check its permissions");
  }
}

async function imageShape(root: string, file: string): Promise<Shape> {
  const head = await readStart(root, file);
  const shape = parseShape(head, file);
  if (!file.endsWith(".gz")) {
    const { size } = await stat(join(root, file));
    checkLength(shape, size, file);
  }
  return shape;
}

/** The header's bytes, unpacking no more than a first block. */
async function readStart(root: string, file: string): Promise<Uint8Array> {
  const handle = await open(join(root, file));
  try {
    const block = new Uint8Array(4096);
    const { bytesRead } = await handle.read(block, 0, block.length, 0);
    const start = block.subarray(0, bytesRead);
    if (!file.endsWith(".gz")) return start;
    return gunzipSync(start, { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: 2 ** 24 });
  } catch {
    throw new DataError(`${file} cannot be unpacked`, "fetch it again");
  } finally {
    await handle.close();
  }
}

function parseShape(bytes: Uint8Array, file: string): Shape {
  const bad = (what: string) => new DataError(`${file} ${what}`, "fetch it again or take it out of the folder");
  if (bytes.length < 16) throw bad("ends inside its header");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const magic = view.getUint32(0);
  if (magic !== 0x803 && magic !== 0x804) throw bad("is no IDX file of byte images");
  if (magic === 0x804 && bytes.length < HEADER_BYTES) throw bad("ends inside its header");
  const [count, height, width] = [view.getUint32(4), view.getUint32(8), view.getUint32(12)];
  const channels = magic === 0x804 ? view.getUint32(16) : 1;
  if (channels !== 1 && channels !== 3) throw bad(`has ${channels} channels; 1 and 3 are read`);
  if (height < 1 || width < 1 || Math.max(height, width) > MAX_IMAGE_SIDE) {
    throw bad(`claims images of ${height}×${width}; 1 to ${MAX_IMAGE_SIDE} px are read`);
  }
  if (count * height * width * channels > MAX_FILE_BYTES) throw bad(`claims ${count} images, over the limit of 2 GiB`);
  return { count, height, width, channels, headerBytes: magic === 0x804 ? HEADER_BYTES : 16 };
}

function checkLength(shape: Shape, bytes: number, file: string): void {
  const expected = shape.headerBytes + shape.count * shape.height * shape.width * shape.channels;
  if (bytes !== expected) {
    throw new DataError(`${file} has ${bytes} bytes where its header promises ${expected}`, "fetch it again");
  }
}

async function readImages(source: DataSource, files: readonly SplitFiles[], split: string) {
  const file = files.find((candidate) => candidate.split === split)?.images;
  if (file === undefined) throw new DataError(`the ${split} images are gone`, "the folder changed; run again");
  const shape = await imageShape(source.root, file);
  const expected = shape.headerBytes + shape.count * shape.height * shape.width * shape.channels;
  const bytes = await readWhole(source.root, file, expected);
  checkLength(shape, bytes.length, file);
  return { shape, bytes };
}

async function readWhole(root: string, file: string, limit: number): Promise<Uint8Array> {
  const raw = await readFile(join(root, file));
  if (!file.endsWith(".gz")) return raw;
  try {
    return gunzipSync(raw, { maxOutputLength: limit + 1 });
  } catch {
    throw new DataError(`${file} cannot be unpacked, or holds more than its header says`, "fetch it again");
  }
}

function imageAt(shape: Shape, bytes: Uint8Array, position: number): Pixels {
  const { height, width, channels, headerBytes } = shape;
  const length = height * width * channels;
  const pixels = bytes.subarray(headerBytes + position * length, headerBytes + (position + 1) * length);
  return { channels, height, width, data: pixels };
}

async function readLabels(root: string, file: string, count: number, images: string): Promise<readonly number[]> {
  const bytes = await readWhole(root, file, 8 + count);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 8 || view.getUint32(0) !== 0x801) {
    throw new DataError(`${file} is no IDX file of byte labels`, "fetch it again");
  }
  const claimed = view.getUint32(4);
  if (claimed !== count || bytes.length !== 8 + count) {
    throw new DataError(`${file} holds ${claimed} labels but ${images} ${count} images`, "fetch both again");
  }
  return Array.from(bytes.subarray(8));
}

async function classNames(root: string, items: readonly Item[]): Promise<readonly string[]> {
  const highest = items.reduce((most, { label }) => Math.max(most, typeof label === "number" ? label : 0), 0);
  const text = await readFile(join(root, "classes.txt"), "utf8").catch(() => undefined);
  if (text === undefined) return Array.from({ length: highest + 1 }, (_, i) => String(i));
  const names = text.split("\n").map((line) => line.trim());
  while (names.at(-1) === "") names.pop();
  if (names.length <= highest) {
    throw new DataError(
      `classes.txt names ${names.length} classes but label ${highest} occurs`,
      `give it ${highest + 1} lines`,
    );
  }
  return names;
}
