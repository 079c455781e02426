/** Shapes and dtypes of what an operation yields; throws a `ShapeError` where its inputs do not fit. */

import type { OpAttributes, OpKind, Value } from "../types.js";
import { elementwise } from "./elementwise.js";
import { linear } from "./linear.js";
import { random } from "./random.js";
import type { Rules, ValueSpec } from "./rule.js";
import { Inputs } from "./rule.js";
import { shaping } from "./shaping.js";
import { training } from "./training.js";

export { ShapeError, type ValueSpec } from "./rule.js";

const rules: Rules<OpKind> = { ...elementwise, ...shaping, ...linear, ...training, ...random };

export function inferOutputs<K extends OpKind>(
  kind: K,
  attributes: OpAttributes[K],
  inputs: readonly Value[],
): readonly ValueSpec[] {
  return rules[kind](new Inputs(kind, inputs), attributes);
}
