/** The run's memory of what happened: one JSON event a line, only ever appended to. */

import { closeSync, fstatSync, openSync, readFileSync, readSync, writeSync } from "node:fs";
import type { RunEvent } from "./events.js";

type WithoutTime<E> = E extends RunEvent ? Omit<E, "at"> : never;
/** An event before it is stamped with the time. */
export type NewEvent = WithoutTime<RunEvent>;

export type EventListener = (event: RunEvent) => void;

/** Where events go: to the file, the UI and whoever else listens, in one order. */
export interface EventSink {
  emit(event: NewEvent): void;
}

export function stamped(event: NewEvent, at: Date): RunEvent {
  return { at: at.toISOString(), ...event };
}

export function broadcast(listeners: readonly EventListener[], now: () => Date = () => new Date()): EventSink {
  return {
    emit(event) {
      const whole = stamped(event, now());
      for (const listener of listeners) listener(whole);
    },
  };
}

export interface JournalFile {
  readonly listener: EventListener;
  /** The first thing that went wrong while writing, if anything did. */
  readonly problem: () => Error | undefined;
  close(): Promise<void>;
}

/** Fields of events that hold words, not names of ours. */
const PROSE: ReadonlySet<string> = new Set(["message", "label", "summary", "text"]);

/** Progress is kept once a second a node at most: it is for people who look later, not for the results. */
const PROGRESS_EVERY_MS = 1000;

/** What becomes of words before they are written: a journal goes with its run folder to other people. */
export interface JournalWords {
  /** Messages may name files, and files patients. */
  readonly prose: (text: string) => string;
  /** Of the report's path, which is told to the user from where they are. */
  readonly report: (path: string) => string;
}
const AS_THEY_ARE: JournalWords = { prose: (text) => text, report: (path) => path };

/**
 * Events reach the file at the end of the turn they happened in, whole lines in one write: a process that is killed takes
 * at most that turn's along, and leaves at most one torn line, which the next to open the journal ends.
 */
export function openJournal(path: string, words: JournalWords = AS_THEY_ARE): JournalFile {
  const written = (name: string, value: unknown): unknown => {
    if (typeof value !== "string") return value;
    if (name === "report") return words.report(value);
    return PROSE.has(name) ? words.prose(value) : value;
  };
  let problem: Error | undefined;
  let file: number | undefined;
  let pending = "";
  const attempt = (work: () => void) => {
    if (problem !== undefined) return;
    try {
      work();
    } catch (error) {
      problem = error instanceof Error ? error : new Error(String(error));
    }
  };
  const flush = () => {
    if (pending === "" || file === undefined) return;
    const lines = Buffer.from(pending);
    pending = "";
    for (let from = 0; from < lines.length; ) from += writeSync(file, lines, from);
  };
  attempt(() => {
    file = openSync(path, "a+");
    if (endsTorn(file)) pending = "\n";
  });
  const lastProgress = new Map<string, number>();
  return {
    listener(event) {
      if (problem !== undefined) return;
      if (event.type === "node.progress") {
        const at = Date.parse(event.at);
        // Either way: a clock may be set back.
        if (Math.abs(at - (lastProgress.get(event.node) ?? 0)) < PROGRESS_EVERY_MS) return;
        lastProgress.set(event.node, at);
      }
      if (pending === "" || pending === "\n") queueMicrotask(() => attempt(flush));
      pending += `${JSON.stringify(event, written)}\n`;
    },
    problem: () => problem,
    async close() {
      attempt(flush);
      const open = file;
      file = undefined;
      if (open !== undefined) attempt(() => closeSync(open));
    },
  };
}

/** Whether the last line was never finished: whoever wrote it was killed, or the disk was full. */
function endsTorn(file: number): boolean {
  const { size } = fstatSync(file);
  if (size === 0) return false;
  const last = Buffer.alloc(1);
  readSync(file, last, 0, 1, size - 1);
  return last.toString() !== "\n";
}

/** Every whole event of a journal; a last line torn by a crash, and lines that are no events, are left out. */
export function readJournal(path: string): readonly RunEvent[] {
  return parseJournal(readFileSync(path, "utf8"));
}

export function parseJournal(text: string): readonly RunEvent[] {
  const events: RunEvent[] = [];
  for (const line of text.split("\n")) {
    if (line === "") continue;
    try {
      const parsed: unknown = JSON.parse(line);
      if (isEvent(parsed)) events.push(parsed);
    } catch {
      // Torn.
    }
  }
  return events;
}

const REQUIRED: { readonly [T in RunEvent["type"]]: readonly string[] } = {
  "run.started": ["run", "study", "engine", "workers", "cells", "nodes", "cached"],
  "run.replanned": ["nodes", "cached", "estimateSeconds"],
  "node.cached": ["node", "op", "label"],
  "node.started": ["node", "op", "label", "worker", "attempt"],
  "node.progress": ["node", "worker", "done", "total", "values"],
  "node.resumed": ["node", "op", "label", "worker", "step", "of"],
  "node.checkpoint": ["node", "op", "label", "worker", "step", "of"],
  "node.stopped": ["node", "op", "label", "worker", "step", "of"],
  "node.finished": ["node", "op", "label", "worker", "seconds"],
  "node.failed": ["node", "op", "label", "worker", "attempt", "message", "willRetry"],
  "node.waiting": ["node", "op", "label", "holder"],
  "node.shared": ["node", "op", "label", "savedSeconds"],
  "lease.lost": ["node", "op", "label", "worker"],
  "node.skipped": ["node", "op", "label", "because"],
  "worker.lost": ["worker", "message"],
  queue: ["running", "waiting", "reasons"],
  warning: ["message"],
  "run.interrupted": ["finished", "remaining"],
  "run.finished": ["seconds", "computed", "cached", "failed"],
};

function isEvent(value: unknown): value is RunEvent {
  if (typeof value !== "object" || value === null || !("type" in value) || !("at" in value)) return false;
  const { type } = value;
  if (typeof type !== "string" || !Object.hasOwn(REQUIRED, type)) return false;
  return REQUIRED[type as RunEvent["type"]].every((name) => name in value);
}
