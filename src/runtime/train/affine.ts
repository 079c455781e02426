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
  const plane = size * size;
  const sources = sourcesOf(inverse, size);
  const out = new Float32Array(channels * plane);
  const sampler = interpolation === "nearest" ? new Nearest(sources, size) : new Bilinear(sources, size);
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      sampler.look(x, y);
      for (let c = 0; c < channels; c++) {
        out[c * plane + y * size + x] = sampler.value(data, c * plane, fill[c % fill.length] ?? 0);
      }
    }
  }
  image.data = out;
}

/** Looks where a pixel comes from once for all channels. */
abstract class Sampler {
  /** Whole part and rest in [0, 1]. */
  protected x = 0;
  protected y = 0;
  protected right = 0;
  protected below = 0;

  constructor(
    readonly sources: Sources,
    readonly size: number,
  ) {}

  look(column: number, row: number): void {
    const { columns, rows } = this.sources;
    const [i, j] = [4 * column, 4 * row];
    this.x = (columns[i] as number) + (rows[j] as number);
    this.right = Math.fround((columns[i + 1] as number) + (rows[j + 1] as number));
    if (this.right >= 1) {
      this.x += 1;
      this.right -= 1;
    }
    this.y = (columns[i + 2] as number) + (rows[j + 2] as number);
    this.below = Math.fround((columns[i + 3] as number) + (rows[j + 3] as number));
    if (this.below >= 1) {
      this.y += 1;
      this.below -= 1;
    }
  }

  /** Of the channel whose pixels begin at `plane`. */
  abstract value(data: Float32Array, plane: number, fill: number): number;

  protected isInside(x: number, y: number): boolean {
    return x >= 0 && x < this.size && y >= 0 && y < this.size;
  }
}

/** The nearest pixel, of two as near the even one. */
class Nearest extends Sampler {
  value(data: Float32Array, plane: number, fill: number): number {
    const [x, y] = [nearestTo(this.x, this.right), nearestTo(this.y, this.below)];
    return this.isInside(x, y) ? (data[plane + y * this.size + x] as number) : fill;
  }
}

function nearestTo(whole: number, rest: number): number {
  return rest > 0.5 || (rest === 0.5 && whole % 2 !== 0) ? whole + 1 : whole;
}

/** What of the four pixels around is inside, then mixed with the fill by the share that is. */
class Bilinear extends Sampler {
  value(data: Float32Array, plane: number, fill: number): number {
    let [sum, inside] = [0, 0];
    for (let corner = 0; corner < 4; corner++) {
      const [right, below] = [corner & 1, corner >> 1];
      const [x, y] = [this.x + right, this.y + below];
      if (!this.isInside(x, y)) continue;
      const weight = (right === 1 ? this.right : 1 - this.right) * (below === 1 ? this.below : 1 - this.below);
      sum += weight * (data[plane + y * this.size + x] as number);
      inside += weight;
    }
    return (sum - fill) * inside + fill;
  }
}
