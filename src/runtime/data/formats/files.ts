/** Image files of any format that is read. */

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { codeOf } from "../folder.js";
import { type DataSource, type Item, type Pixels, type Problem, placeOf } from "../types.js";
import { decodeRaster, type Undecodable } from "./raster.js";
import { formatOf } from "./sniff.js";

/** Images decoded at once; each may take some hundred megabytes. */
const DECODED_TOGETHER = 4;

/** Decodes the file of each item. */
export async function* decodeFiles(source: DataSource, items: readonly Item[]): AsyncIterable<Pixels | Problem> {
  for (let from = 0; from < items.length; from += DECODED_TOGETHER) {
    const together = items.slice(from, from + DECODED_TOGETHER);
    yield* await Promise.all(together.map((item) => decodeItem(source, item)));
  }
}

async function decodeItem(source: DataSource, item: Item): Promise<Pixels | Problem> {
  const { file, at } = placeOf(item);
  const found = await decodeFile(join(source.root, file), at ?? 0);
  return "kind" in found ? { ...found, path: file, id: item.id } : found;
}

export async function decodeFile(path: string, frame: number): Promise<Pixels | Undecodable> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch (error) {
    if (codeOf(error) === "ENOENT") return { kind: "missing-file", reason: "is gone", remedy: "fetch it again" };
    return { kind: "unreadable", reason: "cannot be read", remedy: "check its permissions" };
  }
  if (bytes.length === 0) return { kind: "empty", reason: "is empty, 0 bytes", remedy: "fetch it again" };
  const format = formatOf(bytes);
  if (format !== "dicom") return decodeRaster(bytes, format);
  const { decodeDicom } = await import("./dicom.js");
  return decodeDicom(bytes, frame);
}
