/** What a file is by its first bytes, whatever its name says. */

import { jpegHead } from "./jpeg-head.js";

export type Format = "jpeg" | "png" | "webp" | "tiff" | "gif" | "dicom";

const EXTENSIONS: { readonly [format in Format]: readonly string[] } = {
  jpeg: [".jpg", ".jpeg", ".jpe"],
  png: [".png"],
  webp: [".webp"],
  tiff: [".tif", ".tiff"],
  gif: [".gif"],
  dicom: [".dcm", ".dicom", ".ima"],
};
const FORMATS = Object.entries(EXTENSIONS) as [Format, readonly string[]][];

/** As their names say; a DICOM file often has no extension. */
export const IMAGE_EXTENSIONS: ReadonlySet<string> = new Set(FORMATS.flatMap(([, extensions]) => extensions));

export function formatByName(extension: string): Format | undefined {
  return FORMATS.find(([, extensions]) => extensions.includes(extension))?.[0];
}

export function formatOf(bytes: Uint8Array): Format | undefined {
  const starts = (signature: readonly number[], at = 0) => signature.every((byte, i) => bytes[at + i] === byte);
  if (starts([0xff, 0xd8, 0xff])) return "jpeg";
  if (starts([0x89, 0x50, 0x4e, 0x47])) return "png";
  if (starts([0x47, 0x49, 0x46, 0x38])) return "gif";
  if (starts([0x52, 0x49, 0x46, 0x46]) && starts([0x57, 0x45, 0x42, 0x50], 8)) return "webp";
  if (starts([0x44, 0x49, 0x43, 0x4d], 128)) return "dicom";
  // classic and big TIFF, of either byte order
  const tiff = [
    [0x49, 0x49, 0x2a, 0],
    [0x4d, 0x4d, 0, 0x2a],
    [0x49, 0x49, 0x2b, 0],
    [0x4d, 0x4d, 0, 0x2b],
  ];
  if (tiff.some((signature) => starts(signature))) return "tiff";
  return startsAsDataSet(bytes) ? "dicom" : undefined;
}

/** DICOM without its preamble begins with a group of file meta information or of identification. */
function startsAsDataSet(bytes: Uint8Array): boolean {
  if (bytes.length < 8) return false;
  const little = (bytes[0] === 2 || bytes[0] === 8) && bytes[1] === 0;
  const big = bytes[0] === 0 && bytes[1] === 8;
  if (!little && !big) return false;
  const [a = 0, b = 0] = [bytes[4], bytes[5]];
  const isVr = a >= 0x41 && a <= 0x5a && b >= 0x41 && b <= 0x5a;
  const element = little ? (bytes[2] ?? 0) | ((bytes[3] ?? 0) << 8) : ((bytes[2] ?? 0) << 8) | (bytes[3] ?? 0);
  return isVr || (little && element <= 0x0005);
}

/** Whether a JPEG or PNG says that it is grey; `undefined` for other formats, and where that is not to be seen. */
export function isGrey(bytes: Uint8Array, format: Format): boolean | undefined {
  if (format === "png") {
    const kind = bytes[25];
    return kind === undefined ? undefined : kind === 0 || kind === 4;
  }
  if (format !== "jpeg") return undefined;
  const head = jpegHead(bytes);
  return head && head.components === 1;
}
