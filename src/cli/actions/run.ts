/** `xferc run`. */

import { resolve } from "node:path";
import { hasErrors } from "../../compiler/diagnostics.js";
import { LeaveError } from "../../runtime/executors/types.js";
import { UsageError } from "../../runtime/host/index.js";
import { provideData } from "../../runtime/run/missing-data.js";
import { openStudy } from "../../runtime/run/open.js";
import { type PlannedStudy, planStudy } from "../../runtime/run/planned.js";
import { type FinishedRun, runStudy } from "../../runtime/run/run.js";
import type { FailurePolicy } from "../../runtime/schedule/index.js";
import { chooseView, openView } from "../../runtime/ui/view.js";
import { commandLine, PLACING, VIEWING } from "../command-line.js";
import { showDiagnostics } from "../diagnostics.js";
import { parseInterval, parseTime } from "../interval.js";
import { colorOf, EXIT, type ExitCode, type Io } from "../io.js";
import { listenForStop, type StopListener } from "../stop.js";
import type { ComputeFlags, ExecutorFlags, StudyFlags } from "../study-options.js";
import { computeWish, studyOptions } from "../study-options.js";

export interface RunFlags extends CarryingFlags, ExecutorFlags {
  readonly includeSamples?: true;
  readonly ui: "auto" | "ink" | "plain" | "json";
  readonly stopAfter?: string;
}

/** Of `run` and `submit` alike. */
export interface CarryingFlags extends StudyFlags, ComputeFlags {
  readonly out?: string;
  readonly keepGoing?: true;
  readonly failFast?: true;
  /** As typed: `30s`, `500steps`. */
  readonly checkpointEvery?: string;
}

export async function runCommand(io: Io, file: string, flags: RunFlags): Promise<ExitCode> {
  if (flags.keepGoing && flags.failFast) {
    throw new UsageError("--keep-going and --fail-fast contradict each other", "choose one");
  }
  // From the start: a wish to stop while the study is still being planned is one as well.
  const stop = listenForStop(() => undefined, parseTime(flags.stopAfter));
  try {
    const open = await openStudy(studyOptions(io, file, flags));
    const planned = await planStudy(open, computeWish(io, flags, open));
    const absent = planned.ok ? await provideData(planned) : [];
    showDiagnostics(io, [...planned.diagnostics, ...absent], open.compilation);
    if (!planned.ok || hasErrors(absent)) return EXIT.study;
    if (!stop.signal.aborted) {
      const run = await shownRun(io, { file, planned, flags, stop });
      if (flags.executor === "slurm" && stop.signal.reason instanceof LeaveError) await leave(io, run);
      return ended(run);
    }
    io.err.write("Stopped before anything ran.\n");
    return EXIT.interrupted;
  } finally {
    stop.dispose();
  }
}

interface Wanted {
  readonly file: string;
  readonly planned: PlannedStudy;
  readonly flags: RunFlags;
  readonly stop: StopListener;
}

async function shownRun(io: Io, { file, planned, flags, stop }: Wanted): Promise<FinishedRun> {
  const view = await openView(chooseView(flags.ui, io.out, io.input), {
    title: planned.study.title ?? planned.study.name,
    resume: commandLine(["run", file], flags, VIEWING),
    out: io.out,
    color: colorOf(io, io.out),
    onStop: stop.ask,
  });
  const stopping = () => {
    // Jobs elsewhere are not stopped by whoever only leaves.
    if (flags.executor === "local" || !(stop.signal.reason instanceof LeaveError)) view.stopping();
  };
  stop.signal.addEventListener("abort", stopping, { once: true });
  if (stop.signal.aborted) stopping();
  try {
    const policy = flags.failFast ? "fail-fast" : "keep-going";
    return await runStudy(planned, {
      ...(flags.executor === "slurm" ? await onSlurm(io, planned, policy, flags.out) : { out: flags.out }),
      policy,
      checkpointEvery: parseInterval(flags.checkpointEvery),
      samples: flags.includeSamples ? "named" : "counted",
      listeners: [view.listener],
      signal: stop.signal,
      command: commandLine(["run", file], flags, PLACING),
    });
  } finally {
    await view.close();
  }
}

/** Jobs that are in the queue for this very plan are followed where they are. */
async function onSlurm(io: Io, planned: PlannedStudy, policy: FailurePolicy, out: string | undefined) {
  const { slurmExecutor, unfinishedRun } = await import("../../runtime/executors/slurm/index.js");
  return {
    out: out ?? (await unfinishedRun(planned, policy, io.env)),
    executor: slurmExecutor({ environment: io.env, wait: "all" }),
  };
}

async function leave(io: Io, { folder }: FinishedRun): Promise<void> {
  const { comeAgain, slurmCommands } = await import("../../runtime/executors/slurm/index.js");
  await comeAgain(io.env, resolve(io.cwd, folder), slurmCommands(io.env));
}

function ended(run: FinishedRun): ExitCode {
  switch (run.end) {
    case "complete":
      return EXIT.success;
    case "failed":
      return EXIT.cells;
    case "interrupted":
      return EXIT.interrupted;
    case "stopped":
      return EXIT.cells;
    default:
      return run.end satisfies never;
  }
}
