/** What pilots tell, as the run's own events: each result once, whoever told of it first, and each row its worker. */

import { stepName } from "../../../compiler/plan/index.js";
import type { NodeKey } from "../../../compiler/plan/types.js";
import type { RunEvent } from "../../journal/events.js";
import type { EventSink, NewEvent } from "../../journal/journal.js";
import type { Manifest, Store } from "../../store/types.js";
import { ATTEMPTS, Attempts } from "./attempts.js";
import { Lanes } from "./lanes.js";
import type { Ledger } from "./ledger.js";
import type { Pilot } from "./pilots.js";
import type { RoundPlace } from "./place.js";
import type { PilotLine } from "./records.js";

export interface ChronicleOptions {
  readonly round: RoundPlace;
  readonly ledger: Ledger;
  readonly store: Pick<Store, "lookup">;
  readonly events: EventSink;
  readonly runs: ReadonlySet<string>;
}

interface Announced {
  /** Undefined where only the cache can tell. */
  readonly event: Extract<NewEvent, { type: "node.finished" }> | undefined;
  looks: number;
}

/** A result that was announced is looked for so often; then it is gone again, and whoever needs it makes it anew. */
const MOST_LOOKS = 60;
const LOOKUPS_AT_ONCE = 16;
/** A study may have ten thousand nodes that are ready, and a file server other things to do. */
const LOOKUPS_A_SWEEP = 512;

export class Chronicle {
  computed = 0;
  shared = 0;
  readonly tooLarge = new Map<string, number>();
  /** Whether what ends now is not begun again. */
  isClosing = false;
  /** Where the next sweep begins. */
  private swept = 0;
  private readonly lanes = new Lanes();
  private readonly attempts = new Attempts();
  private readonly announced = new Map<NodeKey, Announced>();

  constructor(private readonly options: ChronicleOptions) {}

  take(pilot: Pilot, line: PilotLine): void {
    const { ledger, events, runs } = this.options;
    switch (line.type) {
      case "pilot.ended":
        for (const [step, images] of line.tooLarge) this.setAside(step, images);
        if (line.problem === undefined) this.endOf(pilot, undefined);
        break;
      case "node.started":
        if (ledger.node(line.node) === undefined) break;
        pilot.running.set(line.node, line.worker);
        this.emit(pilot, line);
        break;
      case "node.progress":
      case "node.resumed":
      case "node.stopped":
      case "lease.lost":
        if (pilot.running.has(line.node)) this.emit(pilot, line);
        break;
      case "node.checkpoint":
        this.attempts.keep(line.node, line.step);
        if (pilot.running.has(line.node)) this.emit(pilot, line);
        break;
      case "node.finished": {
        pilot.running.delete(line.node);
        if (ledger.node(line.node) === undefined) break;
        const event = { ...withoutTime(line), worker: this.lanes.of(pilot.name, line.worker) };
        this.announced.set(line.node, { event, looks: 0 });
        break;
      }
      case "node.shared":
        pilot.running.delete(line.node);
        this.announce(line.node);
        break;
      case "node.failed":
        pilot.running.delete(line.node);
        if (ledger.node(line.node) === undefined) break;
        this.emit(pilot, line);
        if (!line.willRetry) this.giveUp(line.node, this.options.round.failureOf(line.node) ?? line.message);
        break;
      case "worker.lost":
        this.emit(pilot, line);
        break;
      case "node.waiting":
        if (line.holder !== null && !runs.has(line.holder.run)) events.emit(withoutTime(line));
        break;
      case "warning":
        events.emit(withoutTime(line));
        break;
      case "pilot.started":
      case "node.cached":
      case "node.skipped":
      case "queue":
      case "run.replanned":
      case "run.started":
      case "run.interrupted":
      case "run.finished":
        break;
      default:
        line satisfies never;
    }
  }

  /** It will say nothing more. @param loss how it was lost, where it did not go by itself */
  endOf(pilot: Pilot, loss: string | undefined): void {
    if (pilot.isOver) return;
    pilot.isOver = true;
    const { events } = this.options;
    const lanes = new Set([...pilot.workers].map((worker) => this.lanes.of(pilot.name, worker)));
    if (loss !== undefined && pilot.running.size > 0) {
      for (const worker of lanes) events.emit({ type: "worker.lost", worker, message: loss });
    }
    for (const [key, worker] of pilot.running) {
      const lane = this.lanes.of(pilot.name, worker);
      if (loss === undefined) this.interrupt(key, lane, pilot.job);
      else this.lose(key, lane, loss);
    }
    pilot.running.clear();
    this.lanes.release(pilot.name);
  }

  /** Looks for what was announced; a network file system may show it late. */
  async confirm(): Promise<void> {
    const { store } = this.options;
    for (const [key, announced] of this.announced) {
      const manifest = await store.lookup(key);
      if (manifest !== undefined) this.finish(key, manifest, announced.event);
      announced.looks += 1;
      if (manifest !== undefined || announced.looks > MOST_LOOKS) this.announced.delete(key);
    }
  }

  /** Looks for ready nodes that no one tells of: another run's, or of a pilot whose journal was lost. */
  async sweep(told: ReadonlySet<NodeKey>): Promise<void> {
    const { ledger, store } = this.options;
    const ready = ledger.ready();
    const from = this.swept < ready.length ? this.swept : 0;
    const open = ready.slice(from, from + LOOKUPS_A_SWEEP);
    this.swept = from + open.length;
    const take = async (): Promise<void> => {
      for (let node = open.pop(); node !== undefined; node = open.pop()) {
        if (this.announced.has(node.key) || told.has(node.key)) continue;
        const manifest = await store.lookup(node.key);
        if (manifest !== undefined) this.finish(node.key, manifest, undefined);
      }
    };
    await Promise.all(Array.from({ length: LOOKUPS_AT_ONCE }, take));
  }

  private announce(node: NodeKey): void {
    if (this.options.ledger.node(node) === undefined || this.announced.has(node)) return;
    this.announced.set(node, { event: undefined, looks: 0 });
  }

  private finish(key: NodeKey, manifest: Manifest, event: Announced["event"]): void {
    const { ledger, events, runs } = this.options;
    const node = ledger.node(key);
    if (node === undefined || !ledger.finish(key, manifest)) return;
    const { op, label, estimate } = node;
    const { seconds } = manifest;
    if (event !== undefined || (manifest.by.run !== undefined && runs.has(manifest.by.run))) {
      this.computed += 1;
      events.emit(event ?? { type: "node.finished", node: key, op, label, worker: 0, seconds, summary: "" });
      return;
    }
    this.shared += 1;
    const [savedSeconds, estimateSeconds] = [seconds, estimate.seconds];
    events.emit({ type: "node.shared", node: key, op, label, savedSeconds, estimateSeconds });
  }

  /** Its job was told to go, and kept what there was: no attempt was lost. */
  private interrupt(key: NodeKey, worker: number, job: string): void {
    const node = this.options.ledger.node(key);
    if (node === undefined || this.announced.has(key) || this.isClosing) return;
    const about = { node: key, op: node.op, label: node.label, worker, attempt: 1 };
    const message = `job ${job} had to go`;
    this.options.events.emit({ type: "node.failed", ...about, message, willRetry: true, retryInSeconds: 0 });
  }

  private lose(key: NodeKey, lane: number, loss: string): void {
    const { ledger, events, round } = this.options;
    const node = ledger.node(key);
    if (node === undefined || this.announced.has(key) || this.isClosing) return;
    const attempt = this.attempts.lose(key);
    const about = { node: key, op: node.op, label: node.label, worker: lane, attempt };
    if (attempt < ATTEMPTS) {
      events.emit({ type: "node.failed", ...about, message: loss, willRetry: true, retryInSeconds: 0 });
      return;
    }
    const message = `${loss} (attempt ${attempt} of ${ATTEMPTS})`;
    round.giveUp(key, message);
    events.emit({ type: "node.failed", ...about, message, willRetry: false });
    this.giveUp(key, message);
  }

  private giveUp(key: NodeKey, message: string): void {
    const { ledger, events } = this.options;
    for (const { key: node, op, label } of ledger.giveUp(key, message)) {
      events.emit({ type: "node.skipped", node, op, label, because: key });
    }
  }

  /** Trainings of this step wait for a plan that takes their batches in smaller pieces. */
  private setAside(step: string, images: number): void {
    const { ledger } = this.options;
    this.tooLarge.set(step, Math.min(images, this.tooLarge.get(step) ?? images));
    for (const node of ledger.openNodes()) {
      if (node.op === "train" && stepName(node.params) === step) ledger.setAside(node.key);
    }
  }

  private emit(pilot: Pilot, event: Extract<RunEvent, { worker: number }>): void {
    this.options.events.emit({ ...withoutTime(event), worker: this.lanes.of(pilot.name, event.worker) } as NewEvent);
  }
}

/** Stamped anew by whoever follows: hosts' clocks differ. */
function withoutTime<E extends RunEvent>({ at: _, ...event }: E): Omit<E, "at"> {
  return event;
}
