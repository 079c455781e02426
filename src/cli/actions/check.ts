/** `xferc check`. */

import type { SourceText } from "../../compiler/compile.js";
import { counted } from "../../compiler/counted.js";
import { type Diagnostic, hasErrors } from "../../compiler/diagnostics.js";
import { render, summary } from "../../compiler/render/index.js";
import { printable } from "../../compiler/render/width.js";
import { listed, nearest } from "../../compiler/suggest.js";
import { allMessages, explanation, findMessage } from "../../reference/messages.js";
import { packageVersion, UsageError } from "../../runtime/host/index.js";
import { checkStudy } from "../../runtime/run/check.js";
import { checkDataNames } from "../../runtime/run/data-names.js";
import { type OpenStudy, openStudy } from "../../runtime/run/open.js";
import { type Busy, whileBusy } from "../busy.js";
import { paletteOf } from "../diagnostics.js";
import { studyFiles } from "../files.js";
import { fixFiles } from "../fixes.js";
import { complain, EXIT, type ExitCode, type Io, print } from "../io.js";
import type { StudyFlags } from "../study-options.js";
import { studyOptions } from "../study-options.js";

export interface CheckFlags extends StudyFlags {
  readonly format: "pretty" | "json" | "sarif" | "github";
  readonly fix?: true;
  /** A message's code or name. */
  readonly explain?: string;
}

interface CheckedAll {
  readonly diagnostics: readonly Diagnostic[];
  readonly sources: readonly SourceText[];
  readonly unseen: readonly string[];
}

/** A fix may bring another mistake to light; so many rounds are more than any study needs. */
const ROUNDS = 10;

export async function checkCommand(io: Io, globs: readonly string[], flags: CheckFlags): Promise<ExitCode> {
  if (flags.explain !== undefined) return explain(io, globs, flags.explain);
  if (globs.length === 0) throw new UsageError("no study is named", "name one, or several: xferc check study.xfer");
  const files = await studyFiles(io, globs);
  const all = () => whileBusy(io, "checking", (busy) => checkAll(io, files, flags, busy));
  let checked = await all();
  let fixed = 0;
  for (let round = 0; flags.fix && round < ROUNDS; round++) {
    const applied = fixFiles(io.cwd, checked.diagnostics, new Set(files));
    if (applied === 0) break;
    fixed += applied;
    checked = await all();
  }
  show(io, checked, flags);
  if (fixed > 0) complain(io, `${counted(fixed, "fix", "fixes")} applied`);
  if (flags.format === "pretty" && checked.diagnostics.length === 0) {
    complain(io, `${counted(files.length, "file")}: nothing wrong`);
  }
  if (flags.format === "pretty" && !hasErrors(checked.diagnostics) && checked.unseen.length > 0) {
    complain(io, `not on this machine, so not looked at: ${listed(checked.unseen.map(printable))}`);
  }
  return hasErrors(checked.diagnostics) ? EXIT.study : EXIT.success;
}

function explain(io: Io, globs: readonly string[], wanted: string): ExitCode {
  if (globs.length > 0) throw new UsageError("--explain checks nothing", "leave out the files, or --explain");
  const message = findMessage(wanted);
  if (message === undefined) {
    const names = allMessages().flatMap(({ code, name }) => [code, name]);
    const near = nearest(wanted, names);
    throw new UsageError(
      `there is no message \`${wanted}\``,
      near === undefined ? "take a code as it is printed: XF0304" : `did you mean ${near}?`,
    );
  }
  print(io, explanation(message));
  return EXIT.success;
}

/** Files that import the same file say the same of it; it is told once. */
async function checkAll(io: Io, files: readonly string[], flags: CheckFlags, busy: Busy): Promise<CheckedAll> {
  const diagnostics = new Map<string, Diagnostic>();
  const sources = new Map<string, SourceText>();
  const unseen = new Set<string>();
  const studies: OpenStudy[] = [];
  for (const file of files) {
    busy.at(`checking ${file}`);
    studies.push(await openStudy({ ...studyOptions(io, file, flags), unchosen: "errors" }));
  }
  checkDataNames(studies);
  for (const study of studies) {
    busy.at(`checking ${study.place.study} with its data`);
    const checked = await checkStudy(study);
    for (const path of checked.unseen) unseen.add(path);
    for (const source of checked.sources) sources.set(source.path, source);
    for (const one of checked.diagnostics) {
      const { path, span } = one.location;
      diagnostics.set(`${path} ${span.start} ${span.end} ${one.code} ${one.message}`, one);
    }
  }
  return { diagnostics: [...diagnostics.values()], sources: [...sources.values()], unseen: [...unseen] };
}

function show(io: Io, { diagnostics, sources }: CheckedAll, { format }: CheckFlags): void {
  const text = render(format, diagnostics, sources, { palette: paletteOf(io, io.out), version: packageVersion() });
  if (text !== "") print(io, text);
  if (format === "pretty" && diagnostics.length > 0) print(io, `\n${summary(diagnostics)}`);
}
