import type { CheckFlags } from "../actions/check.js";
import { choice, declare, type Shell } from "../command.js";
import { withStudyOptions } from "../study-options.js";

export function addCheck(shell: Shell): void {
  const command = declare(shell, {
    name: "check",
    summary: "say what is wrong with studies, and what could be better",
    examples: [
      ["xferc check study.xfer", "one study"],
      ['xferc check "studies/**/*.xfer" --fix', "many, and mend what has only one reading"],
      ["xferc check study.xfer --format github", "as annotations in a workflow"],
      ["xferc check --explain XF0304", "what a message means, and what to do"],
    ],
  }).argument("[glob...]", "studies");
  withStudyOptions(command)
    .addOption(choice("--format <format>", "how to print it", ["pretty", "json", "sarif", "github"], "pretty"))
    .option("--fix", "apply the fixes that keep the meaning or have only one reading")
    .option("--explain <code>", "say what a message means, by its code or name, and check nothing")
    .action(async (globs: string[], flags: CheckFlags) => {
      const { checkCommand } = await import("../actions/check.js");
      shell.exit(await checkCommand(shell.io, globs, flags));
    });
}
