/** `xferc submit`. */

import { resolve } from "node:path";
import { hasErrors } from "../../compiler/diagnostics.js";
import { slurmCommands, slurmExecutor, submitCoordinator, unfinishedRun } from "../../runtime/executors/slurm/index.js";
import { UsageError } from "../../runtime/host/index.js";
import { provideData } from "../../runtime/run/missing-data.js";
import { openStudy } from "../../runtime/run/open.js";
import { type PlannedStudy, planStudy } from "../../runtime/run/planned.js";
import { type FinishedRun, runStudy } from "../../runtime/run/run.js";
import { lineOf, MARKS } from "../../runtime/ui/lines.js";
import { commandLine, commandWords, PLACING, VIEWING } from "../command-line.js";
import { showDiagnostics } from "../diagnostics.js";
import { parseInterval } from "../interval.js";
import { complain, EXIT, type ExitCode, type Io, print } from "../io.js";
import { listenForStop } from "../stop.js";
import { computeWish, studyOptions } from "../study-options.js";
import type { CarryingFlags } from "./run.js";

export async function submitCommand(io: Io, file: string, flags: CarryingFlags): Promise<ExitCode> {
  if (flags.keepGoing && flags.failFast) {
    throw new UsageError("--keep-going and --fail-fast contradict each other", "choose one");
  }
  const open = await openStudy(studyOptions(io, file, flags));
  const planned = await planStudy(open, computeWish(io, { ...flags, executor: "slurm" }, open));
  const absent = planned.ok ? await provideData(planned) : [];
  showDiagnostics(io, [...planned.diagnostics, ...absent], open.compilation);
  if (!planned.ok || hasErrors(absent)) return EXIT.study;
  const run = await begun(io, file, planned, flags);
  switch (run.end) {
    case "complete":
      print(io, `Nothing to compute. Report: ${run.report ?? run.folder}`);
      return EXIT.success;
    case "failed":
    case "stopped":
      // Why has been said.
      return EXIT.cells;
    case "interrupted":
      return inCharge(io, file, planned, flags, run);
    default:
      return run.end satisfies never;
  }
}

/** The run's folder and its first jobs. */
async function begun(io: Io, file: string, planned: PlannedStudy, flags: CarryingFlags): Promise<FinishedRun> {
  const stop = listenForStop(() => undefined);
  const policy = flags.failFast ? "fail-fast" : "keep-going";
  try {
    return await runStudy(planned, {
      out: flags.out ?? (await unfinishedRun(planned, policy, io.env)),
      policy,
      checkpointEvery: parseInterval(flags.checkpointEvery),
      executor: slurmExecutor({ environment: io.env, wait: "submitted" }),
      listeners: [
        (event) => {
          const line = lineOf(event);
          if (line !== undefined) print(io, `${MARKS[line.mark]} ${line.text}`);
        },
      ],
      signal: stop.signal,
      command: commandLine(["submit", file], flags, PLACING),
    });
  } finally {
    stop.dispose();
  }
}

/** A job that follows the others, and writes results and report when they are done. */
async function inCharge(
  io: Io,
  file: string,
  planned: PlannedStudy,
  flags: CarryingFlags,
  { folder }: FinishedRun,
): Promise<ExitCode> {
  const more = { out: resolve(io.cwd, folder), executor: "slurm", ui: "plain" };
  const submitted = await submitCoordinator(
    {
      config: planned.open.host.config.slurm,
      folder: resolve(io.cwd, folder),
      cwd: io.cwd,
      words: commandWords(["run", file], { ...flags, ...more }, new Set(["debug"])),
      environment: io.env,
    },
    slurmCommands(io.env),
  );
  const follow = commandLine(["run", file], { ...flags, executor: "slurm", out: folder }, VIEWING);
  if (submitted.status !== "submitted") {
    complain(
      io,
      `xferc: no job could be left in charge: ${submitted.message}\nhint: follow the run yourself: ${follow}`,
    );
    return EXIT.cells;
  }
  print(io, `${folder}\njob ${submitted.array} is in charge of it; \`xferc status ${folder}\` says how it stands`);
  return EXIT.success;
}
