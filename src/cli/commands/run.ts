import type { Command } from "commander";
import type { RunFlags } from "../actions/run.js";
import { choice, declare, type Shell } from "../command.js";
import { intervalWord, timeWord } from "../interval.js";
import { executorOption, withComputeOptions, withStudyOptions } from "../study-options.js";

export function withCarryingOptions(command: Command): Command {
  return withComputeOptions(withStudyOptions(command))
    .option("--out <dir>", "the run's folder (default: runs/<study>/<time>-<id>)")
    .option("--keep-going", "go on with all that does not need what failed (the default)")
    .option("--fail-fast", "start nothing new once something failed")
    .option(
      "--checkpoint-every <interval>",
      "how often trainings keep their state: 30s, 5m, 500steps, never (default: as recipes say, else 60s)",
      intervalWord,
    );
}

export function addRun(shell: Shell): void {
  const command = declare(shell, {
    name: "run",
    summary: "compile and plan a study, run what the cache lacks, and write its results and report",
    examples: [
      ["xferc run studies/quickstart.xfer", "run it; again, and everything comes from the cache"],
      ["xferc run study.xfer --profile small", "with the changes of its profile `small`"],
      ["xferc run study.xfer --set finetune.batch=16 --jobs 4", "one setting changed, four workers"],
      ["xferc run study.xfer --data aptos=/mnt/aptos", "say where a dataset lies"],
      ["xferc run study.xfer --executor slurm", "in jobs of a Slurm cluster, as xfer.config.json describes it"],
      ["xferc run study.xfer --stop-after 55m", "keep what an hour's job can do; the same command goes on"],
    ],
  }).argument("<file.xfer>", "the study");
  withCarryingOptions(command)
    .addOption(executorOption())
    .addOption(choice("--ui <ui>", "how the run is shown", ["auto", "ink", "plain", "json"], "auto"))
    .option(
      "--include-samples",
      "name the cases that were left out, in the report and samples/left-out.csv; they are counted otherwise",
    )
    .option("--stop-after <time>", "stop gracefully after so long (55m, 1h30m), to be resumed", timeWord)
    .action(async (file: string, flags: RunFlags) => {
      const { runCommand } = await import("../actions/run.js");
      shell.exit(await runCommand(shell.io, file, flags));
    });
}
