/**
 * What the grammar reads and this version does not carry out, with what to write instead. The one list: taking a
 * construct in means taking its line out.
 */

import type { Call, Span } from "../../../grammar/syntax.js";
import type { Context } from "../evaluate/context.js";
import { binding, type Environment } from "../evaluate/environment.js";
import { report } from "../evaluate/report.js";
import type { UnknownValue, Value } from "../evaluate/values.js";

interface Later {
  readonly what: string;
  readonly instead: string;
}

const CONSTRUCTS = {
  except: { what: "`except` here", instead: "list what is wanted." },
  "dataset-with": {
    what: "a block after `with` on a dataset",
    instead: "declare a dataset of its own; images are changed by `D with grayscale()`.",
  },
  part: {
    what: "this part",
    instead: "use `units[…]`, `layers[…]`, a pattern, `head`, `backbone`, `bias`, `norm`, `buffers` or `rest`.",
  },
} as const satisfies { readonly [construct: string]: Later };

export type LaterConstruct = keyof typeof CONSTRUCTS;

export function later(context: Context, environment: Environment, span: Span, construct: LaterConstruct): UnknownValue {
  const { what, instead } = CONSTRUCTS[construct];
  return report(context, environment, span, "not-in-this-version", { what, instead });
}

/** Something the catalogue will hold and does not yet: `fid`, `alexnet`. */
export function laterEntry(
  context: Context,
  environment: Environment,
  span: Span,
  what: string,
  instead: string,
): UnknownValue {
  return report(context, environment, span, "not-in-this-version", { what, instead });
}

const MODELS = ["densenet"];
export const INSTEAD_OF_MODEL = "there are `resnet`, `cbr`, `vit` and `swin` in any size, `alexnet` and `inception`.";
/** Metrics and choices of a parameter. */
const WORDS = new Map([["loss", "the metric `loss`"]]);

/** Reports a word of a later version; `false` where it is of none. */
export function laterWord(
  context: Context,
  environment: Environment,
  span: Span,
  word: string,
  names: readonly string[],
): boolean {
  const what = WORDS.get(word);
  if (what !== undefined) {
    laterEntry(context, environment, span, what, `there are ${names.map((name) => `\`${name}\``).join(", ")}.`);
  }
  return what !== undefined;
}

export function laterModel(name: string): boolean {
  return MODELS.includes(name);
}

/** A call of something of a later version, or `undefined`. */
export function laterCall(
  context: Context,
  name: string,
  expression: Call,
  environment: Environment,
): Value | undefined {
  return laterModel(name)
    ? laterEntry(context, environment, expression.callee.span, `the model \`${name}\``, INSTEAD_OF_MODEL)
    : undefined;
}

const PARTS = ["embedding"];

export function laterPart(name: string): boolean {
  return PARTS.includes(name);
}

export function isDeclared(environment: Environment, name: string): boolean {
  return binding(environment, name) !== undefined;
}
