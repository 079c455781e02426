/**
 * Named tensors in the safetensors format: an 8-byte little-endian header length, a JSON header
 * (`name → {dtype, shape, data_offsets}`), then the tensors' bytes.
 *
 * Files come from anywhere, so their headers are checked (safetensors-header.ts). Writing sorts names and pads the
 * header, so equal tensors give equal bytes.
 */

import type { TensorData } from "../../program/types.js";
import { decodeElements } from "./dtypes.js";
import { type Entry, readHeader, SafetensorsError } from "./safetensors-header.js";

export { SafetensorsError, safetensorsHeaderBytes } from "./safetensors-header.js";

export type NamedTensors = ReadonlyMap<string, TensorData>;

/** A shape and element type as the header states them. */
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
  const { entries, dataStart } = readHeader(bytes, file);
  const tensors = new Map<string, TensorData>();
  for (const entry of entries) {
    // A copy: the bytes may lie anywhere, typed arrays only at multiples of their width.
    const raw = new Uint8Array(bytes.subarray(dataStart + entry.begin, dataStart + entry.end));
    tensors.set(entry.name, decodeEntry(entry, raw, file));
  }
  return tensors;
}

/** What the file says of itself beside its tensors. @throws SafetensorsError */
export function readSafetensorsMetadata(bytes: Uint8Array, file: string): ReadonlyMap<string, string> {
  return readHeader(bytes, file).metadata;
}

/** Names, shapes and types without reading any tensor: enough bytes for the header are enough. */
export function readSafetensorsHeader(
  bytes: Uint8Array,
  file: string,
  totalBytes: number = bytes.byteLength,
): Map<string, TensorHeader> {
  const { entries } = readHeader(bytes, file, totalBytes);
  return new Map(entries.map(({ name, dtype, shape }) => [name, { dtype, shape }]));
}

/** @param raw the tensor's bytes, in memory of their own */
export function decodeEntry({ name, dtype, shape }: Entry, raw: Uint8Array<ArrayBuffer>, file: string): TensorData {
  const data = decodeElements(dtype, raw);
  if (typeof data === "bigint") {
    throw new SafetensorsError(file, name, `holds ${data}, which does not fit a 32-bit integer`);
  }
  return { shape, data };
}

export interface WriteOptions {
  /** How i32 tensors are written: I32, or I64 as PyTorch counts in. */
  readonly integers?: "I32" | "I64";
  readonly metadata?: { readonly [name: string]: string };
}

/** Writes tensors sorted by name: f32 as F32, i32 as I32 or I64. Equal tensors give equal bytes. */
export function writeSafetensors(
  tensors: NamedTensors,
  { integers = "I32", metadata }: WriteOptions = {},
): Uint8Array<ArrayBuffer> {
  const names = [...tensors.keys()].sort(byCodeUnit);
  const header: Record<string, unknown> = Object.create(null); // a tensor may be called `__proto__`
  if (metadata !== undefined) header.__metadata__ = metadata;
  const parts: Uint8Array[] = [];
  let offset = 0;
  for (const name of names) {
    const { shape, data } = tensorOf(tensors, name);
    const elements = shape.reduce((product, extent) => product * extent, 1);
    if (elements !== data.length) {
      throw new SafetensorsError("(writing)", name, `has ${data.length} elements for shape [${shape.join(", ")}]`);
    }
    const part = bytesOf(data, integers);
    const end = offset + part.byteLength;
    header[name] = {
      dtype: data instanceof Int32Array ? integers : "F32",
      shape: [...shape],
      data_offsets: [offset, end],
    };
    parts.push(part);
    offset = end;
  }
  return assembled(header, parts, offset);
}

function assembled(header: object, parts: readonly Uint8Array[], dataBytes: number): Uint8Array<ArrayBuffer> {
  const json = new TextEncoder().encode(JSON.stringify(header));
  const headerBytes = Math.ceil(json.byteLength / 8) * 8;
  const out = new Uint8Array(8 + headerBytes + dataBytes);
  new DataView(out.buffer).setUint32(0, headerBytes, true);
  out.set(json, 8);
  out.fill(0x20, 8 + json.byteLength, 8 + headerBytes);
  let at = 8 + headerBytes;
  for (const part of parts) {
    out.set(part, at);
    at += part.byteLength;
  }
  return out;
}

function bytesOf(data: Float32Array | Int32Array, integers: "I32" | "I64"): Uint8Array {
  const written = data instanceof Int32Array && integers === "I64" ? BigInt64Array.from(data, BigInt) : data;
  return new Uint8Array(written.buffer, written.byteOffset, written.byteLength);
}

function tensorOf(tensors: NamedTensors, name: string): TensorData {
  const tensor = tensors.get(name);
  if (tensor === undefined) throw new SafetensorsError("(writing)", name, "disappeared while writing");
  return tensor;
}

function byCodeUnit(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
