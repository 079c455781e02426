/** NumPy's .npz: a zip of .npy arrays. No pickles: an array of objects is refused. */

import { type FileHandle, open } from "node:fs/promises";
import { join } from "node:path";
import type { Entry, ZipFile } from "yauzl";
import { codeOf } from "../folder.js";
import { DataError } from "../types.js";
import type { ArrayReader, ElementType } from "./arrays.js";

const MAX_HEADER = 65_536;
/** What a compressed array may unpack to: it has to be whole in memory. */
const MAX_UNPACKED = 2 ** 32 - 1;

export interface NpzFile {
  readonly names: readonly string[];
  /** @throws DataError where there is no such array of numbers */
  array(name: string): Promise<ArrayReader>;
  /** @throws DataError where there is no such list of texts or whole numbers */
  texts(name: string): Promise<readonly string[]>;
  close(): Promise<void>;
}

/** @throws DataError where it is missing, damaged or no zip */
export async function openNpz(root: string, file: string): Promise<NpzFile> {
  const path = join(root, file);
  const { openPromise } = await import("./zip.js");
  const zip = await openPromise(path, { autoClose: false }).catch((error: unknown) => {
    if (codeOf(error) === "ENOENT") throw new DataError(`there is no ${file}`, "is the data set whole?");
    if (codeOf(error) !== undefined) throw new DataError(`${file} cannot be read`, "check its permissions");
    throw damaged(file, error);
  });
  const entries = new Map<string, Entry>();
  try {
    for await (const entry of zip.eachEntry()) {
      if (entry.fileName.endsWith(".npy")) entries.set(entry.fileName.slice(0, -4), entry);
    }
  } catch (error) {
    zip.close();
    throw damaged(file, error);
  }
  const handle = await open(path);
  const within = async <T>(name: string, read: (bytes: Bytes, length: number, shown: string) => Promise<T>) => {
    const entry = entries.get(name);
    if (entry === undefined) {
      throw new DataError(`${file} has no array ${name}`, `it has ${[...entries.keys()].slice(0, 10).join(", ")}`);
    }
    const shown = `${name} of ${file}`;
    try {
      const stored = entry.compressionMethod === 0;
      const bytes = stored ? await storedBytes(zip, handle, entry) : await unpacked(zip, entry, shown);
      return await read(bytes, entry.uncompressedSize, shown);
    } catch (error) {
      throw error instanceof DataError ? error : damaged(file, error);
    }
  };
  return {
    names: [...entries.keys()],
    array: (name) => within(name, openArray),
    texts: (name) => within(name, readTexts),
    async close() {
      zip.close();
      await handle.close();
    },
  };
}

type Bytes = (from: number, to: number) => Promise<Uint8Array>;

async function openArray(bytes: Bytes, length: number, name: string): Promise<ArrayReader> {
  const header = await readHeader(bytes, length, name);
  const { shape, size } = header;
  const row = shape.slice(1).reduce((product, extent) => product * extent, 1) * size;
  const [count = 0] = shape;
  if (shape.length === 0) throw new DataError(`${name} is a single number`, "name an array");
  if (header.start + count * row !== length) {
    throw new DataError(`${name} has not the bytes that its shape promises`, "save it again");
  }
  return {
    name,
    shape,
    type: header.type,
    async rows(from, to) {
      if (from < 0 || to > count) throw new RangeError(`rows ${from} to ${to} of ${name}`);
      return numbers(await bytes(header.start + from * row, header.start + to * row), header);
    },
  };
}

/** An entry that is not compressed is read where it lies. */
async function storedBytes(zip: ZipFile, handle: FileHandle, entry: Entry): Promise<Bytes> {
  const { fileDataStart } = await zip.readLocalFileHeaderPromise(entry, { minimal: true });
  return async (from, to) => {
    const buffer = new Uint8Array(to - from);
    for (let done = 0; done < buffer.length; ) {
      const { bytesRead } = await handle.read(buffer, done, buffer.length - done, fileDataStart + from + done);
      if (bytesRead === 0) throw new Error("it ends too early");
      done += bytesRead;
    }
    return buffer;
  };
}

async function unpacked(zip: ZipFile, entry: Entry, name: string): Promise<Bytes> {
  if (entry.uncompressedSize > MAX_UNPACKED) {
    const hint = "save it with numpy.savez, without compression: then it is read in parts";
    throw new DataError(`${name} unpacks to more than 4 GiB`, hint);
  }
  let whole: Promise<Uint8Array> | undefined;
  const read = async () => {
    const stream = await zip.openReadStreamPromise(entry);
    const buffer = new Uint8Array(entry.uncompressedSize);
    let at = 0;
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      buffer.set(chunk, at);
      at += chunk.length;
    }
    return buffer;
  };
  return async (from, to) => {
    whole ??= read();
    return (await whole).subarray(from, to);
  };
}

interface Header {
  readonly start: number;
  readonly shape: readonly number[];
  readonly type: ElementType;
  readonly size: number;
  readonly bigEndian: boolean;
}

/** Where the elements begin, and what they are: `U12`, `f4`. */
interface PlainHeader {
  readonly start: number;
  readonly shape: readonly number[];
  readonly kind: string;
  readonly size: number;
  readonly bigEndian: boolean;
}

const again = (name: string, what: string) => new DataError(`${name} ${what}`, "save it again with numpy.savez");

async function readPlainHeader(bytes: Bytes, length: number, name: string): Promise<PlainHeader> {
  const head = await bytes(0, Math.min(length, MAX_HEADER));
  if (head.length < 12 || Buffer.from(head.subarray(0, 6)).toString("latin1") !== "\x93NUMPY") {
    throw again(name, "is no .npy array");
  }
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  const long = (head[6] as number) >= 2;
  const textLength = long ? view.getUint32(8, true) : view.getUint16(8, true);
  const start = (long ? 12 : 10) + textLength;
  if (start > head.length) throw again(name, "has a header that is too long");
  const text = Buffer.from(head.subarray(long ? 12 : 10, start)).toString("latin1");
  const descr = /'descr'\s*:\s*'([<>|=])([a-zA-Z])(\d+)'/.exec(text);
  const shape = /'shape'\s*:\s*\(([\d,\s]*)\)/.exec(text)?.[1];
  if (descr === null || shape === undefined) throw again(name, "holds no plain numbers");
  if (!/'fortran_order'\s*:\s*False/.test(text)) throw again(name, "is in Fortran order");
  const extents = shape.split(",").flatMap((part) => (part.trim() === "" ? [] : [Number(part)]));
  return { start, shape: extents, kind: descr[2] ?? "", size: Number(descr[3]), bigEndian: descr[1] === ">" };
}

async function readHeader(bytes: Bytes, length: number, name: string): Promise<Header> {
  const { kind, ...header } = await readPlainHeader(bytes, length, name);
  const type = TYPES[`${kind}${header.size}`];
  if (type === undefined) throw again(name, `holds ${kind}${header.size} values`);
  return { ...header, type };
}

/** A text is as many characters of four bytes (`U`), or bytes (`S`), as the longest; shorter ones end with zeros. */
async function readTexts(bytes: Bytes, length: number, name: string): Promise<readonly string[]> {
  const { start, shape, kind, size, bigEndian } = await readPlainHeader(bytes, length, name);
  const [count = 0] = shape;
  if (shape.length !== 1) throw again(name, `is [${shape.join(", ")}], which is no list`);
  if (kind === "i" || kind === "u") {
    const numbers = await (await openArray(bytes, length, name)).rows(0, count);
    return Array.from(numbers as ArrayLike<number | bigint>, String);
  }
  if (kind !== "U" && kind !== "S") throw again(name, `holds ${kind}${size} values, which are no texts`);
  const width = kind === "U" ? 4 * size : size;
  if (start + count * width !== length) throw again(name, "has not the bytes that its shape promises");
  const all = await bytes(start, length);
  const view = new DataView(all.buffer, all.byteOffset, all.byteLength);
  return Array.from({ length: count }, (_, i) => {
    if (kind === "S")
      return Buffer.from(all.subarray(i * width, (i + 1) * width))
        .toString("utf8")
        .replace(/\0+$/, "");
    const points = Array.from({ length: size }, (_, at) => view.getUint32(i * width + 4 * at, !bigEndian));
    if (points.some((point) => point > 0x10ffff)) throw again(name, "holds what is no text");
    return String.fromCodePoint(...points).replace(/\0+$/, "");
  });
}

const TYPES: { readonly [code: string]: ElementType } = {
  u1: "uint8",
  i1: "int8",
  b1: "bool",
  u2: "uint16",
  i2: "int16",
  u4: "uint32",
  i4: "int32",
  u8: "uint64",
  i8: "int64",
  f4: "float32",
  f8: "float64",
};

function numbers(bytes: Uint8Array, { type, size, bigEndian }: Header): ArrayLike<number | bigint> {
  if (size === 1) return type === "int8" ? new Int8Array(bytes) : bytes;
  // a copy is aligned, and may be turned
  const own = bytes.slice();
  if (bigEndian) {
    if (size === 2) Buffer.from(own.buffer).swap16();
    else if (size === 4) Buffer.from(own.buffer).swap32();
    else Buffer.from(own.buffer).swap64();
  }
  switch (type) {
    case "uint16":
      return new Uint16Array(own.buffer);
    case "int16":
      return new Int16Array(own.buffer);
    case "uint32":
      return new Uint32Array(own.buffer);
    case "int32":
      return new Int32Array(own.buffer);
    case "uint64":
      return new BigUint64Array(own.buffer);
    case "int64":
      return new BigInt64Array(own.buffer);
    case "float32":
      return new Float32Array(own.buffer);
    case "float64":
      return new Float64Array(own.buffer);
    case "uint8":
    case "int8":
    case "bool":
      return own;
    default:
      return type satisfies never;
  }
}

function damaged(file: string, error: unknown): DataError {
  const why = error instanceof Error ? ` (${error.message.split("\n", 1)[0]})` : "";
  return new DataError(`${file} is damaged or cut short${why}`, "fetch it again");
}
