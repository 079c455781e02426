/**
 * Pillow's BILINEAR resize of bytes, to the bit: a triangle filter widened by the scale when shrinking, weights of 22
 * bits, across first and rounded to bytes, then down. torchvision resizes decoded images with it. The sums are done in
 * WebAssembly (pillow.wat), several at a time.
 */

import { PILLOW_WASM } from "./pillow-wasm.js";

const PRECISION_BITS = 22;

/** Taps whose weights lie together. */
type Group = 2 | 8;
const HALF_BITS = PRECISION_BITS / 2;

/** Of the source pixels from `first[i]` on in target pixel i, in groups: upper halves of their weights, then lower. */
interface Taps {
  readonly first: Int32Array;
  readonly groups: Int32Array;
  /** `stride` a target pixel. */
  readonly halves: Int16Array;
  readonly stride: number;
}

const known = new Map<string, Taps>();
const KNOWN_LIMIT = 1024;

function tapsFor(from: number, to: number, group: Group): Taps {
  const key = `${from}>${to}:${group}`;
  let taps = known.get(key);
  if (taps === undefined) {
    taps = makeTaps(from, to, group);
    if (known.size >= KNOWN_LIMIT) known.clear();
    known.set(key, taps);
  }
  return taps;
}

function makeTaps(from: number, to: number, group: Group): Taps {
  const scale = from / to;
  const support = Math.max(scale, 1);
  const stride = 2 * Math.ceil((Math.ceil(support) * 2 + 1) / group) * group;
  const [first, groups] = [new Int32Array(to), new Int32Array(to)];
  const halves = new Int16Array(to * stride);
  const exact = new Float64Array(stride);
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
      const weight = Math.trunc(0.5 + ((exact[k] as number) / sum) * (1 << PRECISION_BITS));
      const at = i * stride + 2 * group * Math.floor(k / group) + (k % group);
      halves[at] = weight >> HALF_BITS;
      halves[at + group] = weight & ((1 << HALF_BITS) - 1);
    }
    first[i] = start;
    groups[i] = Math.ceil(count / group);
  }
  return { first, groups, halves, stride };
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

/** Sums of several at a time read and write a little beyond. */
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
  const taps = [tapsFor(width, size, channels === 3 ? 2 : 8), tapsFor(height, size, 2)];
  const layout = new Layout();
  const tables = taps.map((each) => layout.tables(each));
  const source = layout.bytes(channels * height * width);
  const middle = layout.bytes(channels * height * size);
  const target = layout.bytes(channels * size * size);
  if (memory.buffer.byteLength < layout.end) {
    memory.grow(Math.ceil((layout.end - memory.buffer.byteLength) / PAGE));
  }
  for (const [i, each] of taps.entries()) writeTaps(memory, tables[i] as Table, each);
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

  tables({ first, groups, halves, stride }: Taps): Table {
    const [firstAt, groupsAt, halvesAt] = [first, groups, halves].map(({ byteLength }) => this.bytes(byteLength));
    return [firstAt as number, groupsAt as number, halvesAt as number, stride * halves.BYTES_PER_ELEMENT];
  }
}

function writeTaps({ buffer }: WebAssembly.Memory, [firstAt, groupsAt, halvesAt]: Table, taps: Taps): void {
  new Int32Array(buffer, firstAt, taps.first.length).set(taps.first);
  new Int32Array(buffer, groupsAt, taps.groups.length).set(taps.groups);
  new Int16Array(buffer, halvesAt, taps.halves.length).set(taps.halves);
}
