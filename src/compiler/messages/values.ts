/** XF02xx, second half: numbers, units, arguments. */

import { defineMessages } from "./define.js";

export const VALUES = defineMessages({
  "wrong-unit": {
    code: "XF0230",
    severity: "error",
    message: "`{name}` is given in {got}",
    label: "{wanted} is wanted",
  },
  "duration-without-unit": {
    code: "XF0231",
    severity: "error",
    message: "`{name}` needs a unit",
    label: "{value} what?",
    note: "A duration always says what it counts, for steps and epochs differ between data sets.",
    hint: "write {examples}.",
  },
  "mixed-units": {
    code: "XF0232",
    severity: "error",
    message: "`{operator}` cannot join {left} and {right}",
    label: "what comes out would have no unit",
  },
  "bad-argument": {
    code: "XF0233",
    severity: "error",
    message: "`{name}` must be {wanted}",
    label: "is {got}",
  },
  "unknown-choice": {
    code: "XF0234",
    severity: "error",
    message: "`{name}` cannot be `{got}`",
  },
  "unknown-argument": {
    code: "XF0235",
    severity: "error",
    message: "`{callee}` has no parameter `{name}`",
  },
  "argument-twice": {
    code: "XF0236",
    severity: "error",
    message: "`{name}` is given twice",
    hint: "keep one.",
  },
  "missing-argument": {
    code: "XF0237",
    severity: "error",
    message: "`{callee}` needs `{name}`",
    label: "without `{name}`",
    hint: "add `{name}: …`, {doc}",
  },
  "argument-without-name": {
    code: "XF0238",
    severity: "error",
    message: "this argument of `{callee}` needs its name",
    note: "Two numbers side by side are easily swapped; xfer lets only the obvious ones go without a name.",
  },
  "too-many-arguments": {
    code: "XF0239",
    severity: "error",
    message: "`{callee}` takes {count}",
    label: "one too many",
    hint: "{hint}",
  },
  "number-wanted": {
    code: "XF0240",
    severity: "error",
    message: "`{operator}` works on numbers",
    label: "is {got}",
  },
  "divided-by-zero": {
    code: "XF0241",
    severity: "error",
    message: "divided by zero",
    hint: "divide by another number.",
  },
  "range-backwards": {
    code: "XF0242",
    severity: "error",
    message: "this range runs backwards, from {from} to {to}",
    hint: "write `{to}..{from}`.",
  },
  "range-step": {
    code: "XF0243",
    severity: "error",
    message: "a range's step is a positive number",
    label: "is {got}",
  },
  "range-too-long": {
    code: "XF0244",
    severity: "error",
    message: "this range has {count} points",
    label: "xfer takes at most {limit}",
  },
  "cannot-compare": {
    code: "XF0245",
    severity: "error",
    message: "these cannot be compared by `{operator}`",
    label: "{left} and {right}",
  },
  "not-here": {
    code: "XF0246",
    severity: "error",
    message: "{what} has no place here",
    label: "{wanted} is wanted",
  },
  "too-deep": {
    code: "XF0247",
    severity: "error",
    message: "this is nested too deeply",
    hint: "name a part of it in a declaration of its own.",
  },
  "bad-pattern": {
    code: "XF0249",
    severity: "error",
    message: "this pattern can match no tensor name",
    label: "{problem}",
    note: "A pattern is a timm tensor name in whole dotted segments; `*` stands for one, `**` for any number of them.",
    hint: 'write one like `"blocks.*.attn.**"`; `xferc explain FILE MODEL` lists a model\'s tensors.',
  },
  "except-of": {
    code: "XF0566",
    severity: "error",
    message: "`except` takes points out of a list or a range, and parts out of parts",
    label: "is {got}",
    hint: "`[a, b, c] except b`, `0..8 except 4`, `backbone except norm`.",
  },
  "except-unknown": {
    code: "XF0567",
    severity: "error",
    message: "there is no `{point}` to leave out",
  },
});
