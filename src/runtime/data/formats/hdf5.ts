/** HDF5 through h5wasm: only the rows asked for are read, so a file may be larger than memory. */

import { open } from "node:fs/promises";
import { join } from "node:path";
import type { Dataset, File } from "h5wasm/node";
import { codeOf } from "../folder.js";
import { DataError } from "../types.js";
import type { ArrayReader, ElementType } from "./arrays.js";
import { confine, elsewhere, within } from "./hdf5-confined.js";

const SIGNATURE = Buffer.from("\x89HDF\r\n\x1a\n", "latin1");

export interface Hdf5File {
  has(path: string): boolean;
  /** @throws DataError where there is no such array of numbers */
  array(path: string): ArrayReader;
  close(): void;
}

/** @throws DataError where it is missing, damaged or no HDF5 file */
export async function openHdf5(root: string, file: string): Promise<Hdf5File> {
  await checkSignature(root, file);
  const { default: h5wasm } = await import("h5wasm/node");
  const library = await h5wasm.ready;
  // errors are told to whoever calls, not to the terminal
  library.activate_throwing_error_handler();
  confine(library);
  const path = join(root, file);
  let opened: File;
  try {
    opened = new h5wasm.File(path, "r");
    // what is cut short opens all the same, and has nothing in it
    opened.keys();
  } catch (error) {
    throw damaged(file, error);
  }
  const find = (array: string) => within(path, `${array} of ${file}`, () => lookUp(opened, array));
  return {
    has: (array) => find(array) instanceof h5wasm.Dataset,
    array(array) {
      const name = `${array} of ${file}`;
      const found = find(array);
      if (!(found instanceof h5wasm.Dataset)) {
        const known = opened.keys().slice(0, 10).join(", ");
        throw new DataError(`${file} has no array ${array}`, known === "" ? "it is empty" : `it has ${known}`);
      }
      const { shape } = found;
      if (shape === null || shape.length === 0) throw new DataError(`${name} is no array`, "name one that is");
      const rows = (from: number, to: number) => within(path, name, () => rowsOf(found, name, from, to));
      checkOwn(found, name, rows);
      return { name, shape, type: elementType(found, name), rows: async (from, to) => rows(from, to) };
    },
    close: () => void opened.close(),
  };
}

/** A virtual array whose parts are missing reads as zeros; other storage is noticed when a row is read. */
function checkOwn({ metadata, shape }: Dataset, name: string, rows: (from: number, to: number) => unknown): void {
  if ((metadata.virtual_sources ?? []).some(({ file_name }) => file_name !== ".")) throw elsewhere(name);
  if (metadata.chunks === null && (shape?.[0] ?? 0) > 0) rows(0, 1);
}

/** Of a path that leads nowhere there is nothing. */
function lookUp(file: File, path: string): unknown {
  try {
    return file.get(path);
  } catch {
    return undefined;
  }
}

function rowsOf(dataset: Dataset, name: string, from: number, to: number): ArrayLike<number | bigint> {
  const [count = 0, ...rest] = dataset.shape ?? [];
  if (from < 0 || to > count) throw new RangeError(`rows ${from} to ${to} of ${name}`);
  if (to <= from) return [];
  let values: unknown;
  try {
    values = dataset.slice([[from, to], ...rest.map((): [] => [])]);
  } catch (error) {
    throw damaged(name, error);
  }
  const length = (to - from) * rest.reduce((product, extent) => product * extent, 1);
  if (!ArrayBuffer.isView(values) || !("length" in values) || values.length !== length) {
    throw damaged(name, new Error("a part of it cannot be read"));
  }
  return values as unknown as ArrayLike<number | bigint>;
}

async function checkSignature(root: string, file: string): Promise<void> {
  try {
    const handle = await open(join(root, file));
    try {
      // a user block may come first, of 512 bytes or a power of two of them
      for (let at = 0; at <= 1 << 20; at = at === 0 ? 512 : at * 2) {
        const { buffer, bytesRead } = await handle.read(Buffer.alloc(8), 0, 8, at);
        if (bytesRead < 8) break;
        if (buffer.equals(SIGNATURE)) return;
      }
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (codeOf(error) === "ENOENT") throw new DataError(`there is no ${file}`, "is the data set whole?");
    throw new DataError(`${file} cannot be read`, "check its permissions");
  }
  throw new DataError(`${file} is no HDF5 file`, "fetch it again; unpack it where it is a .gz");
}

function damaged(name: string, error: unknown): DataError {
  const why = error instanceof Error ? ` (${causeOf(error.message)})` : "";
  return new DataError(`${name} is damaged or cut short${why}`, "fetch it again");
}

/** The library tells the whole way an error came; the first station says what could not be done. */
function causeOf(message: string): string {
  return (/\(\): (.*)/.exec(message)?.[1] ?? message.split("\n", 1)[0] ?? "").slice(0, 120);
}

function elementType({ dtype, metadata }: Dataset, name: string): ElementType {
  const known: { readonly [code: string]: ElementType } = {
    b: "int8",
    B: "uint8",
    h: "int16",
    H: "uint16",
    i: "int32",
    I: "uint32",
    q: "int64",
    Q: "uint64",
    f: "float32",
    d: "float64",
  };
  const code = typeof dtype === "string" ? known[dtype.replace(/^[<>|=]/, "")] : undefined;
  if (code !== undefined) return code;
  // h5py writes booleans as an enumeration of bytes
  if (metadata.enum_type !== undefined && metadata.size === 1) return "bool";
  throw new DataError(`${name} holds no numbers`, "name an array of numbers");
}
