/** DICOM images as a reader of them sees them: rescaled, windowed, light where they are light, in 8 bits. */

import { inflateRawSync } from "node:zlib";
import dicomParser, { type DataSet } from "dicom-parser";
import type { Pixels } from "../types.js";
import { DicomProblem, type Frame, type FrameShape, frameShape } from "./dicom-frame.js";
import { readFrame } from "./dicom-frames.js";
import { tooLarge, type Undecodable } from "./raster.js";

/** A deflated file may not unpack to more. */
const MAX_INFLATED = 2 ** 30;
const PIXELS = "x7fe00010";

export async function decodeDicom(bytes: Uint8Array, frame: number): Promise<Pixels | Undecodable> {
  try {
    const { dataSet, syntax } = parse(bytes);
    const shape = frameShape(dataSet);
    return render(dataSet, shape, await readFrame(dataSet, shape, syntax, frame));
  } catch (error) {
    if (error instanceof RangeError && error.message === "pixel limit") return tooLarge();
    if (error instanceof DicomProblem) {
      return { kind: "damaged", reason: error.message, remedy: "fetch it again or take it out of the folder" };
    }
    const reason = `is damaged or is no DICOM image (${messageOf(error)})`;
    return { kind: "damaged", reason, remedy: "fetch it again or take it out of the folder" };
  }
}

/** The parser throws objects of its own, codecs throw numbers and texts. */
function messageOf(error: unknown): string {
  const text =
    typeof error === "object" && error !== null && "exception" in error
      ? String(error.exception)
      : error instanceof Error
        ? error.message
        : String(error);
  return (text.split("\n", 1)[0] ?? "").slice(0, 200);
}

/** Height × width, from the start of a file. */
export function dicomArea(head: Uint8Array): number {
  const { rows, columns } = frameShape(parse(head, PIXELS).dataSet);
  return rows * columns;
}

function parse(bytes: Uint8Array, untilTag?: string): { readonly dataSet: DataSet; readonly syntax: string } {
  const inflater = (packed: Uint8Array, position: number) => {
    const inflated = inflateRawSync(packed.subarray(position), { maxOutputLength: MAX_INFLATED });
    return Buffer.concat([packed.subarray(0, position), inflated]);
  };
  const hasPreamble = Buffer.from(bytes.subarray(128, 132)).toString("latin1") === "DICM";
  const options = { inflater, ...(untilTag === undefined ? {} : { untilTag }) };
  const given = hasPreamble ? undefined : bareSyntax(bytes);
  const dataSet = dicomParser.parseDicom(
    bytes,
    given === undefined ? options : { ...options, TransferSyntaxUID: given },
  );
  return { dataSet, syntax: dataSet.string("x00020010") ?? given ?? "1.2.840.10008.1.2" };
}

/** Of a file without preamble and meta information, by how its first element is written. */
function bareSyntax(bytes: Uint8Array): string {
  if (bytes[0] === 0) return "1.2.840.10008.1.2.2";
  const isLetter = (byte: number | undefined) => byte !== undefined && byte >= 0x41 && byte <= 0x5a;
  return isLetter(bytes[4]) && isLetter(bytes[5]) ? "1.2.840.10008.1.2.1" : "1.2.840.10008.1.2";
}

function render(dataSet: DataSet, shape: FrameShape, frame: Frame): Pixels {
  const { rows: height, columns: width, samples } = shape;
  if (samples === 3) return { height, width, channels: 3, data: colours(frame, shape) };
  if (frame.photometric === "PALETTE COLOR") return { height, width, channels: 3, data: palette(dataSet, frame) };
  const data = grey(dataSet, shape, frame);
  if (frame.photometric === "MONOCHROME1") for (let i = 0; i < data.length; i++) data[i] = 255 - (data[i] as number);
  return { height, width, channels: 1, data };
}

function colours({ values, photometric }: Frame, { bitsStored, rows, columns }: FrameShape): Uint8Array {
  const shift = Math.max(0, bitsStored - 8);
  const out = new Uint8Array(rows * columns * 3);
  for (let i = 0; i < out.length; i++) out[i] = Math.floor((values[i] as number) / 2 ** shift);
  if (!/^YBR_/.test(photometric)) return out;
  const byte = (value: number) => Math.min(255, Math.max(0, Math.round(value)));
  for (let i = 0; i < out.length; i += 3) {
    const [y, b, r] = [out[i] as number, (out[i + 1] as number) - 128, (out[i + 2] as number) - 128];
    out[i] = byte(y + 1.402 * r);
    out[i + 1] = byte(y - (0.114 * 1.772 * b + 0.299 * 1.402 * r) / 0.587);
    out[i + 2] = byte(y + 1.772 * b);
  }
  return out;
}

/** Tables of red, green and blue: how many entries, the value of the first, bits an entry. */
function palette(dataSet: DataSet, { values }: Frame): Uint8Array {
  const tables = ["1", "2", "3"].map((c) => lookUpTable(dataSet, `x0028110${c}`, `x0028120${c}`));
  const out = new Uint8Array(values.length * 3);
  tables.forEach(({ entries, first, bits }, c) => {
    for (let i = 0; i < values.length; i++) {
      const at = Math.min(entries.length - 1, Math.max(0, (values[i] as number) - first));
      const value = entries[at] as number;
      out[i * 3 + c] = bits > 8 ? value >> 8 : value;
    }
  });
  return out;
}

interface Table {
  readonly entries: ArrayLike<number>;
  readonly first: number;
  readonly bits: number;
}

function lookUpTable(dataSet: DataSet, descriptor: string, data: string): Table {
  const element = dataSet.elements[data];
  const count = dataSet.uint16(descriptor, 0);
  if (element === undefined || count === undefined) throw new DicomProblem("has no table for its colours");
  const length = count === 0 ? 65_536 : count;
  const bits = dataSet.uint16(descriptor, 2) ?? 16;
  const isWide = element.length >= length * 2;
  if (!isWide && element.length < length) throw new DicomProblem("has a table shorter than it says");
  const read = (i: number) => (isWide ? dataSet.uint16(data, i) : dataSet.byteArray[element.dataOffset + i]) ?? 0;
  const entries = Uint16Array.from({ length }, (_, i) => read(i));
  return { entries, first: dataSet.uint16(descriptor, 1) ?? 0, bits: isWide ? bits : 8 };
}

/**
 * Modality values (slope and intercept), then the first VOI table or window; without either, 8 stored bits stay as they
 * are and more are spread from the frame's least to its greatest value.
 */
function grey(dataSet: DataSet, shape: FrameShape, { values, signed }: Frame): Uint8Array {
  const count = shape.rows * shape.columns;
  const slope = dataSet.floatString("x00281053") ?? 1;
  const intercept = dataSet.floatString("x00281052") ?? 0;
  const clean = storedBits(shape, signed);
  const modality = new Float64Array(count);
  for (let i = 0; i < count; i++) modality[i] = clean(values[i] as number) * slope + intercept;
  const voi = dataSet.elements.x00283010?.items?.[0]?.dataSet;
  if (voi !== undefined) return throughTable(modality, lookUpTable(voi, "x00283002", "x00283006"));
  const centre = dataSet.floatString("x00281050");
  const width = dataSet.floatString("x00281051");
  if (centre !== undefined && width !== undefined && width >= 1) {
    return windowed(modality, centre, width, dataSet.string("x00281056")?.trim() ?? "LINEAR");
  }
  if (shape.bitsStored <= 8 && slope === 1 && intercept === 0 && !signed) {
    const scale = 255 / (2 ** shape.bitsStored - 1);
    return Uint8Array.from(modality, (value) => Math.round(value * scale));
  }
  return spread(modality);
}

/** Bits above those that are stored may hold overlays. */
function storedBits({ bitsAllocated, bitsStored }: FrameShape, signed: boolean): (value: number) => number {
  if (bitsStored < 1 || bitsStored >= bitsAllocated || bitsStored > 31) return (value) => value;
  const unused = 32 - bitsStored;
  return signed ? (value) => (value << unused) >> unused : (value) => (value << unused) >>> unused;
}

/** PS3.3 C.11.2.1.2. */
function windowed(values: Float64Array, centre: number, width: number, kind: string): Uint8Array {
  const out = new Uint8Array(values.length);
  const exact = kind === "LINEAR_EXACT";
  const [middle, range] = exact ? [centre, width] : [centre - 0.5, width - 1];
  for (let i = 0; i < out.length; i++) {
    const value = values[i] as number;
    if (kind === "SIGMOID") out[i] = Math.round(255 / (1 + Math.exp((-4 * (value - centre)) / width)));
    else if (value <= middle - range / 2) out[i] = 0;
    else if (value > middle + range / 2) out[i] = 255;
    else out[i] = Math.round(((value - middle) / range + 0.5) * 255);
  }
  return out;
}

function throughTable(values: Float64Array, { entries, first, bits }: Table): Uint8Array {
  const scale = 255 / (2 ** bits - 1);
  return Uint8Array.from(values, (value) => {
    const at = Math.min(entries.length - 1, Math.max(0, Math.trunc(value - first)));
    return Math.round((entries[at] as number) * scale);
  });
}

function spread(values: Float64Array): Uint8Array {
  let [least, greatest] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    if (value < least) least = value;
    if (value > greatest) greatest = value;
  }
  const range = greatest > least ? greatest - least : 1;
  return Uint8Array.from(values, (value) => Math.round(((value - least) * 255) / range));
}
