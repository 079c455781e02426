/** `xferc complete`: the script of a shell, and what it asks for at every press of the key. */

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import tab, { type Complete, type Command as Completed, script } from "@bomb.sh/tab";
import type { Argument, Command, Option } from "commander";
import type { Declaration, DeclarationKind } from "../../../grammar/syntax.js";
import type { Io } from "../io.js";

/** Files of a project that has grown; beyond, a name is quicker typed than found in the list. */
const MOST_FILES = 500;

export type ShellName = "bash" | "zsh" | "fish" | "powershell";

export function completionScript(shell: ShellName): void {
  script(shell, "xferc", "xferc");
}

/** Prints what the last of the words could become, a line each, as the scripts of `completionScript` read it. */
export async function completeWords(io: Io, program: Command, words: readonly string[]): Promise<void> {
  const last = words.at(-1) ?? "";
  const here = last.startsWith("-") && !last.includes("=") ? NOWHERE : await lookAround(io, words);
  for (const command of commandsBelow(program)) describe(command, here);
  tab.parse([...words]);
}

/** What a value may be taken from. */
interface Surroundings {
  studies(): readonly string[];
  runs(): readonly string[];
  /** Names that the study among the words declares itself. */
  declared(kind: DeclarationKind): readonly string[];
  models(): readonly string[];
}

/** Flags are completed without a look at the disk, or at anything that takes long to load. */
const NOWHERE: Surroundings = { studies: () => [], runs: () => [], declared: () => [], models: () => [] };

async function lookAround(io: Io, words: readonly string[]): Promise<Surroundings> {
  const { default: fastGlob } = await import("fast-glob");
  const { names } = await import("../../catalog/index.js");
  const found = (pattern: string, ignore: string[]): readonly string[] => {
    const options = { cwd: io.cwd, ignore, deep: 5, suppressErrors: true, followSymbolicLinks: false };
    return fastGlob.sync(pattern, options).sort().slice(0, MOST_FILES);
  };
  const declarations = await declarationsOf(io, words);
  return {
    studies: () => found("**/*.xfer", ["**/node_modules/**", "**/.xfer/**", "runs/**"]),
    runs: () => found("runs/*/*/plan.json", []).map((path) => path.slice(0, -"/plan.json".length)),
    declared: (kind) => declarations.filter(({ keyword }) => keyword === kind).map(({ name }) => name.text),
    models: () => names("model"),
  };
}

async function declarationsOf(io: Io, words: readonly string[]): Promise<readonly Declaration[]> {
  const path = words.find((word) => word.endsWith(".xfer") && existsSync(join(io.cwd, word)));
  if (path === undefined) return [];
  const { parse } = await import("../../../grammar/parse.js");
  const { file } = parse(readFileSync(join(io.cwd, path), "utf8"));
  return file.items.filter((item) => item.kind === "declaration");
}

function commandsBelow(parent: Command): readonly Command[] {
  return parent
    .createHelp()
    .visibleCommands(parent)
    .flatMap((command) => [command, ...commandsBelow(command)]);
}

function describe(command: Command, here: Surroundings): void {
  const completed = tab.command(pathOf(command), command.description());
  for (const option of command.createHelp().visibleOptions(command)) describeOption(completed, option, here);
  for (const argument of command.registeredArguments)
    completed.argument(argument.name(), offering(valuesOfArgument(argument, here)), argument.variadic);
}

function describeOption(completed: Completed, option: Option, here: Surroundings): void {
  const name = option.long?.slice(2);
  if (name === undefined) return;
  const alias = option.short?.slice(1);
  if (option.required || option.optional)
    completed.option(name, option.description, offering(valuesOfOption(option, here)), alias);
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

function valuesOfArgument(argument: Argument, here: Surroundings): Values {
  const choices = argument.argChoices;
  if (choices !== undefined) return () => choices;
  switch (argument.name()) {
    case "file.xfer":
    case "glob":
      return here.studies;
    case "run":
    case "a":
    case "b":
      return here.runs;
    case "dataset":
      return () => here.declared("dataset");
    case "model":
      return here.models;
    default:
      return () => [];
  }
}

function valuesOfOption(option: Option, here: Surroundings): Values {
  const choices = option.argChoices;
  if (choices !== undefined) return () => choices;
  switch (option.long) {
    case "--profile":
      return () => here.declared("profile");
    case "--only":
      return () => here.declared("experiment");
    default:
      return () => [];
  }
}
