/** How every command is declared: arguments, options, an example, and an action that is loaded when it is called. */

import { type Command, InvalidArgumentError, Option } from "commander";
import type { ExitCode, Io } from "./io.js";

export interface Declared {
  readonly name: string;
  readonly summary: string;
  /** What one types and what it does. */
  readonly examples: readonly (readonly [typed: string, does: string])[];
}

/** What commands are added to. */
export interface Shell {
  readonly program: Command;
  readonly io: Io;
  /** Keeps the code the process ends with. */
  readonly exit: (code: ExitCode) => void;
}

export function declare(shell: Shell, { name, summary, examples }: Declared): Command {
  const width = Math.max(...examples.map(([typed]) => typed.length));
  const lines = examples.map(([typed, does]) => `  $ ${typed.padEnd(width)}   ${does}`);
  return shell.program
    .command(name)
    .description(summary)
    .addHelpText("after", `\nExamples:\n${lines.join("\n")}`)
    .option("--no-color", "print no colours, as with NO_COLOR=1")
    .option("--debug", "print a stack trace when something inside xferc goes wrong");
}

export function choice<T extends string>(
  flags: string,
  description: string,
  choices: readonly T[],
  standard?: T,
): Option {
  const option = new Option(flags, description).choices([...choices]);
  return standard === undefined ? option : option.default(standard);
}

export function positiveInteger(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < 1 || value > 4096)
    throw new InvalidArgumentError("It must be a whole number from 1 to 4096.");
  return value;
}

export function positiveIntegerOrAuto(text: string): number | "auto" {
  return text === "auto" ? text : positiveInteger(text);
}

/** For an option that may be given often; absent, it is undefined. */
export function collected(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}
