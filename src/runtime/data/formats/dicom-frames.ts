/** Stored samples of one frame of a DICOM file, whatever they are compressed with. */

import dicomParser, { type DataSet, type Element } from "dicom-parser";
import { DicomProblem, type Frame, type FrameShape, type SampleForm, words } from "./dicom-frame.js";
import { MAX_PIXELS } from "./raster.js";

const IMPLICIT = "1.2.840.10008.1.2";
const DEFLATED = "1.2.840.10008.1.2.1.99";
const BIG_ENDIAN = "1.2.840.10008.1.2.2";
const RAW = new Set([IMPLICIT, "1.2.840.10008.1.2.1", DEFLATED, BIG_ENDIAN]);
const PIXELS = "x7fe00010";

/** @throws DicomProblem */
export async function readFrame(dataSet: DataSet, shape: FrameShape, syntax: string, index: number): Promise<Frame> {
  const pixels = dataSet.elements[PIXELS];
  if (pixels === undefined) throw new DicomProblem("has no image in it");
  const frames = dataSet.intString("x00280008") ?? 1;
  if (index >= frames) throw new DicomProblem(`has ${frames} frames, no frame ${index + 1}`);
  const { rows, columns, samples, photometric, signed } = shape;
  if (rows < 1 || columns < 1) throw new DicomProblem("does not say how large its image is");
  if (samples !== 1 && samples !== 3) throw new DicomProblem(`has ${samples} samples a pixel; 1 and 3 are read`);
  if (rows * columns > MAX_PIXELS) throw new RangeError("pixel limit");
  if (RAW.has(syntax))
    return {
      ...rawFrame(dataSet, pixels, { ...shape, order: syntax === BIG_ENDIAN ? "big-endian" : "little-endian" }, index),
      signed,
    };
  const encoded = encodedFrame(dataSet, pixels, frames, index);
  switch (syntax) {
    case "1.2.840.10008.1.2.5":
      return { values: unpackRle(encoded, shape), photometric, signed };
    case "1.2.840.10008.1.2.4.50":
    case "1.2.840.10008.1.2.4.51": {
      const { decodeJpeg } = await import("./dicom-codecs.js");
      return decodeJpeg(encoded, shape);
    }
    case "1.2.840.10008.1.2.4.57":
    case "1.2.840.10008.1.2.4.70": {
      const { decodeLossless } = await import("./dicom-codecs.js");
      return decodeLossless(encoded, shape);
    }
    case "1.2.840.10008.1.2.4.80":
    case "1.2.840.10008.1.2.4.81": {
      const { decodeJpegLs } = await import("./dicom-codecs.js");
      return decodeJpegLs(encoded, shape);
    }
    case "1.2.840.10008.1.2.4.90":
    case "1.2.840.10008.1.2.4.91": {
      const { decodeJpeg2000 } = await import("./dicom-codecs.js");
      return decodeJpeg2000(encoded, shape);
    }
    default:
      throw new DicomProblem(`is compressed in a way that is not read (transfer syntax ${syntax.slice(0, 64)})`);
  }
}

/** Samples of an uncompressed file, colours of a pixel side by side. */
function rawFrame(
  dataSet: DataSet,
  pixels: Element,
  shape: FrameShape & Required<Pick<SampleForm, "order">>,
  index: number,
) {
  const { rows, columns, samples, bitsAllocated, photometric, order } = shape;
  if (bitsAllocated === 1) return { values: bits(dataSet, pixels, rows * columns, index), photometric };
  if (bitsAllocated !== 8 && bitsAllocated !== 16 && bitsAllocated !== 32) {
    throw new DicomProblem(`has ${bitsAllocated} bits a sample; 1, 8, 16 and 32 are read`);
  }
  const halved = photometric === "YBR_FULL_422";
  const count = rows * columns * (halved ? 2 : samples);
  const bytes = (count * bitsAllocated) / 8;
  const start = pixels.dataOffset + index * bytes;
  const end = Math.min(pixels.dataOffset + pixels.length, dataSet.byteArray.length);
  if (start + bytes > end)
    throw new DicomProblem(`ends after ${Math.max(0, end - start)} of its image's ${bytes} bytes`);
  const own = dataSet.byteArray.subarray(start, start + bytes);
  const values = words(own, { width: bitsAllocated, signed: shape.signed, order });
  if (halved) return { values: unhalved(values), photometric: "YBR_FULL" };
  return { values: shape.planar ? interleaved(values, rows * columns, samples) : values, photometric };
}

function bits({ byteArray }: DataSet, { dataOffset, length }: Element, count: number, index: number): Uint8Array {
  if (Math.ceil((count * (index + 1)) / 8) > Math.min(length, byteArray.length - dataOffset)) {
    throw new DicomProblem("ends before its image does");
  }
  return Uint8Array.from({ length: count }, (_, i) => {
    const bit = index * count + i;
    return ((byteArray[dataOffset + (bit >> 3)] as number) >> (bit & 7)) & 1;
  });
}

function interleaved(values: ArrayLike<number>, plane: number, samples: number): ArrayLike<number> {
  const out = new Int32Array(plane * samples);
  for (let i = 0; i < plane; i++) {
    for (let s = 0; s < samples; s++) out[i * samples + s] = values[s * plane + i] as number;
  }
  return out;
}

/** Y Y Cb Cr for two pixels → Y Cb Cr for each. */
function unhalved(values: ArrayLike<number>): ArrayLike<number> {
  const out = new Uint8Array((values.length / 2) * 3);
  for (let pair = 0; pair * 4 < values.length; pair++) {
    for (const pixel of [0, 1]) {
      out[pair * 6 + pixel * 3] = values[pair * 4 + pixel] as number;
      out[pair * 6 + pixel * 3 + 1] = values[pair * 4 + 2] as number;
      out[pair * 6 + pixel * 3 + 2] = values[pair * 4 + 3] as number;
    }
  }
  return out;
}

function encodedFrame(dataSet: DataSet, pixels: Element, frames: number, index: number): Uint8Array {
  const { fragments, basicOffsetTable } = pixels;
  if (fragments === undefined || fragments.length === 0) throw new DicomProblem("has no compressed image in it");
  try {
    if (frames === 1) {
      return dicomParser.readEncapsulatedPixelDataFromFragments(dataSet, pixels, 0, fragments.length);
    }
    if (basicOffsetTable !== undefined && basicOffsetTable.length > 0) {
      return dicomParser.readEncapsulatedImageFrame(dataSet, pixels, index);
    }
    if (fragments.length === frames) return dicomParser.readEncapsulatedPixelDataFromFragments(dataSet, pixels, index);
    const table = dicomParser.createJPEGBasicOffsetTable(dataSet, pixels);
    return dicomParser.readEncapsulatedImageFrame(dataSet, pixels, index, table);
  } catch (error) {
    throw new DicomProblem(`has fragments that do not fit its frames (${String(error).slice(0, 120)})`);
  }
}

/** PackBits, a segment a byte of each sample, the highest byte first (PS3.5 annex G). */
function unpackRle(
  bytes: Uint8Array,
  { rows, columns, samples, bitsAllocated, signed }: FrameShape,
): ArrayLike<number> {
  const [plane, width] = [rows * columns, bitsAllocated / 8];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const segments = bytes.length >= 64 ? view.getUint32(0, true) : 0;
  if (![1, 2, 4].includes(width) || segments !== samples * width) {
    throw new DicomProblem(`has ${segments} RLE segments for ${samples} samples of ${bitsAllocated} bits`);
  }
  const out = new Uint8Array(plane * samples * width);
  for (let segment = 0; segment < segments; segment++) {
    const [sample, byte] = [Math.floor(segment / width), width - 1 - (segment % width)];
    let at = view.getUint32(4 + 4 * segment, true);
    const end = segment + 1 < segments ? view.getUint32(8 + 4 * segment, true) : bytes.length;
    let done = 0;
    const put = (value: number) => {
      if (done < plane) out[(done * samples + sample) * width + byte] = value;
      done += 1;
    };
    while (at < Math.min(end, bytes.length) && done < plane) {
      const control = view.getInt8(at++);
      if (control >= 0) {
        for (let i = 0; i <= control && at < bytes.length; i++) put(bytes[at++] as number);
      } else if (control !== -128) {
        const value = bytes[at++] ?? 0;
        for (let i = 0; i <= -control; i++) put(value);
      }
    }
    if (done < plane) throw new DicomProblem("ends before its image does");
  }
  return words(out, { width: bitsAllocated, signed });
}
