/** `--executor slurm`: pilots in jobs of a cluster, and a follower here. */

import { existsSync, realpathSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { NodeKey } from "../../../compiler/plan/types.js";
import { pauseFor } from "../../coordinator/backoff.js";
import type { Execution } from "../../coordinator/execution.js";
import { enginesFolder } from "../../engine/tensorflow/location.js";
import { childModule } from "../../host/child-module.js";
import { packageRoot, packageVersion, UsageError } from "../../host/index.js";
import type { SlurmConfig } from "../../host/slurm-config.js";
import { leasesFor } from "../../run/cache-use.js";
import { placeOf } from "../../run/places.js";
import type { PlannedStudy } from "../../run/planned.js";
import { releaseAbandoned } from "../../store/abandoned.js";
import { sha256 } from "../../store/layer.js";
import type { Leases } from "../../store/lease.js";
import { sweepPartial } from "../../store/partial.js";
import { type Executor, type ExecutorContext, LeaveError } from "../types.js";
import { type Slurm, slurmCommands } from "./client.js";
import { dismiss } from "./dismiss.js";
import { Fleet } from "./fleet.js";
import { Follower, type Timing } from "./follow.js";
import { Ledger } from "./ledger.js";
import { withJobs } from "./machine.js";
import { Pilots } from "./pilots.js";
import { type RoundPlace, SlurmPlace } from "./place.js";
import { Reinforcements } from "./reinforce.js";
import { type JobClass, jobClasses } from "./resources.js";
import { aboutSpec, type PilotSpec, printSpec } from "./spec.js";
import type { Program } from "./words.js";

export interface SlurmExecutorOptions {
  readonly environment: NodeJS.ProcessEnv;
  /** Whether to wait for the jobs, or only to see them submitted. */
  readonly wait: "all" | "submitted";
  /** Other commands than the system's: for tests. */
  readonly slurm?: Slurm;
  readonly timing?: Partial<Timing>;
}

const IDLE_SECONDS = 120;
const POLL_SECONDS = 15;
const DISMISS_MS = 90_000;

export function slurmExecutor(options: SlurmExecutorOptions): Executor {
  return async (planned, context) => {
    const config = withJobs(planned.open.host.config.slurm, planned.wish.jobs);
    const classes = jobClasses(config);
    const place = new SlurmPlace(context.folder.path);
    const ledger = new Ledger(planned.plan, planned.demand, context.failed);
    // With everything in the cache there is nothing to ask Slurm for, but perhaps something left to send away.
    if (ledger.left === 0 && place.rounds().length === 0) return nothingToDo(ledger);
    await sweepPartial(planned.open.cache, (key) => planned.demand.found.has(key)).catch(() => undefined);
    const leases = await leasesFor(planned, context.folder.id, context.startHeartbeat);
    try {
      await takeCharge(leases, place, planned.open.host.config.cache.leaseSeconds, context.signal);
      return await follow({ planned, context, config, classes, place, ledger, leases, options });
    } finally {
      await leases.close();
    }
  };
}

function nothingToDo({ manifests, failures }: Ledger): Execution {
  const none = { computed: 0, shared: 0, interrupted: false, tooLarge: new Map<string, number>() };
  return { manifests, failures, cached: manifests.size, failed: failures.size, ...none };
}

/** One process follows a run at a time, on whatever host. @throws UsageError where another does */
async function takeCharge(leases: Leases, place: SlurmPlace, leaseSeconds: number, signal: AbortSignal): Promise<void> {
  const key = sha256(`slurm ${place.id()}`) as NodeKey;
  const start = performance.now();
  for (;;) {
    const taken = await leases.take(key);
    if (taken.status === "ours") return;
    // One that was killed on another host is known by its silence.
    if (signal.aborted || performance.now() - start > (leaseSeconds + 5) * 1000) {
      const who = taken.by === null ? "another process" : `process ${taken.by.pid} on host ${taken.by.host}`;
      throw new UsageError(
        `${who} follows this run already`,
        "`xferc status` shows how it stands; end the other one, or cancel the run",
      );
    }
    await pauseFor(500, signal);
  }
}

interface Following {
  readonly planned: PlannedStudy;
  readonly context: ExecutorContext;
  readonly config: SlurmConfig;
  readonly classes: readonly JobClass[];
  readonly place: SlurmPlace;
  readonly ledger: Ledger;
  readonly leases: Leases;
  readonly options: SlurmExecutorOptions;
}

async function follow(following: Following): Promise<Execution> {
  const { planned, context, config, classes, place, ledger, leases, options } = following;
  const spec = specOf(following);
  const { round, run, isNew } = takeRound(place, spec);
  const slurm = options.slurm ?? slurmCommands(options.environment);
  const fleet = new Fleet(slurm, round, classes);
  const timing = timingOf(config, options);
  const { events, policy, signal } = context;
  if (isNew && place.rounds().length > 1) await clearQueue(fleet, timing, context);
  place.uncancel();
  const runs = new Set([run, context.folder.id]);
  const isElsewhere = async (key: NodeKey): Promise<boolean> => {
    const standing = await leases.look(key);
    return standing.status === "held" && standing.by !== null && !runs.has(standing.by.run);
  };
  const program = programOf(following, spec, round);
  const signature = planned.compute.signature;
  const execution = await new Follower({
    ...{ round, ledger, fleet, events, policy, signal, runs, timing, wait: options.wait },
    pilots: new Pilots(round),
    reinforcements: new Reinforcements({ config, classes, signature, round, program, isElsewhere }),
    store: planned.store,
  }).run();
  const left = signal.reason instanceof LeaveError || options.wait === "submitted";
  // With no job left, no one is behind the leases that killed ones left.
  if (!left && fleet.living().length === 0 && fleet.silence === undefined) {
    const { cache } = planned.open;
    await releaseAbandoned(cache, (holder) => holder.run === run && holder.id !== leases.holder.id);
  }
  const complete = execution.failed === 0 && execution.fatal === undefined && execution.tooLarge.size === 0;
  if (complete && !execution.interrupted) place.tidy();
  return execution;
}

interface TakenRound {
  readonly round: RoundPlace;
  /** Whose name results and leases of its pilots bear. */
  readonly run: string;
  readonly isNew: boolean;
}

/** The latest where its pilots do what is to be done now; what failed or was cancelled there begins anew. */
function takeRound(place: SlurmPlace, spec: PilotSpec): TakenRound {
  const about = aboutSpec(spec);
  const latest = place.rounds().at(-1);
  const known = latest?.about();
  if (latest !== undefined && known?.digest === about.digest && !latest.hasFailures() && !place.isCancelled) {
    return { round: latest, run: known.run, isNew: false };
  }
  const round = place.newRound();
  round.write(printSpec(spec), about);
  return { round, run: spec.run, isNew: true };
}

/** Jobs of another plan are of no more use. */
async function clearQueue(fleet: Fleet, timing: Timing, { events }: ExecutorContext): Promise<void> {
  await fleet.look();
  if (fleet.living().length === 0) return;
  events.emit({ type: "warning", message: "jobs of an earlier plan of this run are sent away first" });
  const problem = await dismiss(fleet, { withinMs: timing.dismissMs, meanwhile: async () => undefined });
  if (problem !== undefined) events.emit({ type: "warning", message: problem });
}

function timingOf({ pollSeconds = POLL_SECONDS }: SlurmConfig, { timing }: SlurmExecutorOptions): Timing {
  const pollMs = pollSeconds * 1000;
  const usual = { tickMs: Math.min(1000, pollMs), pollMs, sweepMs: pollMs, settleMs: Math.min(5000, pollMs) };
  return { ...usual, dismissMs: DISMISS_MS, ...timing };
}

function specOf({ planned, context, config, classes }: Following): PilotSpec {
  const { open, plan, compute, study } = planned;
  const places = new Map<NodeKey, string>();
  for (const node of plan.nodes) {
    const path = placeOf(node, open.host);
    if (path !== undefined) places.set(node.key, path);
  }
  const { idleSeconds = IDLE_SECONDS, scratch } = config;
  return {
    xferc: packageVersion(),
    run: context.folder.id,
    study: study.name,
    engineTitle: compute.title,
    ...{ cache: open.cache, layers: open.layers, leaseSeconds: open.host.config.cache.leaseSeconds },
    ...{ engine: compute.engine, signature: compute.signature, plan, places, scratch, idleSeconds },
    plugins: open.plugins.specs,
    ...{ policy: context.policy, checkpointEvery: context.checkpointEvery, failed: context.failed },
    microBatch: planned.wish.microBatch,
    classes: classSpecs(classes),
  };
}

export function classSpecs(classes: readonly JobClass[]): PilotSpec["classes"] {
  return new Map(classes.map(({ name, ops, resources }) => [name, { ops, workers: resources.workers ?? 1 }]));
}

/** The pilot, but for its class. */
function programOf({ context, config, planned, options }: Following, spec: PilotSpec, round: RoundPlace): Program {
  const folder = context.folder.path;
  const node = config.node ?? (config.container === undefined ? process.execPath : "node");
  const engines = enginesFolder(options.environment);
  const { XFERC_INVENTORY } = options.environment;
  const files = [...spec.places.values()];
  const bases = spec.plugins.map(({ base }) => base);
  return {
    words: [node, fileURLToPath(childModule("executors/slurm/pilot-main.js")), folder, String(round.number)],
    folder,
    device: planned.compute.engine.device === "cuda" ? "cuda" : "cpu",
    mounts: [spec.cache, ...spec.layers, folder, ...installation(), engines, ...bases, ...files].filter((path) =>
      existsSync(path),
    ),
    environment: { XFERC_ENGINES: engines, ...(XFERC_INVENTORY ? { XFERC_INVENTORY } : {}) },
  };
}

/** With the modules it needs, which npm may have put beside it, or a link leads to. */
function installation(): readonly string[] {
  const root = basename(dirname(packageRoot)) === "node_modules" ? dirname(dirname(packageRoot)) : packageRoot;
  const modules = join(root, "node_modules");
  return existsSync(modules) ? [root, realpathSync(modules)] : [root];
}
