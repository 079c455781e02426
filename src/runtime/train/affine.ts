/** Rotations and affine maps about the centre, by torchvision's definitions on float tensors. */

import { roundHalfEven } from "../../program/augment/round.js";
import { cosineOfDegrees, sineOfDegrees } from "../random/elementary.js";
import { between, type Draw, type FloatImage } from "./image.js";

export type Interpolation = "nearest" | "bilinear";
type Pair = readonly [number, number];

/** How what comes out is made of what goes in; `fill` has one number, or one a channel. */
export interface WarpStyle {
  readonly interpolation: Interpolation;
  readonly fill: readonly number[];
}

export interface AffineParams {
  readonly degrees: Pair;
  /** Shares of width and height. */
  readonly translate: Pair;
  readonly scale: Pair;
  /** Degrees, along rows and along columns. */
  readonly shear: readonly [Pair, Pair];
}

/** Degrees, pixels and a factor. */
export interface AffineMap {
  readonly angle: number;
  readonly translate: Pair;
  readonly scale: number;
  readonly shear: Pair;
}

/** Where a pixel comes from, both seen from the centre: [a b c; d e f]. */
export type Inverse = readonly [number, number, number, number, number, number];

/** RandomRotation's: counter-clockwise, as `rotate` turns, where `affine` turns clockwise. */
export function drawRotation(degrees: Pair, draw: Draw): Inverse {
  return inverseOf({ angle: -between(draw, ...degrees), translate: [0, 0], scale: 1, shear: [0, 0] });
}

/** RandomAffine's, of a `size` × `size` image. */
export function drawAffine(size: number, { degrees, translate, scale, shear }: AffineParams, draw: Draw): Inverse {
  const shift = (share: number) => roundHalfEven(between(draw, -share * size, share * size));
  return inverseOf({
    angle: between(draw, ...degrees),
    translate: [shift(translate[0]), shift(translate[1])],
    scale: between(draw, ...scale),
    shear: [between(draw, ...shear[0]), between(draw, ...shear[1])],
  });
}

export function inverseOf({ angle, translate: [tx, ty], scale, shear: [sx, sy] }: AffineMap): Inverse {
  const tangent = sineOfDegrees(sx) / cosineOfDegrees(sx);
  const a = cosineOfDegrees(angle - sy) / cosineOfDegrees(sy);
  const b = -(a * tangent + sineOfDegrees(angle));
  const c = sineOfDegrees(angle - sy) / cosineOfDegrees(sy);
  const d = cosineOfDegrees(angle) - c * tangent;
  const [xx, xy, yx, yy] = [d / scale, -b / scale, -c / scale, a / scale];
  return [xx, xy, -xx * tx - xy * ty, yx, yy, -yx * tx - yy * ty];
}

/**
 * What each column and each row adds to where a pixel comes from, across and down, as whole part and rest: [size, 4]
 * each. Apart they keep every bit of a position, and two rests add up to the same float32 on every device.
 */
export function sourcesOf([xx, xy, x0, yx, yy, y0]: Inverse, size: number): Sources {
  const centre = (size - 1) / 2;
  const parts = (across: (place: number) => number, down: (place: number) => number): Float32Array => {
    const out = new Float32Array(4 * size);
    for (let i = 0; i < size; i++) {
      for (const [at, value] of [across(i - centre), down(i - centre)].entries()) {
        const whole = Math.floor(value);
        out[4 * i + 2 * at] = whole;
        out[4 * i + 2 * at + 1] = value - whole;
      }
    }
    return out;
  };
  return {
    columns: parts(
      (x) => xx * x,
      (x) => yx * x,
    ),
    rows: parts(
      (y) => xy * y + x0 + centre,
      (y) => yy * y + y0 + centre,
    ),
  };
}
export interface Sources {
  readonly columns: Float32Array;
  readonly rows: Float32Array;
}

export function warp(image: FloatImage, inverse: Inverse, { interpolation, fill }: WarpStyle): void {
  const { channels, size, data } = image;
  const places = new RowPlaces(sourcesOf(inverse, size), size);
  const sample = interpolation === "nearest" ? nearest : bilinear;
  const out = new Float32Array(channels * size * size);
  for (let y = 0; y < size; y++) {
    places.look(y);
    for (let c = 0; c < channels; c++) {
      const plane = data.subarray(c * size * size, (c + 1) * size * size);
      const from = (c * size + y) * size;
      sample(plane, places, fill[c % fill.length] ?? 0, out.subarray(from, from + size));
    }
  }
  image.data = out;
}

/** Where the pixels of one row come from: whole parts, and rests in [0, 1). Looked up once for all channels. */
class RowPlaces {
  readonly x: Int32Array;
  readonly y: Int32Array;
  readonly right: Float32Array;
  readonly below: Float32Array;

  constructor(
    readonly sources: Sources,
    readonly size: number,
  ) {
    this.x = new Int32Array(size);
    this.y = new Int32Array(size);
    this.right = new Float32Array(size);
    this.below = new Float32Array(size);
  }

  look(row: number): void {
    this.#add(row, 0, this.x, this.right);
    this.#add(row, 2, this.y, this.below);
  }

  /** What column and row add up to, across (0) or down (2). */
  #add(row: number, axis: 0 | 2, wholes: Int32Array, rests: Float32Array): void {
    const { columns, rows } = this.sources;
    const [whole, rest] = [rows[4 * row + axis] as number, rows[4 * row + axis + 1] as number];
    for (let i = 0; i < this.size; i++) {
      const at = 4 * i + axis;
      const sum = Math.fround((columns[at + 1] as number) + rest);
      const carry = sum >= 1 ? 1 : 0;
      wholes[i] = (columns[at] as number) + whole + carry;
      rests[i] = sum - carry;
    }
  }
}

/** One row of one channel. */
type Sample = (plane: Float32Array, places: RowPlaces, fill: number, out: Float32Array) => void;

/** The nearest pixel, of two as near the even one. */
const nearest: Sample = (plane, { x, y, right, below, size }, fill, out) => {
  for (let i = 0; i < size; i++) {
    const column = nearestTo(x[i] as number, right[i] as number);
    const row = nearestTo(y[i] as number, below[i] as number);
    const isInside = column >= 0 && column < size && row >= 0 && row < size;
    out[i] = isInside ? (plane[row * size + column] as number) : fill;
  }
};

function nearestTo(whole: number, rest: number): number {
  return rest > 0.5 || (rest === 0.5 && whole % 2 !== 0) ? whole + 1 : whole;
}

/** What of the four pixels around is inside, then mixed with the fill by the share that is. */
const bilinear: Sample = (plane, { x, y, right, below, size }, fill, out) => {
  for (let i = 0; i < size; i++) {
    // names one by one: this loop runs for every pixel of every image, and pairs of them are slower
    const column = x[i] as number;
    const row = y[i] as number;
    const across = right[i] as number;
    const down = below[i] as number;
    const isLeft = column >= 0 && column < size;
    const isRight = column >= -1 && column + 1 < size;
    const isAbove = row >= 0 && row < size;
    const isBelow = row >= -1 && row + 1 < size;
    const at = row * size + column;
    let sum = 0;
    let inside = 0;
    if (isAbove && isLeft) {
      inside = (1 - across) * (1 - down);
      sum = inside * (plane[at] as number);
    }
    if (isAbove && isRight) {
      const weight = across * (1 - down);
      inside += weight;
      sum += weight * (plane[at + 1] as number);
    }
    if (isBelow && isLeft) {
      const weight = (1 - across) * down;
      inside += weight;
      sum += weight * (plane[at + size] as number);
    }
    if (isBelow && isRight) {
      const weight = across * down;
      inside += weight;
      sum += weight * (plane[at + size + 1] as number);
    }
    out[i] = (sum - fill) * inside + fill;
  }
};
