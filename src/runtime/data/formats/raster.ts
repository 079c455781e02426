/** JPEG, PNG, WebP, TIFF and GIF: through libvips, plain JPEGs quicker. */

import type { Pixels, Problem } from "../types.js";
import { type Format, isGrey } from "./sniff.js";
import { decodeTurbo, plainJpeg } from "./turbo.js";

export type Undecodable = Pick<Problem, "kind" | "reason" | "remedy">;

const READERS = ["Jpeg", "Png", "Webp", "Tiff", "Nsgif"].map((format) => `VipsForeignLoad${format}`);
/** An image of more pixels is refused before it is decoded. */
export const MAX_PIXELS = 100_000_000;

type Decoder = typeof import("sharp")["default"];
let decoder: Promise<Decoder> | undefined;

/** Loaded when there is an image to decode: most commands never do. Set up once: readers are blocked for all threads. */
function imageDecoder(): Promise<Decoder> {
  decoder ??= import("sharp").then(({ default: sharp }) => {
    // a file's content chooses the reader, not its name: no SVG or PDF reader for untrusted files
    sharp.block({ operation: ["VipsForeignLoad"] });
    sharp.unblock({ operation: READERS });
    return sharp;
  });
  return decoder;
}

/**
 * Turned as its EXIF orientation says, transparency on black, the first of several pages; 16 bits a channel become the
 * upper 8. One channel where the file is grey. Colour profiles are not applied, as torchvision and Pillow do not.
 */
export async function decodeRaster(bytes: Uint8Array, format: Format | undefined): Promise<Pixels | Undecodable> {
  const head = format === "jpeg" ? plainJpeg(bytes, MAX_PIXELS) : undefined;
  return (head && (await decodeTurbo(bytes, head))) ?? decodeSharp(bytes, format);
}

/** As libvips decodes it, plain or not. */
export async function decodeSharp(bytes: Uint8Array, format: Format | undefined): Promise<Pixels | Undecodable> {
  try {
    const sharp = await imageDecoder();
    let image = sharp(bytes, { limitInputPixels: MAX_PIXELS, failOn: "error", pages: 1, ignoreIcc: true })
      .rotate()
      .flatten({ background: "#000000" });
    const grey = format === undefined ? undefined : (isGrey(bytes, format) ?? (await saysGrey(image)));
    image = image.toColourspace(grey === true ? "b-w" : "srgb");
    const { data, info } = await image.raw().toBuffer({ resolveWithObject: true });
    const { width, height } = info;
    if (info.channels === 1 || info.channels === 3) return { channels: info.channels, height, width, data };
    throw new Error(`it has ${info.channels} channels`);
  } catch (error) {
    return undecodable(error instanceof Error ? error.message : String(error));
  }
}

async function saysGrey(image: { metadata(): Promise<{ space?: string }> }): Promise<boolean> {
  const { space } = await image.metadata();
  return space === "b-w" || space === "grey16";
}

function undecodable(problem: string): Undecodable {
  if (/pixel limit/i.test(problem)) return tooLarge();
  // What libvips says of it depends on what its other threads read at that moment, and reasons stand in results.
  const why = problem.startsWith("it has ") ? `: ${problem}` : "";
  const reason = `is damaged or is no image that can be decoded${why}`;
  return { kind: "damaged", reason, remedy: "fetch it again or take it out of the folder" };
}

export function tooLarge(): Undecodable {
  return { kind: "too-large", reason: `has more than ${MAX_PIXELS} pixels`, remedy: "make it smaller or take it out" };
}
