/** Lines of a pilot's journal: a run's events as the pilot sees them, and what it says of itself. */

import type { RunEvent } from "../../journal/events.js";
import { parseJournal } from "../../journal/journal.js";

export type PilotEnd =
  /** Nothing is left for it. */
  | "done"
  /** Nothing was left for some time; what remains waits for others. */
  | "idle"
  /** Slurm told it that its time is over, or asked it to go. */
  | "told"
  /** The run was cancelled. */
  | "cancelled"
  /** It cannot work here. */
  | "unable"
  /** The cache cannot be used: no one can work. */
  | "stopped";

export type PilotRecord =
  | {
      readonly type: "pilot.started";
      readonly at: string;
      readonly class: string;
      readonly workers: number;
      /** The GPUs it may see, as CUDA is told. */
      readonly devices: string;
    }
  | {
      readonly type: "pilot.ended";
      readonly at: string;
      readonly end: PilotEnd;
      readonly computed: number;
      /** Steps that found no memory, and how many images to take at once instead. */
      readonly tooLarge: readonly (readonly [step: string, images: number])[];
      readonly problem?: string;
    };

export type PilotLine = PilotRecord | RunEvent;

export function pilotLine(value: unknown): PilotLine | undefined {
  if (isRecord(value)) return value;
  return parseJournal(JSON.stringify(value))[0];
}

function isRecord(value: unknown): value is PilotRecord {
  if (typeof value !== "object" || value === null || !("type" in value)) return false;
  switch (value.type) {
    case "pilot.started":
      return "class" in value && "workers" in value;
    case "pilot.ended":
      return "end" in value && "computed" in value && "tooLarge" in value && Array.isArray(value.tooLarge);
    default:
      return false;
  }
}

/** Of a job and its attempt: `4711_0`, `4711_0.r1` once requeued. */
export function pilotName(job: string, restarts: number): string {
  return restarts === 0 ? job : `${job}.r${restarts}`;
}

export function jobOf(pilot: string): { readonly job: string; readonly restarts: number } {
  const [job = "", restarts] = pilot.split(".r");
  return { job, restarts: Number(restarts ?? 0) };
}
