/** What a shape rule is: it checks an operation's inputs and says what comes out. */

import { formatShape, sameShape } from "../shape.js";
import type { DType, FloatType, OpAttributes, OpKind, Shape, Value } from "../types.js";

export interface ValueSpec {
  readonly shape: Shape;
  readonly dtype: DType;
}

/** An operation that cannot be: names the op and the shapes it was given. */
export class ShapeError extends Error {
  override readonly name = "ShapeError";
}

/** Inputs of one operation under inspection. */
export class Inputs {
  constructor(
    readonly kind: OpKind,
    readonly values: readonly Value[],
  ) {}

  fail(reason: string): never {
    const given = this.values.map((value) => `${value.dtype}${formatShape(value.shape)}`).join(", ");
    throw new ShapeError(`${this.kind}(${given}): ${reason}`);
  }

  count(expected: number): void {
    if (this.values.length !== expected) this.fail(`takes ${expected} inputs, not ${this.values.length}`);
  }

  at(index: number): Value {
    return this.values[index] ?? this.fail(`input ${index + 1} is missing`);
  }

  shape(index: number): Shape {
    return this.at(index).shape;
  }

  /** Shape of an input that must have `rank` axes. */
  ranked(index: number, rank: number): Shape {
    const shape = this.shape(index);
    return shape.length === rank ? shape : this.fail(`input ${index + 1} must have ${rank} axes`);
  }

  floats(): void {
    if (this.values.some((value) => value.dtype !== "f32")) this.fail("takes f32 inputs only");
  }

  /** The floating-point type all inputs have: f32, or one of the half types. */
  floatType(): FloatType {
    const { dtype } = this.at(0);
    if (dtype === "i32" || this.values.some((value) => value.dtype !== dtype)) {
      return this.fail("takes inputs of one floating-point type; cast some");
    }
    return dtype;
  }

  expectShape(index: number, expected: Shape): void {
    if (!sameShape(this.shape(index), expected)) {
      this.fail(`input ${index + 1} must have shape ${formatShape(expected)}`);
    }
  }

  require(condition: boolean, reason: string): void {
    if (!condition) this.fail(reason);
  }
}

export type Rule<K extends OpKind> = (inputs: Inputs, attributes: OpAttributes[K]) => readonly ValueSpec[];
export type Rules<K extends OpKind> = { readonly [P in K]: Rule<P> };

export const floatsOf = (dtype: FloatType, shape: Shape): readonly ValueSpec[] => [{ shape, dtype }];
export const f32 = (shape: Shape): readonly ValueSpec[] => [{ shape, dtype: "f32" }];
