/** `xferc init`. */

import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { didYouMean } from "../../compiler/suggest.js";
import { FIRST_TEMPLATE, renamed, type Template, templates } from "../../runtime/host/cookbook.js";
import { absolutePath, UsageError } from "../../runtime/host/index.js";
import { EXIT, type ExitCode, type Io, print } from "../io.js";
import { columns } from "../table.js";

export interface InitFlags {
  readonly template?: string;
  readonly list?: true;
}

/** What a run leaves beside a study and no history wants. */
const IGNORED = ["runs/", ".xfer/"];

export function initCommand(io: Io, file: string, flags: InitFlags): ExitCode {
  const known = templates();
  if (flags.list) {
    print(io, listOf(known));
    return EXIT.success;
  }
  const template = chosen(known, flags.template ?? FIRST_TEMPLATE);
  const path = absolutePath(file.endsWith(".xfer") ? file : `${file}.xfer`, io.cwd);
  mkdirSync(dirname(path), { recursive: true });
  writeNew(path, renamed(template, studyName(path)));
  const ignore = join(dirname(path), ".gitignore");
  if (!existsSync(ignore)) writeFileSync(ignore, `${IGNORED.join("\n")}\n`);
  const shown = relative(io.cwd, path);
  print(io, `${shown}: ${template.title}`);
  print(io, nextSteps(template, shown));
  return EXIT.success;
}

function listOf(known: readonly Template[]): string {
  return columns(
    known.map(({ name, about }) => [name, about]),
    ["left", "left"],
  ).join("\n");
}

function chosen(known: readonly Template[], name: string): Template {
  const template = known.find((each) => each.name === name);
  if (template !== undefined) return template;
  const meant = didYouMean(
    name,
    known.map((each) => each.name),
  );
  throw new UsageError(`there is no template \`${name}\``, `${meant} xferc init --list says what each is for`);
}

/** A file's name as a name of the language. */
function studyName(path: string): string {
  const words = basename(path, ".xfer").replaceAll(/[^A-Za-z0-9_]+/g, "_");
  return /^[A-Za-z]/.test(words) ? words : `study_${words}`;
}

function writeNew(path: string, text: string): void {
  try {
    writeFileSync(path, text, { flag: "wx" });
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
    throw new UsageError(`${path} is there already, and is left as it is`, "name another file: xferc init other.xfer");
  }
}

function nextSteps({ text }: Template, path: string): string {
  const small = /^profile small\b/m.test(text);
  const steps = small
    ? [
        [`xferc run ${path} --profile small`, "a minute, to see that all works"],
        [`xferc run ${path}`, "the study"],
      ]
    : [
        [`xferc data ${path}`, "what is found of your data, once the study says where they lie"],
        [`xferc plan ${path}`, "what it would cost"],
      ];
  const lines = columns(steps, ["left", "left"]);
  return `Next:\n${lines.map((line) => `  ${line}`).join("\n")}`;
}
