/** How a run stands, whoever follows it: from its folder, the cache and the queue. */

import { join } from "node:path";
import type { RunEvent } from "../../journal/events.js";
import { readJournal } from "../../journal/journal.js";
import { openStore } from "../../store/disk.js";
import { hasEnded } from "../../store/holder.js";
import { INITIAL, reduce, type UiState } from "../../ui/state.js";
import type { Slurm } from "./client.js";
import { Pilots } from "./pilots.js";
import { type RoundAbout, type RoundPlace, SlurmPlace } from "./place.js";
import { type QueuedJob, type Standing, standingOf } from "./queue.js";
import { MAIN_CLASS } from "./resources.js";

export interface JobStatus {
  readonly id: string;
  readonly class: string;
  readonly state: string;
  readonly standing: Standing;
  readonly reason: string;
  readonly node: string;
  /** Nodes it is at, and how far. */
  readonly doing: readonly { readonly label: string; readonly done: number; readonly total: number }[];
}

export interface RunStatus {
  readonly run: string;
  readonly study: string;
  readonly state: "complete" | "failed" | "interrupted" | "killed" | "cancelled" | "under way";
  readonly nodes: { readonly all: number; readonly done: number; readonly failed: number };
  readonly failures: readonly { readonly label: string; readonly message: string }[];
  readonly jobs: readonly JobStatus[];
  /** The job that `xferc submit` left in charge. */
  readonly coordinator: { readonly id: string; readonly state: string } | null;
  /** Why the queue tells nothing. */
  readonly queueProblem: string | null;
  readonly report: string | null;
}

/** @param folder the run's; absolute. @throws the system's error where it has no journal */
export async function statusOf(folder: string, slurm: Slurm): Promise<RunStatus> {
  const events = readJournal(join(folder, "events.ndjson"));
  const ui = events.reduce(reduce, INITIAL);
  const place = new SlurmPlace(folder);
  // a run of this machine has no jobs, and asking for them would leave a cluster's files in its folder
  if (!place.isThere)
    return { ...standing(ui, localState(ui, events)), jobs: [], coordinator: null, queueProblem: null };
  const round = place.rounds().at(-1);
  // Tidied up once the run is complete.
  const about = round?.about();
  const names = new Map((about?.classes ?? [MAIN_CLASS]).map((name) => [place.jobName(name), name]));
  const queue = await slurm.queue([...names.keys(), place.coordinatorName]);
  const queued = queue.status === "known" ? queue.jobs : [];
  const head = queued.find((job) => job.name === place.coordinatorName && standingOf(job) !== "over");
  const jobs = queued.filter(({ name }) => names.has(name)).map((job) => jobStatus(job, names, round));
  const done = about === undefined ? undefined : await countDone(about);
  const living = jobs.some(({ standing }) => standing !== "over") || head !== undefined;
  return {
    ...standing(ui, stateOf(ui, place, living), done),
    jobs,
    coordinator: head === undefined ? null : { id: head.id, state: head.state },
    queueProblem: queue.status === "known" ? null : queue.message,
  };
}

function standing(ui: UiState, state: RunStatus["state"], done?: number) {
  return {
    run: ui.run,
    study: ui.study,
    state,
    nodes: { all: ui.nodes, done: done ?? ui.cached + ui.finished + ui.shared, failed: ui.failed + ui.skipped },
    failures: ui.failures,
    report: ui.report,
  };
}

function localState(ui: UiState, events: readonly RunEvent[]): RunStatus["state"] {
  if (ui.phase === "finished") return ui.failed > 0 ? "failed" : "complete";
  if (ui.phase === "interrupted") return "interrupted";
  const { by } = events.findLast((event) => event.type === "run.started") ?? {};
  return by !== undefined && hasEnded(by) ? "killed" : "under way";
}

const LOOKUPS_AT_ONCE = 32;

async function countDone({ cache, layers, nodes }: RoundAbout): Promise<number> {
  const store = openStore(cache, undefined, layers);
  const open = [...nodes];
  let done = 0;
  const take = async (): Promise<void> => {
    for (let key = open.pop(); key !== undefined; key = open.pop()) {
      if ((await store.lookup(key)) !== undefined) done += 1;
    }
  };
  await Promise.all(Array.from({ length: LOOKUPS_AT_ONCE }, take));
  return done;
}

function stateOf(ui: UiState, place: SlurmPlace, living: boolean): RunStatus["state"] {
  if (ui.phase === "finished") return ui.failed > 0 ? "failed" : "complete";
  if (place.isCancelled) return "cancelled";
  return ui.phase === "interrupted" && !living ? "interrupted" : "under way";
}

function jobStatus(job: QueuedJob, names: ReadonlyMap<string, string>, round: RoundPlace | undefined): JobStatus {
  const standing = standingOf(job);
  const doing = round === undefined || standing !== "runs" ? [] : doingOf(job.id, round);
  const { id, state, reason, node } = job;
  return { id, class: names.get(job.name) ?? "", state, standing, reason, node, doing };
}

function doingOf(job: string, round: RoundPlace): JobStatus["doing"] {
  const pilots = new Pilots(round);
  const doing = new Map<string, { label: string; done: number; total: number }>();
  const heard = pilots.hear();
  const last = pilots.ofJob(job).at(-1);
  for (const { pilot, line } of heard) {
    if (pilot !== last || !("node" in line)) continue;
    const known = doing.get(line.node);
    switch (line.type) {
      case "node.started":
        doing.set(line.node, { label: line.label, done: 0, total: 0 });
        break;
      case "node.progress":
        if (known !== undefined) doing.set(line.node, { ...known, done: line.done, total: line.total });
        break;
      case "node.finished":
      case "node.failed":
      case "node.shared":
        doing.delete(line.node);
        break;
      default:
    }
  }
  return [...doing.values()];
}
