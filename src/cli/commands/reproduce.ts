import { InvalidArgumentError } from "commander";
import type { ReproduceFlags } from "../actions/reproduce.js";
import { choice, declare, positiveInteger, type Shell } from "../command.js";
import { deviceWord, withDataOptions } from "../study-options.js";

export function addReproduce(shell: Shell): void {
  const command = declare(shell, {
    name: "reproduce",
    summary:
      "run again what a run's folder or RO-Crate records, from its lock, and say which numbers come out the same",
    examples: [
      ["xferc reproduce runs/quickstart/2026-11-23T09-30-00-1a2b3c", "what is in the cache is taken from it"],
      ["xferc reproduce their-crate/ro-crate-metadata.json --fresh", "compute everything again"],
      ["xferc reproduce their-run --data aptos=/mnt/aptos", "say where a dataset lies here"],
    ],
  }).argument("<run>", "a run's folder, a crate's folder, or its ro-crate-metadata.json");
  withDataOptions(command)
    .option("--out <dir>", "the new run's folder (default: runs/<study>/<time>-<id>)")
    .option(
      "--fresh",
      "take nothing from the cache: compute all of it in a temporary one (kept where --cache names it)",
    )
    .option(
      "--tolerance <share>",
      "differences of less than this share of a number count as none (default: 1e-6)",
      share,
    )
    .addOption(
      choice("--engine <engine>", "what computes (default: as recorded)", ["auto", "onnx", "tensorflow", "reference"]),
    )
    .option("--device <device>", "where it computes (default: as recorded)", deviceWord)
    .option("--jobs <n>", "workers at once (default: one a core)", positiveInteger)
    .option("--threads <n>", "threads of one worker (default: as recorded)", positiveInteger)
    .addOption(choice("--ui <ui>", "how the run is shown", ["auto", "ink", "plain", "json"], "auto"))
    .addOption(choice("--format <format>", "how to print what matched", ["text", "json"], "text"))
    .addHelpText("after", "\nExit codes: 0 all numbers are the same, 3 some differ, 1 it cannot be reproduced here.")
    .action(async (run: string, flags: ReproduceFlags) => {
      const { reproduceCommand } = await import("../actions/reproduce.js");
      shell.exit(await reproduceCommand(shell.io, run, flags));
    });
}

function share(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !(value >= 0 && value < 1))
    throw new InvalidArgumentError("It must be a number from 0 to 1: 1e-6.");
  return value;
}
