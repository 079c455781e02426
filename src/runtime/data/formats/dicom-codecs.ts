/** The JPEG family as DICOM files hold it. Dimensions are held against the file's own before anything is decoded. */

import { DicomProblem, type Frame, type FrameShape, words } from "./dicom-frame.js";
import { type JpegHead, jpegHead } from "./jpeg-head.js";

/** What codecs have to say is nothing for a terminal or a pipe. A codec makes the object it is given its own. */
const silent = () => ({ print: () => undefined, printErr: () => undefined });
/** One instance of each a process: their memory only grows. */
let jpegLs: Promise<new () => WasmDecoder> | undefined;
let jpeg2000: Promise<new () => WasmDecoder> | undefined;

/** The frame header of any JPEG but JPEG 2000, held against what the file promises. */
function checkedHeader(bytes: Uint8Array, { rows, columns, samples }: FrameShape): JpegHead {
  const header = jpegHead(bytes);
  if (header === undefined) throw new DicomProblem("holds no JPEG where its header promises one");
  const { height, width, components } = header;
  checkSize({ rows: height, columns: width, samples: components }, { rows, columns, samples });
  return header;
}

function checkSize(
  found: { readonly rows: number; readonly columns: number; readonly samples: number },
  due: { readonly rows: number; readonly columns: number; readonly samples: number },
): void {
  if (found.rows === due.rows && found.columns === due.columns && found.samples === due.samples) return;
  const [is, should] = [found, due].map(({ rows, columns, samples }) => `${rows}×${columns}×${samples}`);
  throw new DicomProblem(`holds an image of ${is} where its header promises ${should}`);
}

/** Baseline and extended: libjpeg for 8 bits, which turns YCbCr into RGB; 12 bits are grey. */
export async function decodeJpeg(bytes: Uint8Array, shape: FrameShape): Promise<Frame> {
  const { precision } = checkedHeader(bytes, shape);
  const { rows, columns, samples, signed } = shape;
  if (precision === 8) {
    const { decodeRaster } = await import("./raster.js");
    const image = await decodeRaster(samples === 3 ? withTransform(bytes, shape.photometric) : bytes, "jpeg");
    if ("kind" in image) throw new DicomProblem(image.reason);
    return { values: image.data, photometric: samples === 3 ? "RGB" : shape.photometric, signed: false };
  }
  const { default: library } = await import("daikon/lib/jpeg-baseline.js");
  const image = new library.JpegImage();
  image.parse(bytes);
  const values = levelled(image.getData16(columns, rows), precision);
  return { values, photometric: shape.photometric, signed };
}

/** The library scales the middle of 8 bits, with its rounding, to more bits and so comes out too high by some 15. */
function levelled(values: Uint16Array, precision: number): Uint16Array {
  const scale = (2 ** precision - 1) / 255;
  const excess = Math.round((2056 * scale) / 16 - 2 ** (precision - 1) - 0.5);
  return values.map((value) => (value >= 2 ** precision - 1 ? value : Math.max(0, value - excess)));
}

/** Whether colours are turned is what the DICOM header says; an Adobe marker tells libjpeg, and JFIF would overrule it. */
function withTransform(bytes: Uint8Array, photometric: string): Uint8Array {
  const parts: Uint8Array[] = [Uint8Array.of(0xff, 0xd8, 0xff, 0xee, 0, 14), Buffer.from("Adobe"), new Uint8Array(6)];
  parts.push(Uint8Array.of(photometric === "RGB" ? 0 : 1));
  let at = 2;
  while (bytes[at] === 0xff && at + 4 < bytes.length) {
    const marker = bytes[at + 1] as number;
    if (marker === 0xda) break;
    const length = 2 + (((bytes[at + 2] as number) << 8) | (bytes[at + 3] as number));
    if (marker !== 0xe0 && marker !== 0xee) parts.push(bytes.subarray(at, at + length));
    at += length;
  }
  return Buffer.concat([...parts, bytes.subarray(at)]);
}

export async function decodeLossless(bytes: Uint8Array, shape: FrameShape): Promise<Frame> {
  const { precision } = checkedHeader(bytes, shape);
  const { Decoder } = await import("jpeg-lossless-decoder-js");
  // the decoder reads on beyond the end of what it is given
  const own = Uint8Array.from(bytes);
  const decoded = new Uint8Array(new Decoder().decompress(own.buffer, 0, own.length));
  const width = precision > 8 ? 16 : 8;
  return checked({ values: words(decoded, { width, signed: shape.signed }), photometric: shape.photometric }, shape);
}

export async function decodeJpegLs(bytes: Uint8Array, shape: FrameShape): Promise<Frame> {
  checkedHeader(bytes, shape);
  jpegLs ??= import("@cornerstonejs/codec-charls/decodewasmjs").then(async ({ default: load }) => {
    return (await load(silent())).JpegLSDecoder;
  });
  return decodeWasm(new (await jpegLs)(), bytes, shape);
}

export async function decodeJpeg2000(bytes: Uint8Array, shape: FrameShape): Promise<Frame> {
  checkSize(codeStreamSize(bytes), shape);
  jpeg2000 ??= import("@cornerstonejs/codec-openjpeg/decodewasmjs").then(async ({ default: load }) => {
    return (await load(silent())).J2KDecoder;
  });
  const frame = decodeWasm(new (await jpeg2000)(), bytes, shape);
  // the code stream says how its colours were turned, and they have been turned back
  return /^YBR_(RCT|ICT)$/.test(shape.photometric) ? { ...frame, photometric: "RGB" } : frame;
}

/** The SIZ marker, which follows the start of a code stream, bare or within JP2 boxes. */
function codeStreamSize(bytes: Uint8Array): {
  readonly rows: number;
  readonly columns: number;
  readonly samples: number;
} {
  const start = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 65_536)).indexOf(
    "ff4fff51",
    0,
    "hex",
  );
  if (start < 0 || start + 42 > bytes.length)
    throw new DicomProblem("holds no JPEG 2000 where its header promises one");
  const view = new DataView(bytes.buffer, bytes.byteOffset + start, 42);
  const extent = (at: number) => view.getUint32(at) - view.getUint32(at + 8);
  return { rows: extent(12), columns: extent(8), samples: view.getUint16(40) };
}

function decodeWasm(decoder: WasmDecoder, bytes: Uint8Array, shape: FrameShape): Frame {
  try {
    decoder.getEncodedBuffer(bytes.length).set(bytes);
    decoder.decode();
    const { height, width, componentCount, bitsPerSample } = decoder.getFrameInfo();
    checkSize({ rows: height, columns: width, samples: componentCount }, shape);
    // where stream and header differ in sign, the header is what readers go by
    const values = words(decoder.getDecodedBuffer().slice(), {
      width: bitsPerSample > 8 ? 16 : 8,
      signed: shape.signed,
    });
    return checked({ values, photometric: shape.photometric }, shape);
  } finally {
    decoder.delete();
  }
}

function checked(frame: Omit<Frame, "signed">, shape: FrameShape): Frame {
  if (frame.values.length < shape.rows * shape.columns * shape.samples) {
    throw new DicomProblem("ends before its image does");
  }
  return { ...frame, signed: shape.signed };
}
