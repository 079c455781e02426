/** Random numbers by integer arithmetic on unsigned 32-bit words; types.ts has the definition. */

import { FACTORS, SHIFTS, saltWords } from "../../../../program/hash.js";
import { sizeOf } from "../../../../program/shape.js";
import { operand } from "../../operands.js";
import { first, type Tensor, text } from "../graph.js";
import { broadcastShapes, type LoweringContext, type Rule } from "./context.js";

const word = (context: LoweringContext, value: number): Tensor => context.graph.constant(Uint32Array.of(value), []);

function xor(context: LoweringContext, a: Tensor, b: Tensor): Tensor {
  return context.graph.op("BitwiseXor", [a, b], broadcastShapes(a.shape, b.shape));
}

function shiftRight(context: LoweringContext, x: Tensor, by: number): Tensor {
  return context.graph.op("BitShift", [x, word(context, by)], x.shape, { direction: text("RIGHT") });
}

const folded = (context: LoweringContext, x: Tensor, shift: number): Tensor =>
  xor(context, x, shiftRight(context, x, shift));

const times = (context: LoweringContext, x: Tensor, factor: number): Tensor => context.mul(x, word(context, factor));

/** The hash's rounds; `injected` is added after the first. */
function mixed(context: LoweringContext, x: Tensor, injected?: Tensor): Tensor {
  let y = times(context, folded(context, x, SHIFTS[0]), FACTORS[0]);
  if (injected !== undefined) y = context.add(y, injected);
  y = times(context, folded(context, y, SHIFTS[1]), FACTORS[1]);
  y = times(context, folded(context, y, SHIFTS[2]), FACTORS[2]);
  return folded(context, y, SHIFTS[3]);
}

/** 0, 1, … as words, [1, size]: one for all draws of a size. */
function indices(context: LoweringContext, size: number): Tensor {
  return context.once(`word indices ${size}`, () => {
    const bound = (value: number) => context.graph.constant(Int32Array.of(value), []);
    const counted = context.graph.op("Range", [bound(0), bound(size), bound(1)], [size]);
    return context.view(context.cast(counted, "u32"), [1, size]);
  });
}

export const randoms: { readonly randomUniform: Rule<"randomUniform"> } = {
  randomUniform: (context, operation) => {
    const keys = operand(operation, 0);
    const { salt, shape } = operation.attributes;
    const words = context.once(`key words ${keys.id}`, () => context.cast(context.get(keys), "u32"));
    const salted = xor(context, words, context.graph.constant(Uint32Array.from(saltWords(salt)), [1, 2]));
    const key = mixed(context, salted);
    const half = (start: number) => context.slice(key, [{ axis: 1, start, length: 1 }]);
    const bits = mixed(context, context.add(indices(context, sizeOf(shape)), half(0)), half(1));
    const top = context.cast(shiftRight(context, bits, 8), "f32");
    context.set(first(operation.outputs), context.scale(top, 2 ** -24));
  },
};
