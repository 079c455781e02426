/**
 * Pillow's BILINEAR resize of bytes, to the bit: a triangle filter widened by the scale when shrinking, weights of 22
 * bits, across first and rounded to bytes, then down. torchvision resizes decoded images with it. The sums are done in
 * WebAssembly (pillow.wat), four at a time.
 */

import { PILLOW_WASM } from "./pillow-wasm.js";

const PRECISION_BITS = 22;

/** Weights of the source pixels `first[i]…first[i] + counts[i] − 1` in target pixel i. */
interface Taps {
  readonly reach: number;
  readonly first: Int32Array;
  readonly counts: Int32Array;
  readonly weights: Int32Array;
}

const known = new Map<string, Taps>();
const KNOWN_LIMIT = 1024;

function tapsFor(from: number, to: number): Taps {
  const key = `${from}>${to}`;
  let taps = known.get(key);
  if (taps === undefined) {
    taps = makeTaps(from, to);
    if (known.size >= KNOWN_LIMIT) known.clear();
    known.set(key, taps);
  }
  return taps;
}

function makeTaps(from: number, to: number): Taps {
  const scale = from / to;
  const support = Math.max(scale, 1);
  const reach = Math.ceil(support) * 2 + 1;
  const [first, counts] = [new Int32Array(to), new Int32Array(to)];
  const weights = new Int32Array(to * reach);
  const exact = new Float64Array(reach);
  for (let i = 0; i < to; i++) {
    const centre = (i + 0.5) * scale;
    const start = Math.max(0, Math.trunc(centre - support + 0.5));
    const count = Math.min(from, Math.trunc(centre + support + 0.5)) - start;
    let sum = 0;
    for (let k = 0; k < count; k++) {
      const weight = Math.max(0, 1 - Math.abs((k + start - centre + 0.5) * (1 / support)));
      exact[k] = weight;
      sum += weight;
    }
    for (let k = 0; k < count; k++) {
      weights[i * reach + k] = Math.trunc(0.5 + ((exact[k] as number) / sum) * (1 << PRECISION_BITS));
    }
    first[i] = start;
    counts[i] = count;
  }
  return { reach, first, counts, weights };
}

/** Bytes height × width × channels. */
export interface Interleaved {
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  readonly data: Uint8Array;
}

/** What pillow.wat exports. */
interface Passes {
  readonly memory: WebAssembly.Memory;
  readonly across1: Across;
  readonly across3: Across;
  down(src: number, out: number, size: number, ...taps: Table): void;
}
type Table = readonly [first: number, counts: number, weights: number, stride: number];
type Across = (src: number, out: number, width: number, height: number, size: number, ...taps: Table) => void;

/** Sums four at a time read and write a little beyond. */
const SLACK = 16;
const PAGE = 65_536;
let loaded: Passes | undefined;

function passes(): Passes {
  if (loaded === undefined) {
    const module = new WebAssembly.Module(Buffer.from(PILLOW_WASM, "base64"));
    loaded = new WebAssembly.Instance(module).exports as unknown as Passes;
  }
  return loaded;
}

/** To channels × size × size, planes from `at` on. An extent that is `size` already is left alone, as Pillow does. */
export function resizeToPlanes(image: Interleaved, size: number, out: Uint8Array, at: number): void {
  const { channels, height, width, data } = image;
  if (channels === 1 && height === size && width === size) {
    out.set(data.subarray(0, size * size), at);
    return;
  }
  const { memory, across1, across3, down } = passes();
  const [horizontal, vertical] = [tapsFor(width, size), tapsFor(height, size)];
  const layout = new Layout();
  const tables = [horizontal, vertical].map((taps) => layout.tables(taps, size));
  const source = layout.bytes(channels * height * width);
  const middle = layout.bytes(channels * height * size);
  const target = layout.bytes(channels * size * size);
  if (memory.buffer.byteLength < layout.end) {
    memory.grow(Math.ceil((layout.end - memory.buffer.byteLength) / PAGE));
  }
  for (const [i, taps] of [horizontal, vertical].entries()) writeTaps(memory, tables[i] as Table, taps);
  const all = new Uint8Array(memory.buffer);
  all.set(data.subarray(0, channels * height * width), source);
  const across = channels === 3 ? across3 : across1;
  across(source, middle, width, height, size, ...(tables[0] as Table));
  for (let c = 0; c < channels; c++) {
    down(middle + c * height * size, target + c * size * size, size, ...(tables[1] as Table));
  }
  out.set(all.subarray(target, target + channels * size * size), at);
}

/** Places in the passes' memory, one after another. */
class Layout {
  end = 0;

  bytes(count: number): number {
    const place = this.end;
    this.end = Math.ceil((place + count + SLACK) / SLACK) * SLACK;
    return place;
  }

  tables({ reach }: Taps, size: number): Table {
    return [this.bytes(4 * size), this.bytes(4 * size), this.bytes(4 * size * reach), 4 * reach];
  }
}

function writeTaps({ buffer }: WebAssembly.Memory, [first, counts, weights]: Table, taps: Taps): void {
  new Int32Array(buffer, first, taps.first.length).set(taps.first);
  new Int32Array(buffer, counts, taps.counts.length).set(taps.counts);
  new Int32Array(buffer, weights, taps.weights.length).set(taps.weights);
}
