/** Rotations and affine maps: each pixel is gathered from where it comes from, by torchvision's definitions. */

import type { Builder } from "../builder.js";
import { extentOf } from "../shape.js";
import type { Value } from "../types.js";

export interface WarpFeeds {
  /**
   * [N, S, 4] each: what a column and a row add to where a pixel comes from, across and down, as whole part and rest;
   * both rests are in [0, 1].
   */
  readonly columns: Value;
  readonly rows: Value;
}

export interface WarpOptions {
  readonly interpolation: "nearest" | "bilinear";
  /** One number, or one a channel: what lies outside. */
  readonly fill: readonly number[];
}

/** A position: whole part and rest in [0, 1], [N, S, S] each. */
interface Place {
  readonly whole: Value;
  readonly rest: Value;
}

/** x [N, C, S, S] → [N, C, S, S] */
export function warp(b: Builder, x: Value, feeds: WarpFeeds, { interpolation, fill }: WarpOptions): Value {
  const [images, channels, size] = [extentOf(x.shape, 0), extentOf(x.shape, 1), extentOf(x.shape, 2)];
  const [across, down] = [placeOf(b, feeds, 0), placeOf(b, feeds, 2)];
  const table = b.reshape(b.transpose(x, [0, 2, 3, 1]), [images * size * size, channels]);
  const pixels = pixelsOf(b, table, images, size);
  const outside = b.constant(Float32Array.from(fill), [1, 1, 1, fill.length]);
  const perPixel = (value: Value) => b.reshape(value, [images, size, size, 1]);
  const warped = () => {
    if (interpolation === "nearest") {
      const [column, row] = [nearestTo(b, across), nearestTo(b, down)];
      const inside = b.mul(isWithin(b, column, size), isWithin(b, row, size));
      return b.select(perPixel(inside), pixels(column, row), outside);
    }
    const ends = ({ whole, rest }: Place) =>
      [
        [whole, b.sub(b.scalar(1), rest)],
        [b.add(whole, b.scalar(1)), rest],
      ] as const;
    const corners = ends(down).flatMap(([row, lower]) =>
      ends(across).map(([column, right]) => {
        const inside = b.mul(isWithin(b, column, size), isWithin(b, row, size));
        return { weight: perPixel(b.mul(b.mul(lower, right), inside)), pixel: pixels(column, row) };
      }),
    );
    const total = (values: readonly Value[]) => values.reduce((sum, value) => b.add(sum, value));
    const sum = total(corners.map(({ weight, pixel }) => b.mul(weight, pixel)));
    // torchvision's: pixels outside count as 0 first, then the fill is mixed in by what is inside
    const inside = total(corners.map(({ weight }) => weight));
    return b.add(b.mul(b.sub(sum, outside), inside), outside);
  };
  return b.transpose(warped(), [0, 3, 1, 2]);
}

function placeOf(b: Builder, { columns, rows }: WarpFeeds, at: number): Place {
  const [images, size] = [extentOf(columns.shape, 0), extentOf(columns.shape, 1)];
  const sum = (index: number) =>
    b.add(
      b.reshape(b.sliceAxis(columns, 2, index, index + 1), [images, 1, size]),
      b.reshape(b.sliceAxis(rows, 2, index, index + 1), [images, size, 1]),
    );
  const rest = sum(at + 1);
  const carry = b.sub(b.scalar(1), b.greater(b.scalar(1), rest));
  return { whole: b.add(sum(at), carry), rest: b.sub(rest, carry) };
}

/** Whole numbers; of two as near the even one. */
function nearestTo(b: Builder, { whole, rest }: Place): Value {
  const half = b.scale(whole, 0.5);
  const odd = b.sub(b.scalar(1), b.equal(half, b.cast(b.cast(half, "i32"), "f32")));
  const up = b.maximum(b.greater(rest, b.scalar(0.5)), b.mul(b.equal(rest, b.scalar(0.5)), odd));
  return b.add(whole, up);
}

/** 1 for whole numbers from 0 to size − 1, else 0. */
function isWithin(b: Builder, x: Value, size: number): Value {
  return b.mul(b.greater(x, b.scalar(-0.5)), b.greater(b.scalar(size - 0.5), x));
}

/** [N, S, S, C] of columns and rows [N, S, S]; outside, any pixel. */
function pixelsOf(b: Builder, table: Value, images: number, size: number): (column: Value, row: Value) => Value {
  const firsts = b.constant(
    Int32Array.from({ length: images }, (_, n) => n * size * size),
    [images, 1, 1],
  );
  const clamped = (x: Value) => b.maximum(b.scalar(0), b.minimum(b.scalar(size - 1), x));
  return (column, row) => {
    const within = b.add(b.scale(clamped(row), size), clamped(column));
    return b.gather(table, b.add(b.cast(within, "i32"), firsts));
  };
}
