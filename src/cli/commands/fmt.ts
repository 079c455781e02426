import { declare, type Shell } from "../command.js";

export interface FmtFlags {
  readonly check?: true;
}

export function addFmt(shell: Shell): void {
  declare(shell, {
    name: "fmt",
    summary: "format studies in place",
    examples: [
      ["xferc fmt study.xfer", "one study"],
      ['xferc fmt "studies/**/*.xfer" --check', "only say which are not formatted"],
    ],
  })
    .argument("<glob...>", "studies")
    .option("--check", "change nothing; exit with 1 where something would change")
    .action(async (globs: string[], flags: FmtFlags) => {
      const { fmtCommand } = await import("../actions/fmt.js");
      shell.exit(await fmtCommand(shell.io, globs, flags));
    });
}
