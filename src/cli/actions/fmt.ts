/** `xferc fmt`. */

import { renameSync, writeFileSync } from "node:fs";
import { counted } from "../../compiler/counted.js";
import type { Diagnostic } from "../../compiler/diagnostics.js";
import { format } from "../../compiler/format/index.js";
import { formatLines, type LineRange } from "../../compiler/format/range.js";
import { syntaxDiagnostic } from "../../compiler/syntax-report.js";
import { absolutePath, readStudyFile, UsageError } from "../../runtime/host/index.js";
import { showDiagnostics } from "../diagnostics.js";
import { studyFiles } from "../files.js";
import { complain, EXIT, type ExitCode, type Io, print } from "../io.js";

export interface FmtFlags {
  readonly check?: true;
  /** Lines, from 1. */
  readonly range?: LineRange;
}

type Formatted =
  | { readonly status: "same" }
  | { readonly status: "changed"; readonly text: string }
  | { readonly status: "wrong"; readonly diagnostics: readonly Diagnostic[]; readonly source: string };

export async function fmtCommand(io: Io, globs: readonly string[], flags: FmtFlags): Promise<ExitCode> {
  const files = await studyFiles(io, globs);
  const { range } = flags;
  if (range !== undefined && files.length > 1) {
    throw new UsageError("--range is of one study", `name one of the ${files.length}`);
  }
  const counts = { same: 0, changed: 0, wrong: 0 };
  for (const path of files) {
    const formatted = await formatFile(io, path, range);
    counts[formatted.status] += 1;
    switch (formatted.status) {
      case "same":
        break;
      case "changed":
        print(io, path);
        if (!flags.check) replaceFile(absolutePath(path, io.cwd), formatted.text);
        break;
      case "wrong":
        showDiagnostics(io, formatted.diagnostics, { sources: [{ path, text: formatted.source }] });
        break;
      default:
        formatted satisfies never;
    }
  }
  const done = flags.check ? "would change" : "formatted";
  complain(io, `${counted(counts.changed, "file")} ${done}, ${counts.same} already formatted`);
  return counts.wrong > 0 || (flags.check && counts.changed > 0) ? EXIT.study : EXIT.success;
}

async function formatFile(io: Io, path: string, range: LineRange | undefined): Promise<Formatted> {
  const read = await readStudyFile(absolutePath(path, io.cwd));
  if (!read.ok) throw new UsageError(`${path} cannot be formatted: ${PROBLEMS[read.problem]}`);
  const result = range === undefined ? format(read.text) : formatLines(read.text, range);
  if (!result.ok) {
    const diagnostics = result.problems.map((problem) => syntaxDiagnostic(problem, path, read.text));
    return { status: "wrong", diagnostics, source: read.text };
  }
  return result.text === read.text ? { status: "same" } : { status: "changed", text: result.text };
}

const PROBLEMS = {
  missing: "there is no such file",
  unreadable: "it cannot be read",
  directory: "it is a folder",
  binary: "it is no text",
  encoding: "it is not saved as UTF-8; `xferc check` says how",
  "too-large": "it is too large for a study",
} as const;

/** Whole or not at all: an editor that watches the file never sees half of it. */
function replaceFile(path: string, text: string): void {
  const draft = `${path}.${process.pid}.tmp`;
  writeFileSync(draft, text);
  renameSync(draft, path);
}
