/** `xferc complete`: the script of a shell, and what it asks for at every press of the key. */

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import tab, { type Complete, type Command as Completed, script } from "@bomb.sh/tab";
import type { Argument, Command, Option } from "commander";
import fastGlob from "fast-glob";
import { parse } from "../../../grammar/parse.js";
import type { DeclarationKind } from "../../../grammar/syntax.js";
import { names } from "../../catalog/index.js";
import type { Io } from "../io.js";

/** Files of a project that has grown; beyond, a name is quicker typed than found in the list. */
const MOST_FILES = 500;

export type ShellName = "bash" | "zsh" | "fish" | "powershell";

export function completionScript(shell: ShellName): void {
  script(shell, "xferc", "xferc");
}

/** Prints what the last of the words could become, a line each, as the scripts of `completionScript` read it. */
export function completeWords(io: Io, program: Command, words: readonly string[]): void {
  for (const command of commandsBelow(program)) describe(command, words, io);
  tab.parse([...words]);
}

function commandsBelow(parent: Command): readonly Command[] {
  return parent
    .createHelp()
    .visibleCommands(parent)
    .flatMap((command) => [command, ...commandsBelow(command)]);
}

function describe(command: Command, words: readonly string[], io: Io): void {
  const completed = tab.command(pathOf(command), command.description());
  for (const option of command.createHelp().visibleOptions(command)) describeOption(completed, option, words, io);
  for (const argument of command.registeredArguments)
    completed.argument(argument.name(), offering(valuesOfArgument(argument, words, io)), argument.variadic);
}

function describeOption(completed: Completed, option: Option, words: readonly string[], io: Io): void {
  const name = option.long?.slice(2);
  if (name === undefined) return;
  const alias = option.short?.slice(1);
  if (option.required || option.optional)
    completed.option(name, option.description, offering(valuesOfOption(option, words, io)), alias);
  else if (alias === undefined) completed.option(name, option.description);
  else completed.option(name, option.description, alias);
}

function pathOf(command: Command): string {
  const above = command.parent;
  return above === null || above.parent === null ? command.name() : `${pathOf(above)} ${command.name()}`;
}

type Values = () => readonly string[];

const offering = (values: Values) => (complete: Complete) => {
  for (const value of values()) complete(value, "");
};

function valuesOfArgument(argument: Argument, words: readonly string[], io: Io): Values {
  const choices = argument.argChoices;
  if (choices !== undefined) return () => choices;
  switch (argument.name()) {
    case "file.xfer":
    case "glob":
      return () => studies(io);
    case "run":
    case "a":
    case "b":
      return () => runs(io);
    case "dataset":
      return () => declared("dataset", words, io);
    case "model":
      return () => names("model");
    default:
      return () => [];
  }
}

function valuesOfOption(option: Option, words: readonly string[], io: Io): Values {
  const choices = option.argChoices;
  if (choices !== undefined) return () => choices;
  switch (option.long) {
    case "--profile":
      return () => declared("profile", words, io);
    case "--only":
      return () => declared("experiment", words, io);
    default:
      return () => [];
  }
}

function studies(io: Io): readonly string[] {
  return found("**/*.xfer", io, ["**/node_modules/**", "**/.xfer/**", "runs/**"]);
}

function runs(io: Io): readonly string[] {
  return found("runs/*/*/plan.json", io, []).map((path) => path.slice(0, -"/plan.json".length));
}

function found(pattern: string, io: Io, ignore: string[]): readonly string[] {
  const paths = fastGlob.sync(pattern, {
    cwd: io.cwd,
    ignore,
    deep: 5,
    suppressErrors: true,
    followSymbolicLinks: false,
  });
  return paths.sort().slice(0, MOST_FILES);
}

/** Names that the study among the words declares itself. */
function declared(kind: DeclarationKind, words: readonly string[], io: Io): readonly string[] {
  const path = words.find((word) => word.endsWith(".xfer") && existsSync(join(io.cwd, word)));
  if (path === undefined) return [];
  const { file } = parse(readFileSync(join(io.cwd, path), "utf8"));
  return file.items.flatMap((item) => (item.kind === "declaration" && item.keyword === kind ? [item.name.text] : []));
}
