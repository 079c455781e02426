import type { DataFlags } from "../actions/data.js";
import { choice, declare, type Shell } from "../command.js";
import { withStudyOptions } from "../study-options.js";

export function addData(shell: Shell): void {
  const command = declare(shell, {
    name: "data",
    summary:
      "look at the datasets a study names: counts, classes, groups, channel statistics, duplicates, rejected files",
    examples: [
      ["xferc data study.xfer", "all of them; the study's lock is brought up to date"],
      ["xferc data study.xfer brain --format json", "one of them, for another program"],
      ["xferc data study.xfer brain --ids brain.csv", "its cases, for another model to say something of"],
    ],
  })
    .argument("<file.xfer>", "the study")
    .argument("[dataset...]", "names of datasets; all of them unless given");
  withStudyOptions(command)
    .addOption(choice("--format <format>", "how to print it", ["text", "json"], "text"))
    .option("--ids <file>", "write the ids, files, splits and labels of one dataset's cases to a CSV file")
    .action(async (file: string, names: string[], flags: DataFlags) => {
      const { dataCommand } = await import("../actions/data.js");
      shell.exit(await dataCommand(shell.io, file, names, flags));
    });
}
