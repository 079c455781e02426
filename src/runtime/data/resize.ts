/**
 * Bilinear resizing with antialiasing, as torchvision's `resize(antialias=True)` and Pillow's BILINEAR define it: a
 * triangle filter, widened by the scale when shrinking. Our own arithmetic, so that every machine gives the same pixels.
 */

/** Weights of the source pixels `first[i]…first[i] + count − 1` in target pixel i. */
interface Weights {
  readonly count: number;
  readonly first: Int32Array;
  readonly weights: Float64Array;
}

const tables = new Map<string, Weights>();
const TABLE_LIMIT = 4096;

function weightsFor(from: number, to: number): Weights {
  const key = `${from}>${to}`;
  const known = tables.get(key);
  if (known !== undefined) return known;
  if (tables.size >= TABLE_LIMIT) tables.clear();
  const made = makeWeights(from, to);
  tables.set(key, made);
  return made;
}

function makeWeights(from: number, to: number): Weights {
  const scale = from / to;
  const reach = Math.max(scale, 1);
  const count = Math.min(from, Math.ceil(reach) * 2 + 1);
  const first = new Int32Array(to);
  const weights = new Float64Array(to * count);
  for (let i = 0; i < to; i++) {
    const centre = (i + 0.5) * scale;
    const start = Math.min(Math.max(0, Math.floor(centre - reach + 0.5)), from - count);
    first[i] = start;
    let sum = 0;
    for (let k = 0; k < count; k++) {
      const weight = Math.max(0, 1 - Math.abs(start + k + 0.5 - centre) / reach);
      weights[i * count + k] = weight;
      sum += weight;
    }
    for (let k = 0; k < count; k++) weights[i * count + k] = (weights[i * count + k] as number) / sum;
  }
  return { count, first, weights };
}

/** A window of planes: `channels` planes of `height` × `width` lie one after the other in `data` from `offset` on. */
export interface Window {
  readonly data: Uint8Array | Float32Array;
  readonly offset: number;
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  readonly top: number;
  readonly left: number;
  readonly rows: number;
  readonly columns: number;
}

/** Resizes a window to `size` × `size`, `channels` planes from `at` on. The numbers keep their scale. */
export function resizeWindow(window: Window, size: number, out: Float32Array | Float64Array, at: number): void {
  const { data, offset, channels, height, width, top, left, rows, columns } = window;
  const across = weightsFor(columns, size);
  const down = weightsFor(rows, size);
  const middle = new Float64Array(rows * size);
  for (let c = 0; c < channels; c++) {
    const plane = offset + c * height * width;
    for (let y = 0; y < rows; y++) {
      const line = plane + (top + y) * width + left;
      for (let x = 0; x < size; x++) {
        let sum = 0;
        const start = line + (across.first[x] as number);
        for (let k = 0; k < across.count; k++) {
          sum += (across.weights[x * across.count + k] as number) * (data[start + k] as number);
        }
        middle[y * size + x] = sum;
      }
    }
    const target = at + c * size * size;
    for (let y = 0; y < size; y++) {
      const start = down.first[y] as number;
      for (let x = 0; x < size; x++) {
        let sum = 0;
        for (let k = 0; k < down.count; k++) {
          sum += (down.weights[y * down.count + k] as number) * (middle[(start + k) * size + x] as number);
        }
        out[target + y * size + x] = sum;
      }
    }
  }
}
