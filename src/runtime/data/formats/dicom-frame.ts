/** A frame of a DICOM file: what its file says of it, and its samples. */

import type { DataSet } from "dicom-parser";

/** As the file says it. */
export interface FrameShape {
  readonly rows: number;
  readonly columns: number;
  readonly samples: number;
  readonly bitsAllocated: number;
  readonly bitsStored: number;
  readonly signed: boolean;
  readonly planar: boolean;
  readonly photometric: string;
}

export interface Frame {
  /** rows × columns × samples. */
  readonly values: ArrayLike<number>;
  /** What the samples are once decoded: some codecs turn colours themselves. */
  readonly photometric: string;
  readonly signed: boolean;
}

/** Something about a file that its user can be told. */
export class DicomProblem extends Error {}

export function frameShape(dataSet: DataSet): FrameShape {
  const rows = dataSet.uint16("x00280010") ?? 0;
  const columns = dataSet.uint16("x00280011") ?? 0;
  const samples = dataSet.uint16("x00280002") ?? 1;
  const bitsAllocated = dataSet.uint16("x00280100") ?? 0;
  return {
    rows,
    columns,
    samples,
    bitsAllocated,
    bitsStored: dataSet.uint16("x00280101") ?? bitsAllocated,
    signed: dataSet.uint16("x00280103") === 1,
    planar: samples > 1 && dataSet.uint16("x00280006") === 1,
    photometric: dataSet.string("x00280004")?.trim() ?? (samples === 3 ? "RGB" : "MONOCHROME2"),
  };
}

export interface SampleForm {
  /** Bits; 8, 16 or 32. */
  readonly width: number;
  readonly signed: boolean;
  /** Default little-endian. */
  readonly order?: "big-endian" | "little-endian";
}

export function words(bytes: Uint8Array, { width, signed, order }: SampleForm): ArrayLike<number> {
  if (width === 8) return signed ? Int8Array.from(bytes) : bytes;
  // a copy is aligned, and may be turned
  const { buffer } = Uint8Array.from(bytes);
  if (order === "big-endian") width === 16 ? Buffer.from(buffer).swap16() : Buffer.from(buffer).swap32();
  if (width === 16) return signed ? new Int16Array(buffer) : new Uint16Array(buffer);
  return signed ? new Int32Array(buffer) : new Uint32Array(buffer);
}
