/** XF06xx: the study's header, profiles and `--set`. */

import { defineMessages } from "./define.js";

export const OVERRIDES = defineMessages({
  "unknown-path": {
    code: "XF0601",
    severity: "error",
    message: "nothing here is called `{path}`",
    label: "cannot be set",
  },
  "no-such-profile": {
    code: "XF0602",
    severity: "error",
    message: "there is no profile `{name}`",
  },
  "set-unreadable": {
    code: "XF0603",
    severity: "error",
    message: "`--set {text}` cannot be read",
    hint: 'write `--set path=value`: `--set repeats=1`, `--set "finetune.for=4 steps"`, `--set "depth.n=[0, 2]"`.',
  },
  "set-twice": {
    code: "XF0604",
    severity: "error",
    message: "`{path}` is set twice",
    hint: "keep one.",
  },
  "bad-header": {
    code: "XF0605",
    severity: "error",
    message: "`{name}` is {wanted}",
    label: "is {got}",
  },
  "profile-statement": {
    code: "XF0606",
    severity: "error",
    message: "a profile holds only lines like `path = value`",
    hint: "write `seed = 3`: what is on the left is replaced by what is on the right.",
  },
  "profile-changes-nothing": {
    code: "XF0660",
    severity: "warning",
    message: "`{path}` changes nothing here",
    label: "{why}",
    hint: "take the line away, or set what the study reads.",
  },
  "profile-empty": {
    code: "XF0661",
    severity: "warning",
    message: "the profile `{name}` changes nothing",
    hint: "give it lines like `repeats = 1`, or take it away: outputs under it would be marked for no difference.",
  },
  "profile-breaks-study": {
    code: "XF0608",
    severity: "error",
    message: "with the profile `{name}` the study has errors",
    label: "it has none without",
    hint: "`xferc check {file} --profile {name}` lists them.",
  },
  "no-such-experiment": {
    code: "XF0607",
    severity: "error",
    message: "there is no experiment `{name}`",
  },
});
