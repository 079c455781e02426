/**
 * Named tensors in the safetensors format: an 8-byte little-endian header length, a JSON header
 * (`name → {dtype, shape, data_offsets}`), then the tensors' bytes.
 *
 * Files come from anywhere, so every number in a header is checked against the bytes that are really there before
 * anything is allocated from it. Writing sorts names and pads the header, so equal tensors give equal bytes.
 */

import type { TensorData } from "../../program/types.js";

export type NamedTensors = ReadonlyMap<string, TensorData>;

/** What is wrong with a file, the tensor where there is one, and what to do. */
export class SafetensorsError extends Error {
  override readonly name = "SafetensorsError";
  constructor(
    readonly file: string,
    readonly tensor: string | undefined,
    problem: string,
  ) {
    super(tensor === undefined ? `${file}: ${problem}` : `${file}: tensor ${tensor}: ${problem}`);
  }
}

/** The header of a file of a million tensors is some 100 MB; nothing we read comes near. */
const MAX_HEADER_BYTES = 32 * 2 ** 20;
const MAX_DIMENSIONS = 16;
/** What a zip archive starts with; as a header's length it would be over the limit. */
const ZIP = [0x50, 0x4b, 0x03, 0x04];

const BYTES_PER_ELEMENT = { F32: 4, F64: 8, F16: 2, BF16: 2, I64: 8, I32: 4, I16: 2, I8: 1, U8: 1, BOOL: 1 } as const;
type StoredType = keyof typeof BYTES_PER_ELEMENT;

interface Entry {
  readonly name: string;
  readonly dtype: StoredType;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

/** A shape and element type as the header states them; `begin` and `end` are checked. */
export interface TensorHeader {
  readonly dtype: string;
  readonly shape: readonly number[];
}

/**
 * Reads every tensor. F16, BF16 and F64 become f32; integers become i32.
 * @param file how to name the bytes in an error
 * @throws SafetensorsError
 */
export function readSafetensors(bytes: Uint8Array, file: string): Map<string, TensorData> {
  const { entries, dataStart } = readEntries(bytes, file);
  const tensors = new Map<string, TensorData>();
  for (const entry of entries) {
    const raw = bytes.subarray(dataStart + entry.begin, dataStart + entry.end);
    tensors.set(entry.name, { shape: entry.shape, data: decode(entry, raw, file) });
  }
  return tensors;
}

/** Names, shapes and types without reading any tensor: enough bytes for the header are enough. */
export function readSafetensorsHeader(
  bytes: Uint8Array,
  file: string,
  totalBytes: number = bytes.byteLength,
): Map<string, TensorHeader> {
  const { entries } = readEntries(bytes, file, totalBytes);
  return new Map(entries.map(({ name, dtype, shape }) => [name, { dtype, shape }]));
}

/** How many bytes at the start of a file hold its header, from the first eight. */
export function safetensorsHeaderBytes(start: Uint8Array, file: string, totalBytes: number): number {
  if (start.byteLength < 8 || totalBytes < 8) {
    throw new SafetensorsError(file, undefined, "is too short to be a safetensors file (under 8 bytes)");
  }
  if (ZIP.every((byte, i) => start[i] === byte)) {
    throw new SafetensorsError(
      file,
      undefined,
      "is a zip archive, as torch.save writes; save its state_dict with safetensors.torch.save_file",
    );
  }
  const view = new DataView(start.buffer, start.byteOffset, 8);
  const length = view.getUint32(0, true) + view.getUint32(4, true) * 2 ** 32;
  if (length > totalBytes - 8) {
    throw new SafetensorsError(
      file,
      undefined,
      `its header claims ${length} bytes but only ${totalBytes - 8} follow; the file is cut short or is no safetensors file`,
    );
  }
  if (length > MAX_HEADER_BYTES) {
    throw new SafetensorsError(
      file,
      undefined,
      `its header of ${length} bytes is over the limit of ${MAX_HEADER_BYTES}`,
    );
  }
  return 8 + length;
}

/** Writes tensors sorted by name: f32 as F32, i32 as I32. Equal tensors give equal bytes. */
export function writeSafetensors(tensors: NamedTensors): Uint8Array<ArrayBuffer> {
  const names = [...tensors.keys()].sort(byCodeUnit);
  const header: Record<string, unknown> = Object.create(null); // a tensor may be called `__proto__`
  let offset = 0;
  for (const name of names) {
    const { shape, data } = tensorOf(tensors, name);
    const elements = shape.reduce((product, extent) => product * extent, 1);
    if (elements !== data.length) {
      throw new SafetensorsError("(writing)", name, `has ${data.length} elements for shape [${shape.join(", ")}]`);
    }
    const end = offset + data.byteLength;
    header[name] = {
      dtype: data instanceof Int32Array ? "I32" : "F32",
      shape: [...shape],
      data_offsets: [offset, end],
    };
    offset = end;
  }
  const json = new TextEncoder().encode(JSON.stringify(header));
  const headerBytes = Math.ceil(json.byteLength / 8) * 8;
  const out = new Uint8Array(8 + headerBytes + offset);
  new DataView(out.buffer).setUint32(0, headerBytes, true);
  out.set(json, 8);
  out.fill(0x20, 8 + json.byteLength, 8 + headerBytes);
  let at = 8 + headerBytes;
  for (const name of names) {
    const { data } = tensorOf(tensors, name);
    out.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    at += data.byteLength;
  }
  return out;
}

function tensorOf(tensors: NamedTensors, name: string): TensorData {
  const tensor = tensors.get(name);
  if (tensor === undefined) throw new SafetensorsError("(writing)", name, "disappeared while writing");
  return tensor;
}

function readEntries(bytes: Uint8Array, file: string, totalBytes = bytes.byteLength) {
  const dataStart = safetensorsHeaderBytes(bytes, file, totalBytes);
  if (bytes.byteLength < dataStart) throw new SafetensorsError(file, undefined, "its header was not read whole");
  const dataBytes = totalBytes - dataStart;
  const header = parseHeader(bytes.subarray(8, dataStart), file);
  const entries = Object.entries(header)
    .filter(([name]) => name !== "__metadata__")
    .map(([name, value]) => readEntry(name, value, dataBytes, file));
  checkOverlap(entries, dataBytes, file);
  return { entries, dataStart };
}

function parseHeader(json: Uint8Array, file: string): Record<string, unknown> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(json));
  } catch {
    throw new SafetensorsError(
      file,
      undefined,
      "its header is not JSON; the file is damaged or is no safetensors file",
    );
  }
  if (!isRecord(parsed)) throw new SafetensorsError(file, undefined, "its header is not a JSON object");
  return parsed;
}

function readEntry(name: string, value: unknown, dataBytes: number, file: string): Entry {
  const fail = (problem: string): never => {
    throw new SafetensorsError(file, name, problem);
  };
  if (!isRecord(value)) return fail("its header entry is not an object");
  const { dtype, shape, data_offsets: offsets } = value;
  if (!isStoredType(dtype)) {
    return fail(`has type ${JSON.stringify(dtype)}; readable are ${Object.keys(BYTES_PER_ELEMENT).join(", ")}`);
  }
  if (!isIndexList(shape) || shape.length > MAX_DIMENSIONS) return fail("its shape is not a list of sizes");
  if (!isIndexList(offsets) || offsets.length !== 2) return fail("its data_offsets are not two positions");
  const [begin = 0, end = 0] = offsets;
  if (begin > end || end > dataBytes) {
    return fail(
      `lies at bytes ${begin}..${end}, outside the ${dataBytes} bytes of data; the file is cut short or damaged`,
    );
  }
  const expected = shape.reduce((product, extent) => product * extent, 1) * BYTES_PER_ELEMENT[dtype];
  if (expected !== end - begin) {
    return fail(`[${shape.join(", ")}] of ${dtype} needs ${expected} bytes but ${end - begin} are given`);
  }
  return { name, dtype, shape, begin, end };
}

function checkOverlap(entries: readonly Entry[], dataBytes: number, file: string): void {
  let previous: Entry | undefined;
  for (const entry of [...entries].sort((a, b) => a.begin - b.begin || a.end - b.end)) {
    const from = previous?.end ?? 0;
    if (entry.begin < from) throw new SafetensorsError(file, entry.name, `overlaps tensor ${previous?.name ?? ""}`);
    if (entry.begin > from) throw new SafetensorsError(file, entry.name, `leaves bytes ${from}..${entry.begin} unused`);
    previous = entry;
  }
  const end = previous?.end ?? 0;
  if (end !== dataBytes) {
    throw new SafetensorsError(file, undefined, `${dataBytes - end} bytes after the last tensor belong to none`);
  }
}

function decode(entry: Entry, raw: Uint8Array, file: string): Float32Array | Int32Array {
  // A copy: `raw` may lie at any byte, typed arrays only at multiples of their width.
  const { buffer } = new Uint8Array(raw);
  switch (entry.dtype) {
    case "F32":
      return new Float32Array(buffer);
    case "F64":
      return Float32Array.from(new Float64Array(buffer));
    case "F16":
      return Float32Array.from(new Uint16Array(buffer), halfToNumber);
    case "BF16":
      return bfloatToFloat(new Uint16Array(buffer));
    case "I32":
      return new Int32Array(buffer);
    case "I64":
      return longsToInts(new BigInt64Array(buffer), entry, file);
    case "I16":
      return Int32Array.from(new Int16Array(buffer));
    case "I8":
      return Int32Array.from(new Int8Array(buffer));
    case "U8":
    case "BOOL":
      return Int32Array.from(new Uint8Array(buffer));
    default:
      return entry.dtype satisfies never;
  }
}

/** IEEE 754 binary16, given as its bits. */
function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** bfloat16 is the upper half of a float32. */
function bfloatToFloat(bits: Uint16Array): Float32Array {
  const widened = new Uint32Array(bits.length);
  for (let i = 0; i < bits.length; i++) widened[i] = ((bits[i] ?? 0) << 16) >>> 0;
  return new Float32Array(widened.buffer);
}

function longsToInts(values: BigInt64Array, entry: Entry, file: string): Int32Array {
  const out = new Int32Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const value = Number(values[i]);
    if (value !== (value | 0)) {
      throw new SafetensorsError(file, entry.name, `holds ${value}, which does not fit a 32-bit integer`);
    }
    out[i] = value;
  }
  return out;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isStoredType(value: unknown): value is StoredType {
  return typeof value === "string" && Object.hasOwn(BYTES_PER_ELEMENT, value);
}

function isIndexList(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((item) => Number.isSafeInteger(item) && item >= 0);
}

function byCodeUnit(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
