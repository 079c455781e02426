import type { CarryingFlags } from "../actions/run.js";
import { declare, type Shell } from "../command.js";
import { withCarryingOptions } from "./run.js";

export function addSubmit(shell: Shell): void {
  const command = declare(shell, {
    name: "submit",
    summary: "as `run --executor slurm`, without waiting: a small job stays in charge of the others",
    examples: [
      ["xferc submit study.xfer", "print the run's folder and go"],
      ["xferc status runs/study/2026-11-23T09-30-00-1a2b3c", "see how it stands"],
      ["xferc cancel runs/study/2026-11-23T09-30-00-1a2b3c", "take it back"],
    ],
  }).argument("<file.xfer>", "the study");
  withCarryingOptions(command).action(async (file: string, flags: CarryingFlags) => {
    const { submitCommand } = await import("../actions/submit.js");
    shell.exit(await submitCommand(shell.io, file, flags));
  });
}
