/** Runs a planned study: the folder, the journal, the coordinator, the results and the report. */

import { createHash } from "node:crypto";
import { join, resolve } from "node:path";
import type { Diagnostic } from "../../compiler/diagnostics.js";
import { causesOf, type Observation, type PlanReport, planJson, shortCause } from "../../compiler/plan/index.js";
import type { NodeKey } from "../../compiler/plan/types.js";
import type { CheckpointInterval } from "../../compiler/study.js";
import { cacheSeconds } from "../coordinator/demand.js";
import type { Execution } from "../coordinator/execution.js";
import { localExecutor } from "../executors/local.js";
import type { Executor } from "../executors/types.js";
import { displayPath, packageVersion } from "../host/index.js";
import { broadcast, type EventListener, type EventSink, openJournal } from "../journal/journal.js";
import { sourceFiles } from "../plugins/sources.js";
import { withoutPaths } from "../report/privacy.js";
import { SAMPLES_FILE, type Samples } from "../report/samples.js";
import type { ReportInput, RunMetadata, WrittenReport } from "../report/types.js";
import { writeReport } from "../report/write.js";
import type { FailurePolicy } from "../schedule/index.js";
import type { StartHeartbeat } from "../store/heartbeat.js";
import { openStore } from "../store/index.js";
import type { WorkerFactory } from "../workers/index.js";
import { unusedLayers } from "./cache-use.js";
import { withoutFileNames } from "./data-changes.js";
import { createRunFolder, inRunFolder, type RunFolder } from "./folder.js";
import { thisHost } from "./host.js";
import { keepLastRun } from "./keep-last-run.js";
import { keepLock, portableLockText } from "./lock-file.js";
import type { OpenStudy } from "./open.js";
import { lockOf, type PlannedStudy, reportOf } from "./planned.js";
import { studyPath } from "./portable.js";
import { addObservations, observationOf, timeOf } from "./rates.js";
import { checkRoom } from "./room.js";
import { computeInRounds } from "./rounds.js";
import { leftOutCsv } from "./samples.js";

export interface RunOptions {
  /** The run folder; `runs/<study>/<time>-<id>` unless given. */
  readonly out?: string | undefined;
  readonly policy: FailurePolicy;
  /** How often trainings write checkpoints; as their recipes say unless given. */
  readonly checkpointEvery?: CheckpointInterval | undefined;
  /** Heard besides the journal: a screen, another program. */
  readonly listeners: readonly EventListener[];
  /** Asks for a graceful stop. */
  readonly signal: AbortSignal;
  /** As a user would type it; recorded. */
  readonly command: string;
  /** Whether the run is one of the study, which the next plan is compared with, or leaves its own folder alone. */
  readonly keeps?: "study" | "run folder";
  /** Whether cases that were left out are named in the run folder and its report; they are counted unless given. */
  readonly samples?: Samples | undefined;
  /** Where the plan is carried out; on this machine unless given. */
  readonly executor?: Executor | undefined;
  /** Other workers than child processes: for tests. */
  readonly startWorker?: WorkerFactory;
  /** Another sign of life than a thread's: for tests. */
  readonly startHeartbeat?: StartHeartbeat;
}

export type RunEnd = "complete" | "failed" | "interrupted" | "stopped";

export interface FinishedRun {
  readonly end: RunEnd;
  /** The run folder, as shown to the user. */
  readonly folder: string;
  /** `report/index.html`, as shown to the user; null where it could not be written. */
  readonly report: string | null;
  readonly execution: Execution;
  /** What stopped a run that ended as `stopped`. */
  readonly problem?: string;
}

/** @throws StoreError where the run folder cannot be written, or the cache has no room. */
export async function runStudy(first: PlannedStudy, options: RunOptions): Promise<FinishedRun> {
  const { cwd } = first.open.place;
  const started: Start = { at: new Date(), ms: performance.now() };
  const shortOfRoom = await checkRoom(first);
  const folder = createRunFolder({ cwd, study: first.study.name, out: options.out, now: started.at });
  const journal = openJournal(join(folder.path, "events.ndjson"), { prose: withoutPaths, report: inFolder });
  const events = broadcast([journal.listener, ...options.listeners]);
  try {
    const lock = recordInputs(first, folder, events, options.keeps ?? "study");
    announce(first, folder, events);
    for (const message of [shortOfRoom, ...(await unusedLayers(first.open.layers))]) {
      if (message !== undefined) events.emit({ type: "warning", message });
    }
    const round = (current: PlannedStudy, failed: ReadonlyMap<NodeKey, string>) =>
      (options.executor ?? localExecutor)(current, { ...options, failed, folder, events });
    const { planned, execution } = await computeInRounds(first, { round, policy: options.policy, events });
    if (planned !== first) folder.writePieces("plan.json", planJson(portableReport(planned)));
    const run = metadata(planned, { folder, started, execution, lockDigest: sha256(lock), command: options.command });
    if (options.samples === "named") await nameSamples(planned, folder, execution);
    const report = await reportRun(planned, { folder, execution, run, samples: options.samples });
    const shown = displayPath(resolve(folder.path, report.path), cwd);
    if (options.keeps !== "run folder") keepLastRun(planned, execution);
    finish(planned, execution, { events, started, report: shown });
    return {
      end: endOf(execution),
      folder: displayPath(folder.path, cwd),
      report: shown,
      execution,
      ...(execution.fatal === undefined ? {} : { problem: execution.fatal }),
    };
  } catch (error) {
    throw inRunFolder(error, folder.path);
  } finally {
    await journal.close();
    const problem = journal.problem();
    if (problem !== undefined) {
      const message = `the journal could not be written (${problem.message}); results are not touched by that`;
      broadcast(options.listeners).emit({ type: "warning", message });
    }
  }
}

/** As the run's folder has it, wherever that lies. */
function inFolder(report: string): string {
  return report.split(/[\\/]/).slice(-2).join("/");
}

function endOf(execution: Execution): RunEnd {
  if (execution.fatal !== undefined) return "stopped";
  if (execution.interrupted) return "interrupted";
  return execution.failed > 0 ? "failed" : "complete";
}

/** The study as run, its lock and its plan. @returns the lock's text. */
function recordInputs(
  planned: PlannedStudy,
  folder: RunFolder,
  events: EventSink,
  keeps: NonNullable<RunOptions["keeps"]>,
): string {
  const { open, study } = planned;
  for (const { path, text } of study.files) {
    folder.write(`study/${studyPath(path, open.place)}`, text);
  }
  // a package's is found by its name and version
  for (const spec of open.plugins.specs.filter(({ base }) => base === open.host.root)) {
    for (const { file, bytes } of sourceFiles(spec)) folder.write(`plugins/${spec.ref.name}/${file}`, bytes);
  }
  const lock = lockOf(planned);
  const text = portableLockText(lock, open.place);
  folder.write("study.lock.json", text);
  folder.writePieces("plan.json", planJson(portableReport(planned)));
  if (keeps === "run folder") return text;
  const kept = keepLock(lock, open.place);
  if (kept.status === "refused") {
    const message = `${resolve(open.place.cwd, kept.path)} could not be written (${kept.reason}); the run folder has the lock`;
    events.emit({ type: "warning", message });
  }
  return text;
}

/** The plan as it may go with the run folder anywhere. */
function portableReport(planned: PlannedStudy): PlanReport {
  const { place } = planned.open;
  const shown = { path: (path: string) => studyPath(path, place), text: withoutPaths };
  return { ...reportOf(planned), diff: withoutFileNames(planned.diff), shown };
}

function announce(planned: PlannedStudy, folder: RunFolder, events: EventSink): void {
  const { open, plan, demand, study, compute } = planned;
  events.emit({
    type: "run.started",
    run: folder.id,
    study: study.name,
    engine: compute.title,
    ...(planned.why === undefined ? {} : { engineReason: planned.why }),
    workers: compute.inventory.slots.length,
    by: { host: thisHost(), pid: process.pid },
    cells: study.experiments.reduce((sum, { cells }) => sum + cells.length, 0),
    nodes: plan.nodes.length,
    cached: plan.nodes.length - demand.missing.length,
    ...timeOf(demand.missing),
    savedSeconds: cacheSeconds(planned.demand),
    sharedSeconds: plan.sharing.savedSeconds,
    causes: causesOf(planned.diff).map((cause) => ({
      kind: cause.reason.kind,
      nodes: cause.nodes,
      text: shortCause(cause, (path) => studyPath(path, open.place)),
    })),
  });
  for (const { key, op, label } of plan.nodes) {
    const manifest = demand.found.get(key);
    if (manifest !== undefined) {
      events.emit({ type: "node.cached", node: key, op, label, savedSeconds: manifest.seconds });
    }
  }
}

/** When the run began: for people, and by a clock that no one sets. */
interface Start {
  readonly at: Date;
  readonly ms: number;
}

interface Ending {
  readonly folder: RunFolder;
  readonly started: Start;
  readonly execution: Execution;
  readonly lockDigest: string;
  readonly command: string;
}

function metadata(planned: PlannedStudy, ending: Ending): RunMetadata {
  const { execution, started } = ending;
  const stopped = execution.interrupted || execution.fatal !== undefined;
  return {
    id: ending.folder.id,
    startedAt: started.at.toISOString(),
    finishedAt: new Date().toISOString(),
    status: stopped ? "interrupted" : execution.failed > 0 ? "partial" : "complete",
    seconds: (performance.now() - started.ms) / 1000,
    computed: execution.computed,
    cached: execution.cached + execution.shared,
    failed: execution.failed,
    savedSeconds: cacheSeconds(planned.demand),
    xferc: packageVersion(),
    node: process.versions.node,
    platform: `${process.platform} ${process.arch}`,
    signature: planned.compute.signature,
    lockDigest: ending.lockDigest,
    command: portableCommand(ending.command, planned.open.place),
  };
}

/** With the study where the project has it. */
function portableCommand(command: string, place: OpenStudy["place"]): string {
  return command.replace(place.study, () => studyPath(place.study, place));
}

async function nameSamples({ plan, open }: PlannedStudy, folder: RunFolder, execution: Execution): Promise<void> {
  const store = openStore(open.cache, undefined, open.layers);
  const names = await leftOutCsv(plan, ({ key }) => execution.manifests.get(key), store);
  folder.write(SAMPLES_FILE, names);
}

interface Reported {
  readonly folder: RunFolder;
  readonly execution: Execution;
  readonly run: RunMetadata;
  readonly samples: Samples | undefined;
}

function reportRun(planned: PlannedStudy, { folder, execution, run, samples }: Reported): Promise<WrittenReport> {
  const diagnostics: readonly Diagnostic[] = planned.diagnostics;
  const input: ReportInput = {
    study: planned.study,
    plan: planned.plan,
    manifest: (node) => execution.manifests.get(node),
    failure: (node) => execution.failures.get(node),
    run,
    diagnostics,
  };
  return writeReport(folder.path, input, samples);
}

interface Finish {
  readonly events: EventSink;
  readonly started: Start;
  readonly report: string;
}

function finish(planned: PlannedStudy, execution: Execution, { events, started, report }: Finish): void {
  const measured = planned.demand.missing.flatMap((node): Observation[] => {
    const manifest = execution.manifests.get(node.key);
    const seen = manifest && observationOf(node, manifest.seconds, manifest.value);
    return seen === undefined ? [] : [seen];
  });
  addObservations(planned.open.cache, planned.compute, measured);
  const { computed, cached, failed, shared } = execution;
  if (execution.fatal !== undefined) events.emit({ type: "warning", message: execution.fatal });
  if (endOf(execution) === "interrupted" || endOf(execution) === "stopped") {
    const finished = cached + computed + shared;
    events.emit({ type: "run.interrupted", finished, remaining: planned.plan.nodes.length - finished - failed });
    return;
  }
  const seconds = (performance.now() - started.ms) / 1000;
  events.emit({ type: "run.finished", seconds, computed, cached, failed, shared, report });
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
