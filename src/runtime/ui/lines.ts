/** Lines that stay: what was finished or went wrong, and how the run ended. Used by the Ink UI and the plain one. */

import { counted } from "../../compiler/counted.js";
import type { OpName } from "../../compiler/plan/types.js";
import type { RunEvent, RunHolder } from "../journal/events.js";
import { duration, stepOf } from "./format.js";
import type { Running, UiState } from "./state.js";

export interface Line {
  readonly mark: "done" | "failed" | "warning" | "note";
  readonly text: string;
}

export const MARKS: { readonly [mark in Line["mark"]]: string } = { done: "✓", failed: "✗", warning: "!", note: "·" };

/** A score takes milliseconds; a line for each would bury the ones that matter. */
const NOTEWORTHY_SECONDS = 1;
const ALWAYS: ReadonlySet<OpName> = new Set([
  "train",
  "dataset.index",
  "dataset.prepare",
  "weights.import",
  "predictions.import",
  "features.import",
]);

/** The line an event leaves behind, if it leaves one. */
export function lineOf(event: RunEvent): Line | undefined {
  switch (event.type) {
    case "node.finished": {
      if (event.seconds < NOTEWORTHY_SECONDS && !ALWAYS.has(event.op)) return undefined;
      const summary = event.summary === "" ? "" : ` · ${event.summary}`;
      return { mark: "done", text: `${event.label}${summary} · ${duration(event.seconds)}` };
    }
    case "node.failed":
      if (event.willRetry) {
        const { retryInSeconds = 0 } = event;
        const later = retryInSeconds === 0 ? "" : ` in ${retryInSeconds} s`;
        return { mark: "warning", text: `${event.label}: ${event.message}; trying again${later}` };
      }
      return { mark: "failed", text: `${event.label}: ${event.message}` };
    case "worker.lost":
      return { mark: "warning", text: `worker ${event.worker + 1} was lost: ${event.message}` };
    case "node.resumed":
      return { mark: "note", text: `${event.label}: resumed at ${stepOf(event.step, event.of)}` };
    case "node.stopped":
      return { mark: "note", text: `${event.label}: stopped at ${stepOf(event.step, event.of)}, which is kept` };
    case "warning":
      return { mark: "warning", text: event.message };
    case "node.waiting":
      return { mark: "note", text: `${event.label}: waiting for ${holderName(event.holder)}, which computes it` };
    case "node.shared": {
      if (event.savedSeconds < NOTEWORTHY_SECONDS && !ALWAYS.has(event.op)) return undefined;
      return { mark: "done", text: `${event.label} · computed by another run (saves ${duration(event.savedSeconds)})` };
    }
    case "lease.lost":
      return {
        mark: "warning",
        text: `${event.label}: this run stood still for so long that another one has taken it over`,
      };
    case "queue": {
      if (event.submitted === undefined) return undefined;
      const { array, jobs } = event.submitted;
      return { mark: "note", text: `${counted(jobs, "job")} submitted to the queue (${array})` };
    }
    case "run.started":
      if (event.engineReason === undefined) return undefined;
      return { mark: "note", text: `${event.engine}: ${event.engineReason}` };
    case "run.replanned":
    case "node.cached":
    case "node.started":
    case "node.progress":
    case "node.checkpoint":
    case "node.skipped":
    case "run.interrupted":
    case "run.finished":
      return undefined;
    default:
      return event satisfies never;
  }
}

/** `2 jobs run, 3 wait in the queue (2 Priority, 1 Resources)`. */
export function queueText({ queue }: UiState): string | undefined {
  if (queue === undefined) return undefined;
  const { running, waiting } = queue;
  const run = running === 0 ? "" : `${counted(running, "job")} ${running === 1 ? "runs" : "run"}`;
  if (waiting === 0) return run;
  const entries = Object.entries(queue.reasons);
  const reasons = entries.map(([reason, count]) => (entries.length === 1 ? reason : `${count} ${reason}`)).join(", ");
  const subject = running === 0 ? counted(waiting, "job") : String(waiting);
  const wait = `${subject} ${waiting === 1 ? "waits" : "wait"} in the queue${reasons === "" ? "" : ` (${reasons})`}`;
  return run === "" ? wait : `${run}, ${wait}`;
}

/** `run 2026-11-23T09-30-00-1a2b3c (process 4711 here)`. */
export function holderName(holder: RunHolder | null): string {
  if (holder === null) return "another run";
  const where = holder.host === null ? "here" : `on host ${holder.host}`;
  return `run ${holder.run} (process ${holder.pid} ${where})`;
}

/** `waiting for 2 nodes of run …`, one for each run. */
export function waitingFor({ waiting }: UiState): readonly string[] {
  const counts = new Map<string, number>();
  for (const holder of waiting.values()) counts.set(holderName(holder), (counts.get(holderName(holder)) ?? 0) + 1);
  return [...counts].map(([name, count]) => `waiting for ${counted(count, "node")} of ${name}`);
}

/** `121 nodes for 36 cells: 60 from the cache (saves 4 min 10 s), 61 to compute, about 2 min`. */
export function opening(state: UiState): string {
  const toRun = state.nodes - state.cached;
  const saved = state.savedSeconds >= 1 ? ` (saves ${duration(state.savedSeconds)})` : "";
  const cached = state.cached === 0 ? "" : `${state.cached} from the cache${saved}, `;
  const shared = state.sharedSeconds >= 1 ? `; sharing saves about ${duration(state.sharedSeconds)}` : "";
  const estimate = state.estimate.total / Math.max(1, state.lanes.length);
  const todo = toRun === 0 ? "nothing to compute" : `${toRun} to compute, ${about(state)} ${duration(estimate)}`;
  return `${counted(state.nodes, "node")} for ${counted(state.cells, "cell")}: ${cached}${todo}${shared}`;
}

/** What stands before a time: trainings that may stop early take less. */
export function about({ atMost }: Pick<UiState, "atMost">): string {
  return atMost ? "at most about" : "about";
}

/** `120/400`, `120/≤400`. */
export function progressOf({ done, total, atMost }: Pick<Running, "done" | "total" | "atMost">): string {
  return `${done}/${atMost ? "≤" : ""}${total}`;
}

const CAUSES_SHOWN = 3;

/** `12 nodes run: 8 because batch 64 → 32 (study.xfer:41), 4 new`; nothing where all of it is new, or nothing runs. */
export function reasons({ causes, nodes }: UiState): string | undefined {
  const running = causes.reduce((sum, cause) => sum + cause.nodes, 0);
  const [first] = causes;
  if (first === undefined || (first.kind === "new" && running === nodes)) return undefined;
  const shown = causes.slice(0, CAUSES_SHOWN).map((cause) => `${cause.nodes} ${cause.text}`);
  const others = causes.slice(CAUSES_SHOWN).reduce((sum, cause) => sum + cause.nodes, 0);
  if (others > 0) shown.push(`${others} for other reasons (xferc plan --why)`);
  return `${counted(running, "node")} ${running === 1 ? "runs" : "run"}: ${shown.join(", ")}`;
}

export interface ClosingFacts {
  /** The command that goes on where this run stopped. */
  readonly resume: string;
}

const FAILURES_REPEATED = 5;
/** After fewer finished nodes the failures are still on the screen. */
const FINISHED_SHORT = 12;

function failuresAgain(state: UiState): readonly Line[] {
  const shown = state.failures.slice(0, FAILURES_REPEATED);
  const lines: Line[] = shown.map(({ label, message }) => ({ mark: "failed", text: `${label}: ${message}` }));
  const more = state.failed - shown.length;
  if (more > 0) lines.push({ mark: "failed", text: `and ${counted(more, "more failure")}, listed in results.csv` });
  return lines;
}

/** How a run ended, last line first read. */
export function closing(state: UiState, { resume }: ClosingFacts): readonly Line[] {
  const lines: Line[] = [];
  // It never came to an end of its own: whoever stopped it says why.
  if (state.phase === "running" || state.phase === "starting") return lines;
  const took = duration(Math.max(0, (state.endedMs ?? state.startedMs) - state.startedMs) / 1000);
  const kept = state.finished + state.shared + state.cached;
  if (state.phase === "interrupted" || state.phase === "stopping") {
    lines.push({
      mark: "note",
      text: `Stopped after ${took}. ${counted(kept, "node")} of ${state.nodes} are finished and kept.`,
    });
    lines.push({ mark: "note", text: `Resume with: ${resume}` });
    return lines;
  }
  if (state.finished > FINISHED_SHORT) lines.push(...failuresAgain(state));
  const parts = [`${state.finished} computed`, `${state.cached} cached`];
  if (state.shared > 0) parts.push(`${state.shared} computed by other runs meanwhile`);
  if (state.failed > 0) parts.push(`${state.failed} failed`);
  if (state.skipped > 0) parts.push(`${state.skipped} skipped because of that`);
  const mark = state.failed > 0 ? "failed" : "done";
  lines.push({ mark, text: `${counted(state.nodes, "node")} in ${took}: ${parts.join(", ")}.` });
  if (state.failed > 0)
    lines.push({ mark: "note", text: `Finished work is kept. Try the failed part again with: ${resume}` });
  if (state.report !== null) lines.push({ mark: "done", text: `Report: ${state.report}` });
  return lines;
}
