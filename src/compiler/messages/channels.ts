/** XF056x: what the channels of figures can show. */

import { defineMessages } from "./define.js";

export const CHANNEL_KINDS = defineMessages({
  "channel-wants": {
    code: "XF0560",
    severity: "error",
    message: "`{channel}` of `{mark}` shows {wanted}",
    label: "`{what}` is {got}",
    hint: "{hint}",
  },
  "channel-mixed": {
    code: "XF0561",
    severity: "error",
    message: "`{channel}` is {firstKind} in `{first}` and {secondKind} in `{second}`",
    label: "{secondKind}",
    note: "The marks of a figure lie on one another, and share the scales of their channels.",
    hint: "show the same by both, or make two figures.",
  },
  "scale-of-nothing": {
    code: "XF0562",
    severity: "error",
    message: "no mark of this figure has a channel `{channel}`",
    hint: "name a channel that is drawn, or take the scale away.",
  },
  "scale-of-names": {
    code: "XF0563",
    severity: "error",
    message: "`{channel}` has no scale: it shows the points of `{axis}`, side by side",
    hint: "`scale` is for numbers; `line` and `point` show an axis of numbers as numbers.",
  },
  "bars-of-logarithms": {
    code: "XF0564",
    severity: "error",
    message: "bars begin at zero, which a logarithm never reaches",
    hint: "`point { … band ci95 }` has a logarithmic `y`.",
  },
  "trend-of-names": {
    code: "XF0565",
    severity: "error",
    message: "a trend goes through numbers, and `{channel}` shows the names of `{axis}`",
    hint: "put a number there (`x model.units`), or leave `trend` out.",
  },
});
