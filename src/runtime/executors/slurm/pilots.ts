/** Pilots as their journals tell of them, heard line by line. */

import type { NodeKey } from "../../../compiler/plan/types.js";
import { Tail } from "./lines.js";
import type { RoundPlace } from "./place.js";
import { jobOf, type PilotLine, type PilotRecord, pilotLine } from "./records.js";

export interface Pilot {
  readonly name: string;
  readonly job: string;
  readonly restarts: number;
  /** What it is at, and the worker of it. */
  readonly running: Map<NodeKey, number>;
  /** Workers it has used. */
  readonly workers: Set<number>;
  started: Extract<PilotRecord, { type: "pilot.started" }> | undefined;
  ended: Extract<PilotRecord, { type: "pilot.ended" }> | undefined;
  /** Nodes it has finished. */
  computed: number;
  /** Whether nothing more is expected of it. */
  isOver: boolean;
}

export interface Heard {
  readonly pilot: Pilot;
  readonly line: PilotLine;
}

export class Pilots {
  private readonly tails = new Map<string, Tail>();
  readonly known = new Map<string, Pilot>();

  constructor(private readonly round: RoundPlace) {}

  /** What is new, pilot by pilot. */
  hear(): readonly Heard[] {
    for (const name of this.round.pilots()) if (!this.known.has(name)) this.meet(name);
    const heard: Heard[] = [];
    for (const [name, tail] of this.tails) {
      const pilot = this.known.get(name);
      if (pilot === undefined) continue;
      for (const value of tail.read()) {
        const line = pilotLine(value);
        if (line === undefined) continue;
        note(pilot, line);
        heard.push({ pilot, line });
      }
      // It has said goodbye: nothing follows.
      if (pilot.ended !== undefined) this.tails.delete(name);
    }
    return heard;
  }

  /** Attempts of a job, the first one first. */
  ofJob(job: string): readonly Pilot[] {
    return [...this.known.values()].filter((one) => one.job === job).sort((a, b) => a.restarts - b.restarts);
  }

  /** Those that are at something. */
  busy(): readonly Pilot[] {
    return [...this.known.values()].filter(({ running, isOver }) => running.size > 0 && !isOver);
  }

  private meet(name: string): void {
    this.tails.set(name, new Tail(this.round.journalPath(name)));
    this.known.set(name, {
      ...{ name, ...jobOf(name), running: new Map(), workers: new Set() },
      ...{ started: undefined, ended: undefined, computed: 0, isOver: false },
    });
  }
}

function note(pilot: Pilot, line: PilotLine): void {
  switch (line.type) {
    case "pilot.started":
      pilot.started = line;
      break;
    case "pilot.ended":
      pilot.ended = line;
      break;
    case "node.started":
      pilot.workers.add(line.worker);
      break;
    case "node.finished":
      pilot.computed += 1;
      break;
    default:
  }
}
