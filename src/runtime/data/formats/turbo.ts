/**
 * Plain JPEGs through libjpeg-turbo's own library, called directly: the pixels raster.ts gives, for a third of the
 * processor time. What is not plain, or not sound, is left to raster.ts, as everything is where the library is not there.
 */

import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type { KoffiFunc } from "koffi";
import type { Pixels } from "../types.js";
import { type JpegHead, jpegHead } from "./jpeg-head.js";

/** turbojpeg.h */
const DECOMPRESS = 1;
const PARAMETER = { stopOnWarning: 0, width: 5, height: 6, scanLimit: 13 } as const;
const FORMAT = { 1: 6, 3: 0 } as const;
const HUFFMAN_FRAMES = [0xc0, 0xc1, 0xc2];
/** A progressive image may hold the same few blocks a thousand times. */
const MOST_SCANS = 500;

type Handle = object;

interface Turbo {
  readonly handle: Handle;
  readonly header: KoffiFunc<(handle: Handle, bytes: Uint8Array, count: number) => number>;
  readonly get: KoffiFunc<(handle: Handle, parameter: number) => number>;
  readonly decode: KoffiFunc<
    (handle: Handle, bytes: Uint8Array, count: number, out: Uint8Array, pitch: number, format: number) => number
  >;
}

let turbo: Promise<Turbo | undefined> | undefined;

/** `undefined` where there is none for this system; once a thread. */
export function turboDecoder(): Promise<Turbo | undefined> {
  turbo ??= load().catch(() => undefined);
  return turbo;
}

async function load(): Promise<Turbo | undefined> {
  const paths = libraryPaths();
  if (paths.length === 0) return undefined;
  const { default: koffi } = await import("koffi");
  const library = firstOf(paths, (path) => koffi.load(path));
  if (library === undefined) return undefined;
  const init = library.func("void *tj3Init(int initType)");
  const set = library.func("int tj3Set(void *handle, int parameter, int value)");
  const handle: Handle | null = init(DECOMPRESS);
  if (handle === null) return undefined;
  const settings = [
    [PARAMETER.stopOnWarning, 1],
    [PARAMETER.scanLimit, MOST_SCANS],
  ] as const;
  if (settings.some(([parameter, value]) => set(handle, parameter, value) !== 0)) return undefined;
  return {
    handle,
    header: library.func("int tj3DecompressHeader(void *handle, const uint8_t *bytes, size_t count)"),
    get: library.func("int tj3Get(void *handle, int parameter)"),
    decode: library.func(
      "int tj3Decompress8(void *handle, const uint8_t *bytes, size_t count, uint8_t *out, int pitch, int format)",
    ),
  };
}

/** For either C library. The package for macOS and Windows holds no library beside its addon. */
function libraryPaths(): readonly string[] {
  if (process.platform !== "linux") return [];
  const found = dirname(createRequire(import.meta.url).resolve("@julusian/jpeg-turbo/package.json"));
  return ["", "-musl"]
    .map((libc) => join(found, "prebuilds", `jpeg-turbo-linux-${process.arch}${libc}`, "libturbojpeg.so.0"))
    .filter((path) => existsSync(path));
}

function firstOf<A, B>(values: readonly A[], of: (value: A) => B): B | undefined {
  for (const value of values) {
    try {
      return of(value);
    } catch {}
  }
  return undefined;
}

/** Whether libjpeg-turbo is to decode it: baseline, extended or progressive, 8 bits, grey or coloured, upright. */
export function plainJpeg(bytes: Uint8Array, maxPixels: number): JpegHead | undefined {
  const head = jpegHead(bytes);
  if (head === undefined || head.orientation !== 1 || head.width * head.height > maxPixels) return undefined;
  const { frame, precision, components } = head;
  return HUFFMAN_FRAMES.includes(frame) && precision === 8 && (components === 1 || components === 3) ? head : undefined;
}

/**
 * Into memory that `room` gives, of which no more is used than it is asked for. `undefined` where it is for raster.ts to
 * decode, or to say what is wrong.
 */
export async function decodeTurbo(
  bytes: Uint8Array,
  { width, height, components }: JpegHead,
  room: (bytes: number) => Uint8Array = (count) => new Uint8Array(count),
): Promise<Pixels | undefined> {
  const library = await turboDecoder();
  if (library === undefined) return undefined;
  const { handle, header, get, decode } = library;
  if (header(handle, bytes, bytes.length) !== 0) return undefined;
  // what is written is as large as the library says, whatever was read here
  if (get(handle, PARAMETER.width) !== width || get(handle, PARAMETER.height) !== height) return undefined;
  const channels = components === 1 ? 1 : 3;
  const count = width * height * channels;
  const data = room(count).subarray(0, count);
  if (data.length < count) return undefined;
  if (decode(handle, bytes, bytes.length, data, 0, FORMAT[channels]) !== 0) return undefined;
  return { channels, height, width, data };
}
