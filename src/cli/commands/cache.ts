import { InvalidArgumentError } from "commander";
import type { CacheFlags } from "../actions/cache.js";
import type { GcFlags } from "../actions/cache-gc.js";
import { choice, collected, declare, type Shell } from "../command.js";

export function addCache(shell: Shell): void {
  const group = declare(shell, {
    name: "cache",
    summary: "look at the cache of finished work, verify it, and remove what no study needs",
    examples: [
      ["xferc cache du", "what takes the space"],
      ["xferc cache gc --plan", "what no study of this project needs, and what it took to compute"],
    ],
  });
  const below: Shell = { ...shell, program: group };
  addLs(below);
  addDu(below);
  addVerify(below);
  addGc(below);
}

function withCacheOptions(command: ReturnType<typeof declare>): ReturnType<typeof declare> {
  return command
    .option("--cache <dir>", "the cache (default: the one a study in this folder would use)")
    .addOption(choice("--format <format>", "how to print it", ["text", "json"], "text"));
}

function addLs(shell: Shell): void {
  const command = declare(shell, {
    name: "ls",
    summary: "list the results in the cache, the newest last: size, age, what made them, for which study",
    examples: [
      ["xferc cache ls", "all of them"],
      ["xferc cache ls --format json", "for another program"],
    ],
  });
  withCacheOptions(command).action(async (flags: CacheFlags) => {
    const { lsCommand } = await import("../actions/cache.js");
    shell.exit(await lsCommand(shell.io, flags));
  });
}

function addDu(shell: Shell): void {
  const command = declare(shell, {
    name: "du",
    summary: "say what takes the space, by operation and by study",
    examples: [["xferc cache du", "the largest first"]],
  });
  withCacheOptions(command).action(async (flags: CacheFlags) => {
    const { duCommand } = await import("../actions/cache.js");
    shell.exit(await duCommand(shell.io, flags));
  });
}

function addVerify(shell: Shell): void {
  const command = declare(shell, {
    name: "verify",
    summary:
      "read everything in the cache and set aside what is damaged, so that it is computed again; " +
      "ends with 1 where something was",
    examples: [["xferc cache verify", "may run beside studies"]],
  });
  withCacheOptions(command).action(async (flags: CacheFlags) => {
    const { verifyCommand } = await import("../actions/cache.js");
    shell.exit(await verifyCommand(shell.io, flags));
  });
}

function addGc(shell: Shell): void {
  const command = declare(shell, {
    name: "gc",
    summary: "remove results that no study reaches, and what killed runs left; may run beside studies",
    examples: [
      ["xferc cache gc --plan", "only say what would go, and what it took to compute"],
      ["xferc cache gc", "keep what the studies of this project reach"],
      ['xferc cache gc "papers/**/*.xfer" --older-than 30d', "keep what these reach, and all that is younger"],
    ],
  }).argument("[glob...]", "the studies that count; all of the project unless given");
  withCacheOptions(command)
    .option("--plan", "say what would be removed, and remove nothing")
    .option("--older-than <duration>", "remove only what is older: 90m, 12h, 30d, 8w", age)
    .option("--data <name=dir>", "where a dataset lies on this machine; may be given often", collected)
    .action(async (globs: string[], flags: GcFlags) => {
      const { gcCommand } = await import("../actions/cache-gc.js");
      shell.exit(await gcCommand(shell.io, globs, flags));
    });
}

const UNITS: { readonly [unit: string]: number } = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

function age(text: string): number {
  const [, count, unit = ""] = /^(\d+)([mhdw])$/.exec(text) ?? [];
  const factor = UNITS[unit];
  if (count === undefined || factor === undefined) throw new InvalidArgumentError("Write it like 90m, 12h, 30d or 8w.");
  return Number(count) * factor;
}
