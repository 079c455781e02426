/** XF00xx: files and imports. */

import { defineMessages } from "./define.js";

export const FILES = defineMessages({
  "file-missing": {
    code: "XF0001",
    severity: "error",
    message: "there is no file `{file}`",
    hint: "check the path; imports are relative to the file that names them.",
  },
  "file-unreadable": {
    code: "XF0002",
    severity: "error",
    message: "`{file}` cannot be read",
    hint: "check its permissions.",
  },
  "file-is-directory": {
    code: "XF0003",
    severity: "error",
    message: "`{file}` is a folder",
    hint: "name the `.xfer` file in it.",
  },
  "file-binary": {
    code: "XF0004",
    severity: "error",
    message: "`{file}` is no text",
    note: "A study is a text file in UTF-8; this one has bytes no text has.",
    hint: 'name a `.xfer` file; weights belong in `weights("…")`, data in `dataset … from …`.',
  },
  "file-encoding": {
    code: "XF0158",
    severity: "error",
    message: "`{file}` is saved in {encoding}",
    note: "A study is a text file in UTF-8.",
    hint: "save it as UTF-8: editors have it under “Save with encoding”; in a shell `iconv -f {converter} -t UTF-8 old.xfer > new.xfer`, in PowerShell `Set-Content -Encoding utf8`.",
  },
  "file-too-large": {
    code: "XF0005",
    severity: "error",
    message: "`{file}` is too large for a study",
    note: "A study file is written by a person; xferc reads at most {limit}.",
    hint: "is it a data or a weights file? Name the `.xfer` file instead.",
  },
  "file-empty": {
    code: "XF0006",
    severity: "error",
    message: "`{file}` declares nothing",
    hint: "start with `study name { seed 1; repeats 3 }`; docs/tour.md goes on from there.",
  },
  "import-refused": {
    code: "XF0007",
    severity: "error",
    message: "`{file}` cannot be imported",
    note: "{problem}",
  },
  "import-cycle": {
    code: "XF0008",
    severity: "error",
    message: "these files import each other: {chain}",
    label: "closes the circle",
    hint: "move what both need into a third file.",
  },
  "too-many-files": {
    code: "XF0009",
    severity: "error",
    message: "this study imports more than {limit} files",
    hint: "import fewer, or let one file hold what many do.",
  },
  "no-study": {
    code: "XF0010",
    severity: "error",
    message: "this file has experiments but no `study`",
    label: "belongs to no study",
    note: "The seed and the number of repeats of an experiment come from the study's header.",
  },
  "second-study": {
    code: "XF0011",
    severity: "error",
    message: "a file has one `study`, this is its second",
    hint: "put it into a file of its own.",
  },
});
