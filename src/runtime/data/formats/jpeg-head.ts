/** What a JPEG of any kind but JPEG 2000 says before its pixels. */

export interface JpegHead {
  /** The second byte of its frame's marker: how it is coded. */
  readonly frame: number;
  readonly precision: number;
  readonly width: number;
  readonly height: number;
  readonly components: number;
  /** As EXIF says it is to be turned: 1 where it is upright. `undefined` where that cannot be made out for certain. */
  readonly orientation: number | undefined;
}

const [START_OF_SCAN, EXIF] = [0xda, 0xe1];
/** Frames of JPEG-LS have a marker of their own. */
const JPEG_LS = 0xf7;
const NO_FRAMES = [0xc4, 0xc8, 0xcc];

/** `undefined` where no frame header comes before the first scan. */
export function jpegHead(bytes: Uint8Array): JpegHead | undefined {
  const word = (at: number) => ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
  let found: JpegHead | undefined;
  let orientations: readonly (number | undefined)[] = [];
  let at = 2;
  while (at + 4 <= bytes.length && bytes[at] === 0xff && bytes[at + 1] !== START_OF_SCAN) {
    const marker = bytes[at + 1] as number;
    if (marker === 0xff) {
      at += 1;
      continue;
    }
    const isFrame = (marker >= 0xc0 && marker <= 0xcf && !NO_FRAMES.includes(marker)) || marker === JPEG_LS;
    if (isFrame && at + 10 <= bytes.length) {
      const [height, width, components] = [word(at + 5), word(at + 7), bytes[at + 9] as number];
      found ??= {
        frame: marker,
        precision: bytes[at + 4] as number,
        width,
        height,
        components,
        orientation: undefined,
      };
    }
    const next = at + 2 + word(at + 2);
    if (marker === EXIF) orientations = [...orientations, ...exifOrientation(bytes.subarray(at + 4, next))];
    at = next;
  }
  if (found === undefined || bytes[at] !== 0xff || orientations.length > 1) return found;
  return { ...found, orientation: orientations.length === 0 ? 1 : orientations[0] };
}

const TIFF_AT = 6;
const [ORIENTATION, SHORT] = [0x0112, 3];

/** Of one application segment: none where it is not EXIF, `undefined` where it is and is not as it should be. */
function exifOrientation(segment: Uint8Array): readonly (number | undefined)[] {
  if (Buffer.from(segment.subarray(0, TIFF_AT)).toString("latin1") !== "Exif\0\0") return [];
  const tiff = segment.subarray(TIFF_AT);
  if (tiff.length < 8) return [undefined];
  const view = new DataView(tiff.buffer, tiff.byteOffset, tiff.length);
  const order = view.getUint16(0);
  if (order !== 0x4949 && order !== 0x4d4d) return [undefined];
  const little = order === 0x4949;
  const directory = view.getUint32(4, little);
  if (directory + 2 > tiff.length) return [undefined];
  const count = view.getUint16(directory, little);
  if (directory + 2 + 12 * count > tiff.length) return [undefined];
  for (let i = 0; i < count; i++) {
    const entry = directory + 2 + 12 * i;
    if (view.getUint16(entry, little) !== ORIENTATION) continue;
    return [view.getUint16(entry + 2, little) === SHORT ? view.getUint16(entry + 8, little) : undefined];
  }
  return [1];
}
