import { InvalidArgumentError } from "commander";
import type { LineRange } from "../../compiler/format/range.js";
import type { FmtFlags } from "../actions/fmt.js";
import { declare, type Shell } from "../command.js";

export function addFmt(shell: Shell): void {
  declare(shell, {
    name: "fmt",
    summary: "format studies in place",
    examples: [
      ["xferc fmt study.xfer", "one study"],
      ["xferc fmt study.xfer --range 10:24", "these lines of one study alone"],
      ['xferc fmt "studies/**/*.xfer" --check', "only say which are not formatted"],
    ],
  })
    .argument("<glob...>", "studies")
    .option("--check", "change nothing; exit with 1 where something would change")
    .option("--range <first:last>", "format these lines alone, both included; of one study", lineRange)
    .action(async (globs: string[], flags: FmtFlags) => {
      const { fmtCommand } = await import("../actions/fmt.js");
      shell.exit(await fmtCommand(shell.io, globs, flags));
    });
}

function lineRange(text: string): LineRange {
  const [, first, last] = /^([1-9]\d*):([1-9]\d*)$/.exec(text) ?? [];
  const range = { first: Number(first), last: Number(last) };
  if (first === undefined || last === undefined || range.last < range.first) {
    throw new InvalidArgumentError("Lines are written first:last, from 1: --range 10:24.");
  }
  return range;
}
