/** `xferc cancel`. */

import { existsSync } from "node:fs";
import { join } from "node:path";
import { counted } from "../../compiler/counted.js";
import { cancelRun, slurmCommands } from "../../runtime/executors/slurm/index.js";
import { displayPath, UsageError } from "../../runtime/host/index.js";
import { complain, EXIT, type ExitCode, type Io, print } from "../io.js";
import { findRunFolder } from "../run-folder.js";

/** Asked to go, a job has some 30 s to keep what it has before Slurm ends it. */
const TIMING = { withinMs: 90_000, everyMs: 1000 };

export async function cancelCommand(io: Io, run: string): Promise<ExitCode> {
  const folder = findRunFolder(io.cwd, run);
  if (!existsSync(join(folder, "slurm"))) {
    throw new UsageError(`${run} has no jobs: it ran, or runs, on one machine`, "stop it with Ctrl-C where it runs");
  }
  const { jobs, problem } = await cancelRun(folder, slurmCommands(io.env), TIMING);
  const shown = displayPath(folder, io.cwd);
  if (problem !== undefined) {
    complain(io, `xferc: ${shown} is marked as cancelled, and its jobs stop by that within seconds; but ${problem}`);
    return EXIT.cells;
  }
  print(
    io,
    `${shown}: ${jobs === 0 ? "no job was left" : `${counted(jobs, "job")} cancelled`}. Finished work is kept.`,
  );
  return EXIT.success;
}
