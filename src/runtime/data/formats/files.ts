/** Image files of any format that is read. */

import { readFile as readFileCallback } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { codeOf } from "../folder.js";
import { type DataSource, type Item, type Pixels, type Problem, placeOf } from "../types.js";
import { decodeRaster, decodeSharp, MAX_PIXELS, type Undecodable } from "./raster.js";
import { formatOf } from "./sniff.js";
import { decodeTurbo, plainJpeg } from "./turbo.js";

/** A third less processor than the one of promises. */
const readFile = promisify(readFileCallback);

/** Images decoded at once; each may take some hundred megabytes. */
const DECODED_TOGETHER = 4;

type Decoded = Pixels | Undecodable;
/** Plain JPEGs are quick to decode: they wait for their turn, and then use the memory of the one before. */
type Begun = Decoded | ((room: Room) => Promise<Decoded>);
type Room = (bytes: number) => Uint8Array;

/** Decodes the file of each item. */
export async function* decodeFiles(source: DataSource, items: readonly Item[]): AsyncIterable<Pixels | Problem> {
  const room = reused();
  for (let from = 0; from < items.length; from += DECODED_TOGETHER) {
    const together = items.slice(from, from + DECODED_TOGETHER);
    const begun = await Promise.all(together.map((item) => beginItem(source, item)));
    for (const [i, each] of begun.entries()) {
      const found = typeof each === "function" ? await each(room) : each;
      const item = together[i] as Item;
      yield "kind" in found ? { ...found, path: placeOf(item).file, id: item.id } : found;
    }
  }
}

function reused(): Room {
  let memory = new Uint8Array(0);
  return (bytes) => {
    if (memory.length < bytes) memory = new Uint8Array(bytes);
    return memory;
  };
}

function beginItem(source: DataSource, item: Item): Promise<Begun> {
  const { file, at } = placeOf(item);
  return begin(join(source.root, file), at ?? 0);
}

async function begin(path: string, frame: number): Promise<Begun> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch (error) {
    if (codeOf(error) === "ENOENT") return { kind: "missing-file", reason: "is gone", remedy: "fetch it again" };
    return { kind: "unreadable", reason: "cannot be read", remedy: "check its permissions" };
  }
  if (bytes.length === 0) return { kind: "empty", reason: "is empty, 0 bytes", remedy: "fetch it again" };
  const format = formatOf(bytes);
  if (format === "dicom") {
    const { decodeDicom } = await import("./dicom.js");
    return decodeDicom(bytes, frame);
  }
  const plain = format === "jpeg" ? plainJpeg(bytes, MAX_PIXELS) : undefined;
  if (plain === undefined) return decodeRaster(bytes, format);
  return async (room) => (await decodeTurbo(bytes, plain, room)) ?? decodeSharp(bytes, format);
}
