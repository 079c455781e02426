/**
 * A pilot: a process in a job that takes ready nodes of a run's plan by leases, computes them in workers as a run on one
 * machine does, and publishes them to the cache. It needs no one to tell it what to do next; it goes when nothing is
 * left for it.
 */

import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { execute } from "../../coordinator/coordinator.js";
import type { Execution } from "../../coordinator/execution.js";
import type { Peers } from "../../coordinator/peers.js";
import { packageVersion } from "../../host/package.js";
import type { EventSink } from "../../journal/journal.js";
import { type Compute, computeCandidates } from "../../run/engine.js";
import { thisHost } from "../../run/host.js";
import { splittingOf } from "../../run/micro-batches.js";
import { openStore } from "../../store/disk.js";
import type { StartHeartbeat } from "../../store/heartbeat.js";
import { type Leases, openLeases } from "../../store/lease.js";
import { MISSED } from "../../store/observer.js";
import { openPartial } from "../../store/partial.js";
import { spawnWorkers, type WorkerFactory } from "../../workers/index.js";
import { workersOf } from "../local.js";
import { IdleWatch } from "./idle.js";
import { PilotJournal } from "./pilot-journal.js";
import type { RoundPlace } from "./place.js";
import type { PilotEnd, PilotRecord } from "./records.js";
import { MAIN_CLASS, serves } from "./resources.js";
import { type ClassSpec, type PilotSpec, readSpec } from "./spec.js";

export interface PilotOptions {
  readonly round: RoundPlace;
  readonly class: string;
  /** Names its journal. */
  readonly pilot: string;
  readonly environment: NodeJS.ProcessEnv;
  /** Asks it to keep what it has and go. */
  readonly signal: AbortSignal;
  /** Told besides the journal, which may not be written here. */
  readonly onProblem?: (problem: string) => void;
  /** Other workers than child processes: for tests. */
  readonly startWorker?: WorkerFactory;
  readonly startHeartbeat?: StartHeartbeat;
}

/** How often it looks whether the run was cancelled. */
const LOOK_MS = 2000;

/** Never throws: what went wrong is in its journal. */
export async function runPilot(options: PilotOptions): Promise<PilotEnd> {
  const journal = new PilotJournal(options.round.journalPath(options.pilot));
  const end = (told: Omit<Extract<PilotRecord, { type: "pilot.ended" }>, "type" | "at">): PilotEnd => {
    if (told.problem !== undefined) options.onProblem?.(told.problem);
    journal.record({ type: "pilot.ended", at: new Date().toISOString(), ...told });
    return told.end;
  };
  try {
    const spec = readSpec(options.round.planPath);
    const own = spec.classes.get(options.class);
    if (own === undefined) throw new Error(`internal error: there is no class ${options.class} of jobs`);
    journal.record({
      type: "pilot.started",
      at: new Date().toISOString(),
      class: options.class,
      workers: own.workers,
      devices: options.environment.CUDA_VISIBLE_DEVICES ?? "",
    });
    const compute = await computeHere(spec, own, options.environment);
    return end(await carryOut(spec, compute, options, journal));
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    return end({ end: "unable", computed: 0, tooLarge: [], problem });
  } finally {
    journal.close();
  }
}

/** What the plan's keys promise, on what this job was given. */
async function computeHere(spec: PilotSpec, own: ClassSpec, environment: NodeJS.ProcessEnv): Promise<Compute> {
  if (spec.xferc !== packageVersion()) {
    throw new Error(`the run was begun with xferc ${spec.xferc}, and this job has ${packageVersion()}`);
  }
  const { id, device, threads } = spec.engine;
  const wish = { engine: id as "onnx", device, threads, jobs: own.workers, environment };
  const [compute] = await computeCandidates(wish);
  if (!isDeepStrictEqual(compute.signature, spec.signature)) {
    throw new Error(`this job computes with ${compute.title}, and the plan with ${spec.engineTitle}`);
  }
  const allocated = allocatedBytes(environment);
  if (allocated === undefined || allocated >= compute.inventory.hostBytes) return compute;
  return { ...compute, inventory: { ...compute.inventory, hostBytes: allocated } };
}

/** The memory that Slurm gave the job; undefined where it does not say. */
export function allocatedBytes(environment: NodeJS.ProcessEnv): number | undefined {
  const whole = Number(environment.SLURM_MEM_PER_NODE ?? Number.NaN);
  const each = Number(environment.SLURM_MEM_PER_CPU ?? Number.NaN) * Number(environment.SLURM_CPUS_ON_NODE ?? 1);
  const mib = [whole, each].find((one) => Number.isFinite(one) && one > 0);
  return mib === undefined ? undefined : mib * 2 ** 20;
}

type Ended = Omit<Extract<PilotRecord, { type: "pilot.ended" }>, "type" | "at">;

async function carryOut(spec: PilotSpec, compute: Compute, options: PilotOptions, events: EventSink): Promise<Ended> {
  const { round } = options;
  const scratch = makeScratch(spec, options);
  const stop = new AbortController();
  const ask = (end: PilotEnd) => stop.abort(end);
  const told = () => ask("told");
  if (options.signal.aborted) told();
  options.signal.addEventListener("abort", told);
  const look = setInterval(() => round.slurm.isCancelled && ask("cancelled"), LOOK_MS).unref();
  const idle = new IdleWatch(spec.idleSeconds * 1000, () => ask("idle"));
  let failedToStart = false;
  const start = options.startWorker ?? spawnWorkers(workersOf(spec, compute));
  const startWorker: WorkerFactory = (slot) =>
    start(slot).catch((error: unknown) => {
      failedToStart = true;
      throw error;
    });
  try {
    const store = openStore(spec.cache, undefined, spec.layers);
    const execution = await execute({
      plan: spec.plan,
      store,
      events,
      inventory: compute.inventory,
      devices: compute.devices,
      policy: spec.policy,
      openLeases: () => leasesOf(spec, options.startHeartbeat),
      peers: peersOf(spec, options),
      checkpointEvery: spec.checkpointEvery,
      partial: (key) => openPartial(spec.cache, key),
      startWorker: idle.watching(startWorker),
      resource: ({ key }) => spec.places.get(key),
      signal: stop.signal,
      splitting: splittingOf(spec.microBatch),
      failed: spec.failed,
      by: { xferc: spec.xferc, host: thisHost(), engine: spec.engineTitle, study: spec.study, run: spec.run },
    });
    return ended(execution, stop.signal, failedToStart);
  } finally {
    clearInterval(look);
    idle.end();
    options.signal.removeEventListener("abort", told);
    if (scratch !== undefined) rmSync(scratch, { recursive: true, force: true });
  }
}

function ended(execution: Execution, signal: AbortSignal, failedToStart: boolean): Ended {
  const { computed, fatal, tooLarge } = execution;
  const told = { computed, tooLarge: [...tooLarge] };
  if (fatal !== undefined) return { ...told, end: failedToStart ? "unable" : "stopped", problem: fatal };
  return { ...told, end: signal.aborted ? (signal.reason as PilotEnd) : "done" };
}

async function leasesOf(spec: PilotSpec, heartbeat: StartHeartbeat | undefined): Promise<Leases> {
  const everyMs = (spec.leaseSeconds * 1000) / MISSED;
  const more = heartbeat === undefined ? {} : { heartbeat };
  const leases = await openLeases(spec.cache, { run: spec.run, everyMs, ...more });
  await leases.pin(spec.plan.nodes.map(({ key }) => key));
  return leases;
}

function peersOf(spec: PilotSpec, { round, class: name }: PilotOptions): Peers {
  const kinds = [...spec.classes].map(([kind, { ops }]) => ({ name: kind, ops }));
  const own = kinds.find((kind) => kind.name === name);
  const main = kinds.find((kind) => kind.name === MAIN_CLASS);
  return {
    async verdict(node) {
      const message = round.failureOf(node.key);
      if (message !== undefined) return { kind: "failed", message };
      if (spec.policy === "fail-fast" && round.hasFailures()) return { kind: "over" };
      return { kind: own !== undefined && serves(own, node, main) ? "ours" : "theirs" };
    },
    gaveUp: ({ key }, message) => round.giveUp(key, message),
  };
}

/** A folder of the job's own, which engines write their temporary files to. */
function makeScratch({ scratch }: PilotSpec, { environment, pilot }: PilotOptions): string | undefined {
  if (scratch === undefined) return undefined;
  const place = scratch.replaceAll(/\$(\w+)|\$\{(\w+)\}/g, (_, plain?: string, braced?: string) => {
    const name = plain ?? braced ?? "";
    const value = environment[name];
    if (value) return value;
    throw new Error(`slurm.scratch in xfer.config.json is ${scratch}, and ${name} is not set on this compute node`);
  });
  const folder = join(place, `xferc-${pilot}`);
  mkdirSync(folder, { recursive: true });
  process.env.TMPDIR = folder;
  return folder;
}
