/**
 * The zip archives torch.save writes: entries stored as they are, one after the other, listed in a directory at the end.
 * Nothing is ever inflated, so there is no bomb to defuse; compressed, encrypted, split and overlapping entries are
 * refused. Every position is held against the file before it is used.
 * (APPNOTE.TXT 6.3, sections 4.3.7 local header, 4.3.12 directory, 4.3.14–16 its end, 4.5.3 zip64.)
 */

import type { Bytes } from "./bytes.js";
import { crc32 } from "./crc32.js";
import { CheckpointError } from "./errors.js";

export interface ZipEntry {
  readonly name: string;
  /** Of its content in the file. */
  readonly offset: number;
  readonly size: number;
  readonly crc: number;
}

export const ZIP_MAGIC = 0x04034b50;
const DIRECTORY_MAGIC = 0x02014b50;
const END_MAGIC = 0x06054b50;
const END64_MAGIC = 0x06064b50;
const LOCATOR64_MAGIC = 0x07064b50;

const END_BYTES = 22;
const LOCATOR64_BYTES = 20;
const END64_BYTES = 56;
const LOCAL_BYTES = 30;
const DIRECTORY_BYTES = 46;
const MAX_COMMENT = 0xffff;
/** A checkpoint has an entry a tensor; a thousand times more than any has. */
const MAX_ENTRIES = 1_000_000;
const MAX_DIRECTORY_BYTES = 256 * 2 ** 20;

const IN_ZIP64 = 0xffffffff;
const ENCRYPTED = 0x2041;

/** Entries by name, in the order of the directory. @throws CheckpointError */
export async function readZip(bytes: Bytes): Promise<ReadonlyMap<string, ZipEntry>> {
  const end = await readEnd(bytes);
  if (end.entries > MAX_ENTRIES || end.size > MAX_DIRECTORY_BYTES) {
    throw damaged(bytes, `its directory claims ${end.entries} entries`);
  }
  const directory = await bytes.read(end.offset, end.size);
  const listed = readDirectory(bytes, directory, end.entries);
  const entries = new Map<string, ZipEntry>();
  let before = 0;
  for (const item of [...listed].sort((a, b) => a.header - b.header)) {
    if (item.header < before) throw damaged(bytes, `its entry ${item.name} overlaps another`);
    const offset = await contentOffset(bytes, item);
    before = offset + item.size;
    if (before > end.offset) throw damaged(bytes, `its entry ${item.name} runs into the directory`);
    if (entries.has(item.name)) throw damaged(bytes, `it has two entries ${item.name}`);
    entries.set(item.name, { name: item.name, offset, size: item.size, crc: item.crc });
  }
  return entries;
}

/** An entry's content, held against its checksum. @throws CheckpointError */
export async function readZipEntry(bytes: Bytes, entry: ZipEntry): Promise<Uint8Array<ArrayBuffer>> {
  const content = await bytes.read(entry.offset, entry.size);
  if (crc32(content) === entry.crc) return content;
  throw damaged(bytes, `the checksum of its entry ${entry.name} is another`);
}

interface End {
  readonly entries: number;
  readonly size: number;
  readonly offset: number;
}

async function readEnd(bytes: Bytes): Promise<End> {
  const length = Math.min(bytes.size, END_BYTES + MAX_COMMENT);
  const start = bytes.size - length;
  const tail = await bytes.read(start, length);
  const view = viewOf(tail);
  for (let at = length - END_BYTES; at >= 0; at--) {
    if (view.getUint32(at, true) !== END_MAGIC) continue;
    if (at + END_BYTES + view.getUint16(at + 20, true) !== length) continue;
    const onOneDisk = view.getUint16(at + 4, true) === view.getUint16(at + 6, true);
    if (!onOneDisk) throw damaged(bytes, "it is a part of a split archive");
    const end: End = {
      entries: view.getUint16(at + 10, true),
      size: view.getUint32(at + 12, true),
      offset: view.getUint32(at + 16, true),
    };
    return checkedEnd(bytes, (await readEnd64(bytes, start + at)) ?? end, start + at);
  }
  throw damaged(bytes, "it has no directory");
}

/** PyTorch writes the wide form always; others where a number does not fit the narrow one. */
async function readEnd64(bytes: Bytes, endAt: number): Promise<End | undefined> {
  if (endAt < LOCATOR64_BYTES + END64_BYTES) return undefined;
  const locator = viewOf(await bytes.read(endAt - LOCATOR64_BYTES, LOCATOR64_BYTES));
  if (locator.getUint32(0, true) !== LOCATOR64_MAGIC) return undefined;
  const at = wide(bytes, locator, 8);
  if (at + END64_BYTES > endAt) throw damaged(bytes, "its directory lies outside of it");
  const view = viewOf(await bytes.read(at, END64_BYTES));
  if (view.getUint32(0, true) !== END64_MAGIC) throw damaged(bytes, "it has no directory");
  return { entries: wide(bytes, view, 32), size: wide(bytes, view, 40), offset: wide(bytes, view, 48) };
}

function checkedEnd(bytes: Bytes, end: End, before: number): End {
  if (end.offset + end.size > before) throw damaged(bytes, "its directory lies outside of it");
  if (end.entries * DIRECTORY_BYTES > end.size) throw damaged(bytes, `its directory claims ${end.entries} entries`);
  return end;
}

interface Listed {
  readonly name: string;
  readonly size: number;
  readonly crc: number;
  /** Where its local header begins. */
  readonly header: number;
}

function readDirectory(bytes: Bytes, directory: Uint8Array, count: number): readonly Listed[] {
  const view = viewOf(directory);
  const listed: Listed[] = [];
  let at = 0;
  for (let index = 0; index < count; index++) {
    if (at + DIRECTORY_BYTES > directory.length || view.getUint32(at, true) !== DIRECTORY_MAGIC) {
      throw damaged(bytes, "its directory is damaged");
    }
    const nameLength = view.getUint16(at + 28, true);
    const extraLength = view.getUint16(at + 30, true);
    const next = at + DIRECTORY_BYTES + nameLength + extraLength + view.getUint16(at + 32, true);
    if (next > directory.length) throw damaged(bytes, "its directory is damaged");
    const nameAt = at + DIRECTORY_BYTES;
    const name = textOf(bytes, directory.subarray(nameAt, nameAt + nameLength));
    const extra = directory.subarray(nameAt + nameLength, nameAt + nameLength + extraLength);
    listed.push({ name, crc: view.getUint32(at + 16, true), ...sizesOf(bytes, name, view, at, extra) });
    at = next;
  }
  return listed;
}

function sizesOf(bytes: Bytes, name: string, view: DataView, at: number, extra: Uint8Array) {
  if ((view.getUint16(at + 8, true) & ENCRYPTED) !== 0) throw damaged(bytes, `its entry ${name} is encrypted`);
  if (view.getUint16(at + 10, true) !== 0) {
    throw new CheckpointError(
      bytes.file,
      `its entry ${name} is compressed, which torch.save never does`,
      "save it again with torch.save, or as safetensors",
    );
  }
  const wides = wideFields(bytes, extra);
  const read = (offset: number): number => {
    const value = view.getUint32(at + offset, true);
    return value === IN_ZIP64 ? (wides.shift() ?? value) : value;
  };
  // In this order in the zip64 field, each only where the narrow one is full.
  const size = read(24);
  const stored = read(20);
  const header = read(42);
  if (size !== stored) throw damaged(bytes, `its entry ${name} has two sizes`);
  return { size, header };
}

function wideFields(bytes: Bytes, extra: Uint8Array): number[] {
  const view = viewOf(extra);
  for (let at = 0; at + 4 <= extra.length; ) {
    const length = view.getUint16(at + 2, true);
    if (at + 4 + length > extra.length) break;
    if (view.getUint16(at, true) === 1) {
      return Array.from({ length: Math.floor(length / 8) }, (_, i) => wide(bytes, view, at + 4 + 8 * i));
    }
    at += 4 + length;
  }
  return [];
}

/** The local header repeats the directory, with an extra field of another length. */
async function contentOffset(bytes: Bytes, { name, header, size }: Listed): Promise<number> {
  if (header + LOCAL_BYTES > bytes.size) throw damaged(bytes, `its entry ${name} lies outside of it`);
  const view = viewOf(await bytes.read(header, LOCAL_BYTES));
  if (view.getUint32(0, true) !== ZIP_MAGIC) throw damaged(bytes, `its entry ${name} is not where it should be`);
  const offset = header + LOCAL_BYTES + view.getUint16(26, true) + view.getUint16(28, true);
  if (offset + size > bytes.size) throw damaged(bytes, `its entry ${name} lies outside of it`);
  return offset;
}

function textOf(bytes: Bytes, data: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(data);
  } catch {
    throw damaged(bytes, "its directory is damaged");
  }
}

function viewOf(data: Uint8Array): DataView {
  return new DataView(data.buffer, data.byteOffset, data.byteLength);
}

function wide(bytes: Bytes, view: DataView, at: number): number {
  const value = Number(view.getBigUint64(at, true));
  if (value > bytes.size) throw damaged(bytes, "its directory is damaged");
  return value;
}

function damaged(bytes: Bytes, problem: string): CheckpointError {
  return new CheckpointError(bytes.file, `as a zip archive it is damaged: ${problem}`);
}
