/** Adds up what several uses of a value contribute to its gradient. */

import type { Builder } from "../builder.js";
import { extentOf } from "../shape.js";
import type { Shape, Value } from "../types.js";
import type { Contribution } from "./rule.js";

type Box = Extract<Contribution, { kind: "box" }>;

const wholeAxis = (box: Box, axis: number, shape: Shape): boolean =>
  box.begin[axis] === 0 && box.end[axis] === shape[axis];

/** The one axis along which all boxes are cut, if there is one. */
function cutAxis(boxes: readonly Box[], shape: Shape): number | undefined {
  const cut = shape.flatMap((_, axis) => (boxes.every((box) => wholeAxis(box, axis, shape)) ? [] : [axis]));
  return cut.length === 1 ? cut[0] : undefined;
}

/** Boxes that follow one another along an axis are joined by one concat, with zeros in the gaps. */
function joined(b: Builder, boxes: readonly Box[], shape: Shape): Value | undefined {
  const axis = cutAxis(boxes, shape);
  if (axis === undefined || boxes.length < 2) return undefined;
  const sorted = [...boxes].sort((a, z) => (a.begin[axis] ?? 0) - (z.begin[axis] ?? 0));
  const parts: Value[] = [];
  const fill = (from: number, to: number) => {
    if (to > from)
      parts.push(
        b.filled(
          0,
          shape.map((extent, i) => (i === axis ? to - from : extent)),
        ),
      );
  };
  let at = 0;
  for (const box of sorted) {
    const begin = box.begin[axis] ?? 0;
    if (begin < at) return undefined;
    fill(at, begin);
    parts.push(box.value);
    at = box.end[axis] ?? 0;
  }
  fill(at, extentOf(shape, axis));
  return b.concat(parts, axis);
}

function padded(b: Builder, box: Box, shape: Shape): Value {
  const whole = shape.every((_, axis) => wholeAxis(box, axis, shape));
  if (whole) return box.value;
  return b.pad(
    box.value,
    box.begin,
    shape.map((extent, axis) => extent - (box.end[axis] ?? extent)),
  );
}

export function accumulate(b: Builder, contributions: readonly Contribution[], shape: Shape): Value | undefined {
  const boxes = contributions.filter((contribution) => contribution.kind === "box");
  const terms = contributions.flatMap((contribution) => (contribution.kind === "whole" ? [contribution.value] : []));
  const tiled = joined(b, boxes, shape);
  if (tiled !== undefined) terms.push(tiled);
  else terms.push(...boxes.map((box) => padded(b, box, shape)));
  const [first, ...rest] = terms;
  return first && rest.reduce((sum, term) => b.add(sum, term), first);
}
