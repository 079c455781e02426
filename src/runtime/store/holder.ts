/**
 * A process that works on a cache, as other processes know it: a file of fixed length in `holders/` that it writes over
 * every few seconds. Leases are hard links to that file, so one write keeps all of them alive.
 */

import { createHash, randomBytes } from "node:crypto";
import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";

export interface Holder {
  /** Random; no two processes ever have the same. */
  readonly id: string;
  /** The run it works for. */
  readonly run: string;
  /** An alias of its host; nothing that names a person or a machine leaves the process. */
  readonly host: string;
  /** Where its process number means something; null where that cannot be told. */
  readonly machine: string | null;
  readonly pid: number;
  /** When the system started the process, in its own words: a number given anew is another process. */
  readonly started: string | null;
  /** How often it promises to write. */
  readonly everyMs: number;
}

export interface HolderOptions {
  readonly run: string;
  readonly everyMs: number;
}

/** This process, under a new id. */
export function newHolder({ run, everyMs }: HolderOptions): Holder {
  return {
    id: randomBytes(8).toString("hex"),
    run,
    host: hostAlias(),
    machine: machineOf(),
    pid: process.pid,
    started: startOf(process.pid),
    everyMs,
  };
}

/** Eight digits of the host name's digest. */
export function hostAlias(): string {
  return shortHash(hostname());
}

/** Of one boot and one space of process numbers: containers on one host have several. */
function machineOf(): string | null {
  try {
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
    return shortHash(`${boot} ${readlinkSync("/proc/self/ns/pid")}`);
  } catch {
    return null;
  }
}

type ProcessState = { readonly status: "runs"; readonly started: string } | { readonly status: "ended" | "hidden" };

/** Of a process of this machine; hidden where the system shows no one else's. */
function stateOf(pid: number): ProcessState {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The command's name, in parentheses, may hold anything; the state follows it.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const [state, started] = [fields[0], fields[19]];
    if (state === "Z" || state === "X") return { status: "ended" };
    return started === undefined ? { status: "hidden" } : { status: "runs", started };
  } catch {
    return { status: "hidden" };
  }
}

function startOf(pid: number): string | null {
  const state = stateOf(pid);
  return state.status === "runs" ? state.started : null;
}

/** Whether the process has certainly ended. False where that cannot be seen from here. */
export function isGone({ machine, pid, started }: Holder): boolean {
  if (machine === null || machine !== machineOf()) return false;
  try {
    // Also tells of processes whose entries in /proc are hidden from other users.
    process.kill(pid, 0);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ESRCH") return true;
  }
  const state = stateOf(pid);
  return state.status === "ended" || (state.status === "runs" && started !== null && state.started !== started);
}

/** Whether a process of this host, as journals name it, is no more. False where that cannot be seen from here. */
export function hasEnded({ host, pid }: { readonly host: string; readonly pid: number }): boolean {
  if (host !== hostAlias()) return false;
  try {
    process.kill(pid, 0);
    return stateOf(pid).status === "ended";
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "ESRCH";
  }
}

function shortHash(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 8);
}

/** Long enough for any holder; a write of one length never leaves the tail of another. */
const LENGTH = 512;

export function printHolder(holder: Holder, beat: number): Uint8Array {
  const text = JSON.stringify({ format: 1, ...holder, beat });
  return new TextEncoder().encode(`${text.padEnd(LENGTH - 1)}\n`);
}

export interface Sign {
  readonly holder: Holder;
  /** Another number than the last time: it lives. */
  readonly beat: number;
}

/** Undefined for what is no holder's file, or one just being written. */
export function parseHolder(data: Uint8Array): Sign | undefined {
  try {
    const { format, beat, ...holder }: Partial<Holder> & { format?: unknown; beat?: unknown } = JSON.parse(
      new TextDecoder().decode(data),
    );
    return format === 1 && typeof beat === "number" && isHolder(holder) ? { holder, beat } : undefined;
  } catch {
    return undefined;
  }
}

function isHolder(value: Partial<Holder>): value is Holder {
  const { id, run, host, machine, pid, started, everyMs } = value;
  return (
    typeof id === "string" &&
    /^[0-9a-f]{16}$/.test(id) &&
    typeof run === "string" &&
    typeof host === "string" &&
    (machine === null || typeof machine === "string") &&
    typeof pid === "number" &&
    (started === null || typeof started === "string") &&
    typeof everyMs === "number" &&
    everyMs > 0
  );
}
