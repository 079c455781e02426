/**
 * The header of a safetensors file, checked: every number in it is held against the bytes that are really there, so that
 * nothing is allocated from a number alone.
 */

import { isMembers } from "../../catalog/json.js";
import { CheckpointError } from "../weights/errors.js";
import { BYTES_PER_ELEMENT, isStoredType, type StoredType } from "./dtypes.js";

/** What is wrong with a file, the tensor where there is one, and what to do. */
export class SafetensorsError extends CheckpointError {
  override readonly name = "SafetensorsError";
  constructor(
    file: string,
    readonly tensor: string | undefined,
    problem: string,
  ) {
    super(
      file,
      tensor === undefined ? problem : `tensor ${tensor}: ${problem}`,
      "give a complete safetensors file, or download it again",
    );
  }
}

/** The header of a file of a million tensors is some 100 MB; nothing we read comes near. */
const MAX_HEADER_BYTES = 32 * 2 ** 20;
const MAX_DIMENSIONS = 16;
/** What a zip archive starts with; as a header's length it would be over the limit. */
const ZIP = [0x50, 0x4b, 0x03, 0x04];

/** A tensor as the header states it; `begin` and `end` are checked, and count from the end of the header. */
export interface Entry {
  readonly name: string;
  readonly dtype: StoredType;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

export interface Header {
  readonly entries: readonly Entry[];
  readonly metadata: ReadonlyMap<string, string>;
  /** Where the tensors' bytes begin in the file. */
  readonly dataStart: number;
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

/** Of the start of a file, header included. @throws SafetensorsError */
export function readHeader(bytes: Uint8Array, file: string, totalBytes: number = bytes.byteLength): Header {
  const dataStart = safetensorsHeaderBytes(bytes, file, totalBytes);
  if (bytes.byteLength < dataStart) throw new SafetensorsError(file, undefined, "its header was not read whole");
  const dataBytes = totalBytes - dataStart;
  const header = parseHeader(bytes.subarray(8, dataStart), file);
  const entries = Object.entries(header)
    .filter(([name]) => name !== "__metadata__")
    .map(([name, value]) => readEntry(name, value, dataBytes, file));
  checkOverlap(entries, dataBytes, file);
  return { entries, metadata: metadataOf(header.__metadata__), dataStart };
}

/** Texts by name; what is no text is left out, as nothing of it is relied on. */
function metadataOf(value: unknown): ReadonlyMap<string, string> {
  if (!isMembers(value)) return new Map();
  return new Map(Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === "string"));
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
  if (!isMembers(parsed)) throw new SafetensorsError(file, undefined, "its header is not a JSON object");
  return parsed;
}

function readEntry(name: string, value: unknown, dataBytes: number, file: string): Entry {
  const fail = (problem: string): never => {
    throw new SafetensorsError(file, name, problem);
  };
  if (!isMembers(value)) return fail("its header entry is not an object");
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

function isIndexList(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((item) => Number.isSafeInteger(item) && item >= 0);
}
