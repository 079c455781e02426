/** What the UI knows: a pure fold over the journal's events. */

import type { NodeKey, OpName } from "../../compiler/plan/types.js";
import type { RunCause, RunEvent, RunHolder } from "../journal/events.js";

export interface Running {
  readonly node: NodeKey;
  readonly op: OpName;
  readonly label: string;
  readonly attempt: number;
  readonly startedMs: number;
  readonly estimateSeconds: number;
  /** It may stop before `total`. */
  readonly atMost: boolean;
  readonly done: number;
  readonly total: number;
  /** What was done already when it started. */
  readonly resumedAt: number;
  /** The value last reported under each name. */
  readonly values: { readonly [name: string]: number };
  /** What the sparkline shows. */
  readonly series: { readonly name: string; readonly values: readonly number[] } | undefined;
}

export interface Failure {
  readonly label: string;
  readonly message: string;
}

export type Phase = "starting" | "running" | "stopping" | "interrupted" | "finished";

export interface UiState {
  readonly phase: Phase;
  readonly study: string;
  readonly run: string;
  readonly engine: string;
  readonly cells: number;
  readonly nodes: number;
  readonly cached: number;
  readonly savedSeconds: number;
  readonly sharedSeconds: number;
  readonly causes: readonly RunCause[];
  readonly startedMs: number;
  readonly endedMs: number | undefined;
  /** A worker a lane; nodes of one pass share it. */
  readonly lanes: readonly (readonly Running[])[];
  readonly finished: number;
  /** Computed by other runs since this one began. */
  readonly shared: number;
  /** Nodes that other runs are computing, and which runs. */
  readonly waiting: ReadonlyMap<NodeKey, RunHolder | null>;
  readonly failed: number;
  readonly skipped: number;
  readonly failures: readonly Failure[];
  readonly lostWorkers: number;
  /** Work in worker-seconds as estimated: all of it, and what has ended. */
  readonly estimate: { readonly total: number; readonly ended: number };
  /** Some of it may stop early: what is left is at most that. */
  readonly atMost: boolean;
  /** Of finished nodes: what they were estimated at, and what they took. */
  readonly measured: { readonly estimated: number; readonly taken: number };
  readonly report: string | null;
  /** Jobs of a cluster; undefined where none are in its queue. */
  readonly queue: Extract<RunEvent, { type: "queue" }> | undefined;
}

export const INITIAL: UiState = {
  phase: "starting",
  study: "",
  run: "",
  engine: "",
  cells: 0,
  nodes: 0,
  cached: 0,
  savedSeconds: 0,
  sharedSeconds: 0,
  causes: [],
  startedMs: 0,
  endedMs: undefined,
  lanes: [],
  finished: 0,
  shared: 0,
  waiting: new Map(),
  failed: 0,
  skipped: 0,
  failures: [],
  lostWorkers: 0,
  estimate: { total: 0, ended: 0 },
  atMost: false,
  measured: { estimated: 0, taken: 0 },
  report: null,
  queue: undefined,
};

/** Enough for the widest sparkline. */
const SERIES_KEPT = 60;
const FAILURES_KEPT = 20;
/** What a sparkline shows, best first. */
const PREFERRED = ["loss", "val"];

export function reduce(state: UiState, event: RunEvent): UiState {
  const at = Date.parse(event.at);
  switch (event.type) {
    case "run.started":
      return {
        ...INITIAL,
        phase: "running",
        study: event.study,
        run: event.run,
        engine: event.engine,
        cells: event.cells,
        nodes: event.nodes,
        cached: event.cached,
        savedSeconds: event.savedSeconds,
        // a journal of an earlier version has neither
        sharedSeconds: event.sharedSeconds ?? 0,
        causes: event.causes ?? [],
        startedMs: at,
        lanes: Array.from({ length: event.workers }, () => []),
        estimate: { total: event.estimateSeconds, ended: 0 },
        atMost: event.atMost ?? false,
      };
    case "run.replanned": {
      const { ended } = state.estimate;
      const estimate = { total: ended + event.estimateSeconds, ended };
      return { ...state, nodes: event.nodes, cached: event.cached, estimate, atMost: event.atMost ?? false };
    }
    case "node.started": {
      const { node, op, label, attempt, estimateSeconds, atMost = false } = event;
      const started: Running = {
        ...{ node, op, label, attempt, estimateSeconds, atMost },
        ...{ startedMs: at, done: 0, total: 0, resumedAt: 0, values: {}, series: undefined },
      };
      const waiting = withoutNode(state.waiting, node);
      return withLane({ ...state, waiting }, event.worker, (lane) => [...lane, started]);
    }
    case "node.waiting":
      return { ...state, waiting: new Map([...state.waiting, [event.node, event.holder]]) };
    case "node.shared":
      return {
        ...state,
        shared: state.shared + 1,
        waiting: withoutNode(state.waiting, event.node),
        lanes: state.lanes.map((lane) => without(lane, event.node)),
        estimate: { ...state.estimate, ended: state.estimate.ended + event.estimateSeconds },
      };
    case "node.progress":
      return withLane(state, event.worker, (lane) =>
        lane.map((running) => (running.node === event.node ? progressed(running, event) : running)),
      );
    case "node.finished":
      return ended(state, event, { finished: state.finished + 1, taken: event.seconds });
    case "node.failed":
      if (event.willRetry) return withLane(state, event.worker, (lane) => without(lane, event.node));
      return {
        ...ended(state, event, {}),
        failed: state.failed + 1,
        failures: [...state.failures, { label: event.label, message: event.message }].slice(-FAILURES_KEPT),
      };
    case "node.skipped":
      return { ...state, skipped: state.skipped + 1 };
    case "worker.lost":
      return withLane({ ...state, lostWorkers: state.lostWorkers + 1 }, event.worker, () => []);
    case "run.interrupted":
      return { ...state, phase: "interrupted", endedMs: at, lanes: state.lanes.map(() => []) };
    case "run.finished":
      return { ...state, phase: "finished", endedMs: at, report: event.report, lanes: state.lanes.map(() => []) };
    case "node.resumed":
      return withLane(state, event.worker, (lane) =>
        lane.map((running) =>
          running.node === event.node
            ? { ...running, done: event.step, total: event.of, resumedAt: event.step }
            : running,
        ),
      );
    case "queue":
      return { ...state, queue: event.running + event.waiting === 0 ? undefined : event };
    case "node.cached":
    case "lease.lost":
    case "node.checkpoint":
    case "node.stopped":
    case "warning":
      return state;
    default:
      return event satisfies never;
  }
}

/** The user asked to stop; what is running is being cancelled. */
export function stopping(state: UiState): UiState {
  return state.phase === "running" || state.phase === "starting" ? { ...state, phase: "stopping" } : state;
}

function progressed(running: Running, event: Extract<RunEvent, { type: "node.progress" }>): Running {
  const values = { ...running.values, ...event.values };
  const name = running.series?.name ?? PREFERRED.find((one) => one in values) ?? Object.keys(values)[0];
  const latest = name === undefined ? undefined : event.values[name];
  const series =
    name === undefined || latest === undefined
      ? running.series
      : { name, values: [...(running.series?.values ?? []), latest].slice(-SERIES_KEPT) };
  return { ...running, done: event.done, total: event.total, values, series };
}

function ended(
  state: UiState,
  event: { readonly node: NodeKey; readonly worker: number },
  outcome: { readonly finished?: number; readonly taken?: number },
): UiState {
  const running = state.lanes[event.worker]?.find(({ node }) => node === event.node);
  const estimated = running?.estimateSeconds ?? 0;
  const { taken } = outcome;
  return {
    ...withLane(state, event.worker, (lane) => without(lane, event.node)),
    finished: outcome.finished ?? state.finished,
    estimate: { ...state.estimate, ended: state.estimate.ended + estimated },
    measured:
      taken === undefined
        ? state.measured
        : {
            estimated: state.measured.estimated + estimated * (running === undefined ? 1 : partDone(running)),
            taken: state.measured.taken + taken,
          },
  };
}

/** Of what was estimated, what a node did that is finished: who stops early was not faster for it. */
function partDone({ atMost, done, total }: Running): number {
  return atMost && total > 0 ? Math.min(1, done / total) : 1;
}

function without(lane: readonly Running[], node: NodeKey): readonly Running[] {
  return lane.filter((running) => running.node !== node);
}

function withoutNode(waiting: UiState["waiting"], node: NodeKey): UiState["waiting"] {
  return waiting.has(node) ? new Map([...waiting].filter(([key]) => key !== node)) : waiting;
}

function withLane(state: UiState, worker: number, change: (lane: readonly Running[]) => readonly Running[]): UiState {
  return { ...state, lanes: state.lanes.map((lane, index) => (index === worker ? change(lane) : lane)) };
}

export interface Outlook {
  /** Share of the work that is done, 0 to 1. */
  readonly share: number;
  readonly remainingSeconds: number;
  /** Where the remaining time comes from, in words. */
  readonly basis: string;
}

/** Weight, in seconds of work, of the estimates against what was measured. */
const PRIOR_SECONDS = 3;

/** How far the run is and how long it will still take. */
export function outlook(state: UiState, nowMs: number): Outlook {
  const toRun = state.nodes - state.cached;
  const over = state.finished + state.shared + state.failed + state.skipped;
  if (toRun === 0 || over >= toRun) return { share: 1, remainingSeconds: 0, basis: "everything is done" };
  let underway = 0;
  let { estimated, taken } = state.measured;
  for (const running of state.lanes.flat()) {
    const done = running.estimateSeconds * shareOf(running, nowMs);
    underway += done;
    // What reports its progress shows its pace before it is finished.
    if (running.done <= running.resumedAt) continue;
    estimated += done - running.estimateSeconds * (running.resumedAt / Math.max(1, running.total));
    taken += (nowMs - running.startedMs) / 1000;
  }
  const total = Math.max(state.estimate.total, state.estimate.ended + underway);
  const share = total === 0 ? over / toRun : (state.estimate.ended + underway) / total;
  const pace = (taken + PRIOR_SECONDS) / (estimated + PRIOR_SECONDS);
  const workers = Math.max(1, Math.min(state.lanes.length, toRun - over));
  return {
    share: Math.min(0.999, share),
    remainingSeconds: (total * (1 - Math.min(1, share)) * pace) / workers,
    basis: estimated < PRIOR_SECONDS ? "from estimates" : "from the pace so far",
  };
}

function shareOf(running: Running, nowMs: number): number {
  if (running.total > 0) return Math.min(1, running.done / running.total);
  if (running.estimateSeconds <= 0) return 0;
  return Math.min(0.9, (nowMs - running.startedMs) / 1000 / running.estimateSeconds);
}
