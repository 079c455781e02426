/** What a gradient rule is: from the gradients of an operation's outputs to those of its inputs. */

import type { Builder } from "../builder.js";
import type { OpAttributes, OpKind, Value } from "../types.js";

/** A gradient, or one that is zero outside a box of the input: a slice's, which several together may tile. */
export type Contribution =
  | { readonly kind: "whole"; readonly value: Value }
  | {
      readonly kind: "box";
      readonly value: Value;
      readonly begin: readonly number[];
      readonly end: readonly number[];
    };

export interface RuleContext<K extends OpKind> {
  readonly builder: Builder;
  readonly attributes: OpAttributes[K];
  readonly inputs: readonly Value[];
  input(index: number): Value;
  output(index: number): Value;
  /** Gradient of the first output. */
  readonly dy: Value;
  /** Whether the gradient of this input is asked for; a rule need not make the others. */
  wants(index: number): boolean;
}

/** Gradients by input; a hole means none (an index, a condition, or not wanted). */
export type GradientRule<K extends OpKind> = (context: RuleContext<K>) => readonly (Value | Contribution | undefined)[];

/** `"none"`: nothing flows back (indices, comparisons). `"undefined"`: nobody may differentiate it. */
export type GradientRules<K extends OpKind> = { readonly [P in K]: GradientRule<P> | "none" | "undefined" };

export const whole = (value: Value): Contribution => ({ kind: "whole", value });
