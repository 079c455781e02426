/** XF03xx: tables, columns and axes of derives, tables and figures, by name, sliced and placed. */

import { defineMessages } from "./define.js";

export const AXES = defineMessages({
  "unknown-table": {
    code: "XF0301",
    severity: "error",
    message: "there is no table `{name}`",
    label: "no experiment, source or derive has this name",
    hint: "{hint}",
  },
  "unknown-column": {
    code: "XF0302",
    severity: "error",
    message: "`{name}` is no measure here",
    label: "not measured",
    hint: "{hint}",
  },
  "unknown-axis": {
    code: "XF0303",
    severity: "error",
    message: "`{name}` is no axis of {table}",
    label: "nothing varies by this name",
    hint: "{hint}",
  },
  "axis-not-placed": {
    code: "XF0304",
    severity: "error",
    message: "`{what}` would mix {count} in one number",
    label: "still varies over {axes}",
    note: "Only `repeat` and `fold` are averaged for you. Every other axis must be seen.",
    hint: "add it (`{add}`), choose one (`{choose}`), or say you want the mean (`{mean}`).",
  },
  "unknown-point": {
    code: "XF0305",
    severity: "error",
    message: "`{name}` is no point of the axis `{axis}`",
    label: "not among its points",
    hint: "{hint}",
  },
  "slice-without-axis": {
    code: "XF0306",
    severity: "error",
    message: "a slice names its axis",
    label: "of which axis?",
    hint: "write `[{axis}: {point}]`",
  },
  "axis-sliced-twice": {
    code: "XF0307",
    severity: "error",
    message: "`{axis}` is chosen twice",
    label: "chosen before",
    hint: "take several points as a list: `[{axis}: [a, b]]`",
  },
  "axis-placed-twice": {
    code: "XF0308",
    severity: "error",
    message: "`{axis}` is shown twice",
    label: "shown already",
    hint: "keep it in one place",
  },
  "ambiguous-column": {
    code: "XF0309",
    severity: "error",
    message: "`{name}` is a measure of more than one table: {tables}",
    label: "which one?",
    hint: "name the table too: `{first}.{name}`",
  },
});
