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
  tune: {
    what: "`tune`",
    instead: "compare settings with an axis: `vary train in [slow: r with { optimizer adam(lr: 1e-4) }, fast: r]`.",
  },
  except: { what: "`except` here", instead: "list what is wanted." },
  "dataset-with": {
    what: "a block after `with` on a dataset",
    instead: "declare a dataset of its own; images are changed by `D with grayscale()`.",
  },
  freeze: {
    what: "`freeze`",
    instead:
      "all tensors are trained; how much each layer moved is a measure: `measure moved = l2(initial, selected)`.",
  },
  trainable: { what: "`trainable`", instead: "all tensors are trained." },
  unfreeze: { what: "`unfreeze`", instead: "all tensors are trained from the first step." },
  layer_decay: { what: "`layer_decay`", instead: "one learning rate holds for all layers: `optimizer adam(lr: …)`." },
  "solver-l2": { what: "`l2` beside a solver", instead: "it is an optimizer's: `optimizer adam(lr: …, l2: …)`." },
  solver: { what: "`solver`", instead: "use `optimizer adam(…)` or `optimizer sgd(…)`." },
  adapter: { what: "adapters inside a model", instead: "all tensors are trained." },
  part: {
    what: "this part",
    instead: "use `units[…]`, `layers[…]`, a pattern, `head`, `backbone`, `buffers` or `rest`.",
  },
  log: { what: "a logarithmic range", instead: "list the points: `[1e-4, 1e-3, 1e-2]`." },
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

export const LATER_PROBES: readonly string[] = ["trainable_parameters"];
const MODELS = ["densenet"];
export const INSTEAD_OF_MODEL = "there are `resnet`, `cbr`, `vit` and `swin` in any size, `alexnet` and `inception`.";
/** Metrics and choices of a parameter. */
const WORDS = new Map([["loss", "the metric `loss`"]]);
const FUNCTIONS = new Map<string, LaterConstruct>([["log", "log"]]);

export function laterProbe(name: string): boolean {
  return LATER_PROBES.includes(name);
}

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
  const construct = FUNCTIONS.get(name);
  if (construct !== undefined) {
    return later(context, environment, expression.callee.span, construct);
  }
  return laterModel(name)
    ? laterEntry(context, environment, expression.callee.span, `the model \`${name}\``, INSTEAD_OF_MODEL)
    : undefined;
}

const PARTS = ["bias", "adapter", "norm", "embedding"];

export function laterPart(name: string): boolean {
  return PARTS.includes(name);
}

const RECIPE_SETTINGS = new Map<string, LaterConstruct>([
  ["freeze", "freeze"],
  ["unfreeze", "unfreeze"],
  ["trainable", "trainable"],
  ["layer_decay", "layer_decay"],
  ["solver", "solver"],
  ["l2", "solver-l2"],
]);

export function laterSetting(name: string): LaterConstruct | undefined {
  return RECIPE_SETTINGS.get(name);
}

export function isDeclared(environment: Environment, name: string): boolean {
  return binding(environment, name) !== undefined;
}
