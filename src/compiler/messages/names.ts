/** XF02xx, first half: names. */

import { defineMessages } from "./define.js";

export const NAMES = defineMessages({
  "unknown-name": {
    code: "XF0201",
    severity: "error",
    message: "there is no `{name}` here",
    label: "{wanted} is wanted",
  },
  "declared-twice": {
    code: "XF0202",
    severity: "error",
    message: "`{name}` is declared twice in this file",
    label: "there is a {kind} `{name}` already",
    hint: "rename one of them.",
  },
  "import-clash": {
    code: "XF0203",
    severity: "error",
    message: "`{name}` would mean two things here",
    label: "brings a `{name}` from {file}",
    hint: 'rename one, pick names (`import a, b from "…"`), or qualify them (`import "…" as other`, then `other.{name}`).',
  },
  "not-in-file": {
    code: "XF0204",
    severity: "error",
    message: "`{file}` declares no `{name}`",
  },
  "declared-by-itself": {
    code: "XF0205",
    severity: "error",
    message: "`{name}` is declared by itself",
    label: "leads back to `{name}`",
    note: "A declaration may use others, but no circle of them has a value.",
  },
  "unknown-member": {
    code: "XF0206",
    severity: "error",
    message: "{subject} has no `{name}`",
  },
  "wrong-kind": {
    code: "XF0207",
    severity: "error",
    message: "{wanted} is wanted here",
    label: "is {got}",
  },
  "not-callable": {
    code: "XF0208",
    severity: "error",
    message: "`{name}` takes no parameters",
    label: "is {got}",
  },
  "unknown-callee": {
    code: "XF0209",
    severity: "error",
    message: "there is no {kind} `{name}`",
  },
});
