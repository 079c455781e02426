/** Arrays of many images or labels in one file, read a few rows at a time. */

import { DataError, type Pixels } from "../types.js";

export type ElementType =
  | "uint8"
  | "int8"
  | "uint16"
  | "int16"
  | "uint32"
  | "int32"
  | "uint64"
  | "int64"
  | "float32"
  | "float64"
  | "bool";

export interface ArrayReader {
  /** As errors name it: `x of train_x.h5`. */
  readonly name: string;
  readonly shape: readonly number[];
  readonly type: ElementType;
  /** Rows `from` to `to` (exclusive), flat; numbers as they are, in whatever width. */
  rows(from: number, to: number): Promise<ArrayLike<number | bigint>>;
}

export interface ImageShape {
  readonly count: number;
  readonly height: number;
  readonly width: number;
  readonly channels: 1 | 3;
  /** Where the channels are: last, or after the count. */
  readonly order: "last" | "first";
}

const MAX_SIDE = 10_000;

/** [N, H, W], [N, H, W, C] or [N, C, H, W] with C 1 or 3. @throws DataError */
export function imageShape({ name, shape, type }: ArrayReader): ImageShape {
  if (type !== "uint8") {
    throw new DataError(`${name} holds ${type} numbers`, "images are bytes from 0 to 255; save them as uint8");
  }
  const [count = 0, a = 0, b = 0, c] = shape;
  const isChannels = (extent: number | undefined): extent is 1 | 3 => extent === 1 || extent === 3;
  const found: ImageShape | undefined =
    shape.length === 3
      ? { count, height: a, width: b, channels: 1, order: "last" }
      : shape.length === 4 && isChannels(c)
        ? { count, height: a, width: b, channels: c, order: "last" }
        : shape.length === 4 && isChannels(a) && c !== undefined
          ? { count, height: b, width: c, channels: a, order: "first" }
          : undefined;
  if (found === undefined) {
    const hint = "images are [N, height, width] or [N, height, width, channels] with 1 or 3 channels";
    throw new DataError(`${name} has the shape [${shape.join(", ")}]`, hint);
  }
  const side = Math.max(found.height, found.width);
  if (side > MAX_SIDE || found.height < 1 || found.width < 1) {
    throw new DataError(`${name} holds images of ${found.height}×${found.width}`, `1 to ${MAX_SIDE} px are read`);
  }
  return found;
}

/** One image of a run of rows, height × width × channels. */
export function imageAt(bytes: Uint8Array, index: number, shape: ImageShape): Pixels {
  const { height, width, channels, order } = shape;
  const length = height * width * channels;
  const own = bytes.subarray(index * length, (index + 1) * length);
  if (order === "last" || channels === 1) return { height, width, channels, data: own };
  const plane = height * width;
  const data = new Uint8Array(length);
  for (let i = 0; i < plane; i++) {
    for (let c = 0; c < channels; c++) data[i * channels + c] = own[c * plane + i] as number;
  }
  return { height, width, channels, data };
}

/** [N], [N, 1] or [N, 1, 1, 1]: a number a row; [N, L]: L numbers a row. @throws DataError */
export async function labelRows(
  labels: ArrayReader,
): Promise<{ readonly width: number; readonly values: Float64Array }> {
  const [count = 0, ...rest] = labels.shape;
  const width = rest.reduce((product, extent) => product * extent, 1);
  if (width < 1 || width > 10_000 || count > 100_000_000) {
    throw new DataError(`${labels.name} has the shape [${labels.shape.join(", ")}]`, "labels are [N] or [N, labels]");
  }
  const raw = await labels.rows(0, count);
  const values = new Float64Array(raw.length);
  for (let i = 0; i < raw.length; i++) values[i] = Number(raw[i]);
  return { width, values };
}
