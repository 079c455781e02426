/**
 * Pillow's BILINEAR resize of bytes, to the bit: a triangle filter widened by the scale when shrinking, weights of 22
 * bits, across first and rounded to bytes, then down. torchvision resizes decoded images with it.
 */

const PRECISION_BITS = 22;
const HALF = 1 << (PRECISION_BITS - 1);

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

let middle = new Uint8Array(0);
let sums = new Int32Array(0);

/** To channels × size × size, planes from `at` on. An extent that is `size` already is left alone, as Pillow does. */
export function resizeToPlanes(image: Interleaved, size: number, out: Uint8Array, at: number): void {
  const { channels, height, width, data } = image;
  if (channels === 1 && height === size && width === size) {
    out.set(data.subarray(0, size * size), at);
    return;
  }
  const bytes = channels * height * size;
  if (middle.length < bytes) middle = new Uint8Array(bytes);
  if (sums.length < size) sums = new Int32Array(size);
  across(image, size);
  down(channels, height, size, out, at);
}

/** Into `middle`: channels × height × size. */
function across({ channels, height, width, data }: Interleaved, size: number): void {
  const out = middle;
  const { first, counts, weights, reach } = tapsFor(width, size);
  const plane = height * size;
  for (let y = 0; y < height; y++) {
    const line = y * width * channels;
    for (let x = 0; x < size; x++) {
      const count = counts[x] as number;
      const from = line + (first[x] as number) * channels;
      const target = y * size + x;
      if (width === size) {
        for (let c = 0; c < channels; c++) out[c * plane + target] = data[from + c] as number;
      } else if (channels === 3) {
        let [r, g, b] = [HALF, HALF, HALF];
        for (let k = 0, pixel = from; k < count; k++, pixel += 3) {
          const weight = weights[x * reach + k] as number;
          r += (data[pixel] as number) * weight;
          g += (data[pixel + 1] as number) * weight;
          b += (data[pixel + 2] as number) * weight;
        }
        out[target] = r >> PRECISION_BITS;
        out[plane + target] = g >> PRECISION_BITS;
        out[2 * plane + target] = b >> PRECISION_BITS;
      } else {
        for (let c = 0; c < channels; c++) {
          let sum = HALF;
          for (let k = 0; k < count; k++) {
            sum += (data[from + k * channels + c] as number) * (weights[x * reach + k] as number);
          }
          out[c * plane + target] = sum >> PRECISION_BITS;
        }
      }
    }
  }
}

function down(channels: number, height: number, size: number, out: Uint8Array, at: number): void {
  if (height === size) {
    out.set(middle.subarray(0, channels * size * size), at);
    return;
  }
  const { first, counts, weights, reach } = tapsFor(height, size);
  const lines = middle;
  const totals = sums;
  for (let c = 0; c < channels; c++) {
    for (let y = 0; y < size; y++) {
      totals.fill(HALF, 0, size);
      const count = counts[y] as number;
      for (let k = 0; k < count; k++) {
        const weight = weights[y * reach + k] as number;
        const line = (c * height + (first[y] as number) + k) * size;
        for (let x = 0; x < size; x++) totals[x] = (totals[x] as number) + (lines[line + x] as number) * weight;
      }
      const target = at + (c * size + y) * size;
      for (let x = 0; x < size; x++) out[target + x] = (totals[x] as number) >> PRECISION_BITS;
    }
  }
}
