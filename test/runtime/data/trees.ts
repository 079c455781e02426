/** Small trees of files, laid out as data sets are downloaded: real image bytes, real HDF5, real zips. */

import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { deflateRawSync } from "node:zlib";
import CRC32 from "crc-32";
import h5wasm from "h5wasm/node";
import sharp from "sharp";
import { entry, fillDefaults } from "../../../src/catalog/index.js";
import type { Json } from "../../../src/catalog/types.js";
import type { DatasetSpec } from "../../../src/compiler/study.js";

export interface Tree {
  readonly root: string;
  put(path: string, data: Uint8Array | string): Promise<void>;
  remove(): Promise<void>;
}

export async function newTree(): Promise<Tree> {
  const root = await mkdtemp(join(tmpdir(), "xferc-tree-"));
  return {
    root,
    async put(path, data) {
      await mkdir(dirname(join(root, path)), { recursive: true });
      await writeFile(join(root, path), data);
    },
    remove: () => rm(root, { recursive: true, force: true }),
  };
}

/** A data set as a study declares it. */
export function declared(
  id: string,
  params: { readonly [name: string]: Json } = {},
  split: DatasetSpec["split"] = { kind: "official" },
): Pick<DatasetSpec, "name" | "adapter" | "split"> {
  const found = entry("dataset", id);
  if (found === undefined) throw new Error(`no adapter ${id}`);
  const { path: _, ...rest } = fillDefaults(found, { path: "x", ...params }).params;
  return { name: "d", adapter: { id: found.id, version: found.version, params: rest }, split };
}

/** Pictures that differ from one another: a gradient with a spot whose place the seed says. */
function pixels(seed: number, width: number, height: number, channels: number): Buffer {
  const data = Buffer.alloc(width * height * channels);
  for (let i = 0; i < data.length; i++) {
    const [x, y] = [Math.floor(i / channels) % width, Math.floor(i / channels / width)];
    const spot = x === seed % width && y === Math.floor(seed / width) % height ? 120 : 0;
    data[i] = (x * 8 + y * 5 + (i % channels) * 40 + seed * 3 + spot) % 256;
  }
  return data;
}

export function picture(seed: number, { width = 12, height = 10, channels = 3 } = {}) {
  const raw = { width, height, channels: channels as 1 | 3 };
  const image = sharp(pixels(seed, width, height, channels), { raw });
  return channels === 1 ? image.toColourspace("b-w") : image;
}
export const png = (seed: number, channels = 3) => picture(seed, { channels }).png().toBuffer();
export const jpeg = (seed: number, channels = 3) => picture(seed, { channels }).jpeg({ quality: 90 }).toBuffer();

/** [count, size, size, channels], each image another. */
export function stack(count: number, size: number, channels: number, first = 0): Uint8Array {
  const parts = Array.from({ length: count }, (_, i) => pixels(first + i, size, size, channels));
  return new Uint8Array(Buffer.concat(parts));
}

/** An HDF5 file of arrays, chunked and compressed as h5py writes them. */
export async function writeHdf5(
  path: string,
  arrays: { readonly [name: string]: { readonly data: Uint8Array | Float64Array; readonly shape: readonly number[] } },
): Promise<void> {
  await h5wasm.ready;
  await mkdir(dirname(path), { recursive: true });
  const file = new h5wasm.File(path, "w");
  for (const [name, { data, shape }] of Object.entries(arrays)) {
    const chunks = shape.map((extent, i) => (i === 0 ? Math.max(1, Math.min(4, extent)) : extent));
    const at = name.lastIndexOf("/");
    const parent = name.slice(0, Math.max(0, at));
    const group =
      at < 0 ? file : file.keys().includes(parent) ? (file.get(parent) as typeof file) : file.create_group(parent);
    group.create_dataset({ name: name.slice(at + 1), data, shape: [...shape], chunks, compression: "gzip" });
  }
  file.close();
}

/** NumPy's format 1.0. */
export function npy(data: Uint8Array, descr: string, shape: readonly number[]): Uint8Array {
  const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(", ")})`;
  const text = `{'descr': '${descr}', 'fortran_order': False, 'shape': ${tuple}, }`;
  const padded = `${text}${" ".repeat((64 - ((10 + text.length + 1) % 64)) % 64)}\n`;
  const head = Buffer.alloc(10);
  head.write("\x93NUMPY\x01\x00", "latin1");
  head.writeUInt16LE(padded.length, 8);
  return Buffer.concat([head, Buffer.from(padded, "latin1"), data]);
}

/** A zip, its entries deflated as numpy.savez_compressed leaves them, or stored as numpy.savez does. */
export function zip(entries: { readonly [name: string]: Uint8Array }, compressed: boolean): Uint8Array {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const [name, data] of Object.entries(entries)) {
    const body = compressed ? deflateRawSync(data) : Buffer.from(data);
    const fields = Buffer.alloc(26);
    fields.writeUInt16LE(20, 0);
    fields.writeUInt16LE(compressed ? 8 : 0, 4);
    fields.writeInt32LE(CRC32.buf(data), 10);
    fields.writeUInt32LE(body.length, 14);
    fields.writeUInt32LE(data.length, 18);
    fields.writeUInt16LE(name.length, 22);
    const local = Buffer.concat([Buffer.from("PK\x03\x04", "latin1"), fields, Buffer.from(name), body]);
    const central = Buffer.concat([
      Buffer.from("PK\x01\x02", "latin1"),
      Buffer.from([20, 0]),
      fields,
      Buffer.alloc(14),
      Buffer.from(name),
    ]);
    central.writeUInt32LE(offset, 42);
    parts.push(local);
    directory.push(central);
    offset += local.length;
  }
  const central = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write("PK\x05\x06", "latin1");
  end.writeUInt16LE(directory.length, 8);
  end.writeUInt16LE(directory.length, 10);
  end.writeUInt32LE(central.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...parts, central, end]);
}
