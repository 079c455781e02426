/**
 * Follows the pilots of a run: turns what they write into the run's events, keeps as many jobs in the queue as there is
 * work for, and notices those that are lost. It computes nothing, and pilots need it for nothing but to be replaced: when
 * it dies and is started again, it finds everything in the run's folder, the cache and the queue.
 */

import { pauseFor } from "../../coordinator/backoff.js";
import type { Execution } from "../../coordinator/execution.js";
import type { EventSink } from "../../journal/journal.js";
import type { FailurePolicy } from "../../schedule/index.js";
import { StoreError } from "../../store/errors.js";
import type { Store } from "../../store/types.js";
import { LeaveError } from "../types.js";
import { Chronicle } from "./chronicle.js";
import { dismiss } from "./dismiss.js";
import type { Fleet, Job } from "./fleet.js";
import type { Ledger } from "./ledger.js";
import type { Pilot, Pilots } from "./pilots.js";
import type { RoundPlace } from "./place.js";
import { adviceOn } from "./queue.js";
import type { Reinforcements } from "./reinforce.js";
import { lastWords, lossOf } from "./sentences.js";

export interface Timing {
  /** Between looks at what pilots write. */
  readonly tickMs: number;
  /** Between looks at the queue. */
  readonly pollMs: number;
  /** Between looks into the cache for what no one told of. */
  readonly sweepMs: number;
  /** From a job's end to the end of its journal, as a network file system shows it. */
  readonly settleMs: number;
  /** For jobs to go once they were told. */
  readonly dismissMs: number;
}

export interface FollowOptions {
  readonly round: RoundPlace;
  readonly ledger: Ledger;
  readonly fleet: Fleet;
  readonly pilots: Pilots;
  readonly reinforcements: Reinforcements;
  readonly store: Pick<Store, "lookup">;
  readonly events: EventSink;
  readonly policy: FailurePolicy;
  readonly signal: AbortSignal;
  /** Runs whose results are this one's. */
  readonly runs: ReadonlySet<string>;
  /** Whether to wait for the jobs, or only to see them submitted. */
  readonly wait: "all" | "submitted";
  readonly timing: Timing;
}

/** Jobs in a row that end before they have done anything. */
const VAIN = 3;
/** Looks in a row that the queue did not answer, before it is worth a word. */
const SILENT_LOOKS = 3;

export class Follower {
  private readonly chronicle: Chronicle;
  private fatal: string | undefined;
  private nextLook = 0;
  private nextSweep = 0;
  /** Jobs whose end was seen, and when to take their word for it. */
  private readonly ending = new Map<string, number>();
  private vain = 0;
  private silent = 0;
  private readonly failedBefore: number;
  private readonly told = new Set<string>();
  private hasAsked = false;
  /** What went wrong before this process began is no reason not to try. */
  private isCatchingUp = true;
  private readonly bygone = new Set<string>();
  private hasLooked = false;
  private lastQueue = JSON.stringify({ running: 0, waiting: 0, reasons: {} });

  constructor(private readonly options: FollowOptions) {
    this.chronicle = new Chronicle(options);
    this.failedBefore = options.ledger.failures.size;
  }

  async run(): Promise<Execution> {
    const { signal, ledger, wait, round, timing } = this.options;
    const found = ledger.manifests.size;
    while (!this.isOver) {
      if (signal.aborted || round.slurm.isCancelled) break;
      await this.turn().catch((error: unknown) => {
        // No one can work on a cache that cannot be read; the jobs are not left to find that out.
        if (!(error instanceof StoreError)) throw error;
        this.fatal ??= error.message;
      });
      // Whoever follows later sees to the rest, and to what could not be submitted just now.
      if (wait === "submitted" && this.hasAsked) return this.execution(found, "interrupted");
      if (!this.isOver) await pauseFor(timing.tickMs, signal);
    }
    if (signal.reason instanceof LeaveError && !round.slurm.isCancelled) {
      const message = "the jobs go on without this process; the same command follows them again";
      this.options.events.emit({ type: "warning", message });
      return this.execution(found, "interrupted");
    }
    const cancelled = !this.isOver;
    if (cancelled) round.slurm.cancel();
    await this.sendAway();
    return this.execution(found, cancelled ? "interrupted" : "ended");
  }

  private get isOver(): boolean {
    const { ledger, policy, pilots } = this.options;
    if (this.fatal !== undefined || ledger.left === 0) return true;
    return policy === "fail-fast" && ledger.failures.size > this.failedBefore && pilots.busy().length === 0;
  }

  private async turn(): Promise<void> {
    const { timing } = this.options;
    await this.hear();
    const now = performance.now();
    if (now >= this.nextSweep) {
      this.nextSweep = now + timing.sweepMs;
      await this.chronicle.sweep(new Set(this.options.pilots.busy().flatMap(({ running }) => [...running.keys()])));
    }
    if (now >= this.nextLook) {
      this.nextLook = now + timing.pollMs;
      await this.look();
    }
    await this.bury();
  }

  private async hear(): Promise<void> {
    for (const { pilot, line } of this.options.pilots.hear()) {
      this.chronicle.take(pilot, line);
      if (line.type === "node.finished") this.vain = 0;
      // A place is free, or a job came up: the queue has something to tell.
      if (line.type === "pilot.ended" || line.type === "pilot.started") this.nextLook = 0;
      if (line.type !== "pilot.ended" || this.isCatchingUp) continue;
      if (line.end === "stopped") this.fatal ??= line.problem ?? "the cache cannot be used";
      if (line.end === "unable") this.miss(`job ${pilot.job} could not begin: ${line.problem ?? "unknown"}`);
    }
    this.isCatchingUp = false;
    for (const pilot of this.options.pilots.known.values()) this.seeRestart(pilot);
    await this.chronicle.confirm();
  }

  /** Slurm puts a job back into the queue under its old number. */
  private seeRestart(pilot: Pilot): void {
    if (pilot.isOver || pilot.restarts === 0) return;
    for (const before of this.options.pilots.ofJob(pilot.job)) {
      if (before.restarts < pilot.restarts && !before.isOver) this.leaveBehind(before);
    }
  }

  private async look(): Promise<void> {
    const { fleet, timing } = this.options;
    const due = performance.now() + timing.settleMs;
    for (const job of await fleet.look()) {
      this.ending.set(job.id, due);
      if (!this.hasLooked) this.bygone.add(job.id);
    }
    this.hasLooked ||= fleet.silence === undefined;
    for (const job of fleet.living())
      if (this.wasRequeued(job) && !this.ending.has(job.id)) this.ending.set(job.id, due);
    // Jobs that are there already can be followed from anywhere by what they write.
    if (!fleet.isReachable && fleet.jobs.size === 0) this.fatal ??= fleet.silence;
    this.hearSilence(fleet.silence);
    this.tellQueue();
    // What is over may have left lines that are not seen yet.
    if (!fleet.isCounted || fleet.silence !== undefined || this.ending.size > 0 || this.fatal !== undefined) return;
    if (this.options.policy === "fail-fast" && this.options.ledger.failures.size > this.failedBefore) return;
    await this.reinforce();
  }

  private async reinforce(): Promise<void> {
    const { reinforcements, ledger, fleet, events, timing } = this.options;
    const all = await reinforcements.send(ledger, fleet);
    this.hasAsked = true;
    for (const sent of all) {
      switch (sent.status) {
        case "submitted":
          this.told.clear();
          events.emit({ type: "queue", ...fleet.census(), submitted: { array: sent.array, jobs: sent.count } });
          // Why it waits is soon known.
          this.nextLook = performance.now() + Math.min(timing.pollMs, 2000);
          break;
        case "later":
          this.tell(`sbatch: ${sent.message}; it is tried again`);
          break;
        case "refused":
          if (fleet.living().length > 0) this.tell(`sbatch refuses more jobs: ${sent.message}`);
          else this.fatal = `sbatch refuses the job: ${sent.message}. Look at slurm in xfer.config.json`;
          break;
        default:
          sent satisfies never;
      }
    }
  }

  /** Jobs that are over, and whose last words have had time to arrive. */
  private async bury(): Promise<void> {
    const { fleet, pilots } = this.options;
    const now = performance.now();
    for (const [id, due] of this.ending) {
      if (now < due) continue;
      await this.hear();
      this.ending.delete(id);
      this.nextLook = 0;
      const job = fleet.jobs.get(id);
      if (job === undefined) continue;
      if (job.standing === "over") this.buryJob(job, pilots.ofJob(id));
      else if (this.wasRequeued(job)) for (const pilot of pilots.ofJob(id)) this.leaveBehind(pilot);
    }
  }

  /** It waits, but was at work before. */
  private wasRequeued({ id, standing }: Job): boolean {
    return standing === "waits" && this.options.pilots.ofJob(id).some(({ isOver }) => !isOver);
  }

  /** Slurm has put its job back into the queue. */
  private leaveBehind(pilot: Pilot): void {
    const loss = lossOf({ id: pilot.job, state: "" }, "requeued");
    this.chronicle.endOf(pilot, pilot.ended === undefined ? loss : undefined);
  }

  private buryJob(job: Job, attempts: readonly Pilot[]): void {
    const last = attempts.at(-1);
    const lost = last === undefined || last.ended === undefined;
    const loss = lost ? lossOf(job, "over") : undefined;
    const wasBusy = last !== undefined && (last.running.size > 0 || last.computed > 0);
    for (const pilot of attempts) this.chronicle.endOf(pilot, pilot.ended === undefined ? loss : undefined);
    if (loss === undefined || wasBusy || this.bygone.has(job.id)) return;
    const words = lastWords(this.options.round.slurm.logs, job.id);
    this.miss(words === "" ? loss : `${loss}; its last words: ${words.slice(0, 300)}`);
  }

  /** A job has come to nothing. */
  private miss(message: string): void {
    this.vain += 1;
    if (this.vain >= VAIN) {
      this.fatal ??= `${VAIN} jobs in a row came to nothing. The last one: ${message}`;
      return;
    }
    this.tell(message);
    // Perhaps it is only this node, or this moment.
    this.nextLook = performance.now() + this.options.timing.pollMs * this.vain;
  }

  private hearSilence(silence: string | undefined): void {
    if (silence === undefined) {
      if (this.silent >= SILENT_LOOKS) this.tell("the queue answers again");
      this.silent = 0;
      return;
    }
    this.silent += 1;
    if (this.silent !== SILENT_LOOKS) return;
    const message = `the queue cannot be asked (${silence}); what the jobs write is followed all the same`;
    this.options.events.emit({ type: "warning", message });
  }

  private tellQueue(): void {
    const { fleet, events } = this.options;
    if (fleet.silence !== undefined) return;
    const census = fleet.census();
    for (const reason of Object.keys(census.reasons)) {
      const advice = adviceOn(reason);
      if (advice !== undefined) this.tell(`a job will not start (${reason}): ${advice}`);
    }
    const shown = JSON.stringify(census);
    if (shown === this.lastQueue) return;
    this.lastQueue = shown;
    events.emit({ type: "queue", ...census });
  }

  /** Once each. */
  private tell(message: string): void {
    if (this.told.has(message)) return;
    this.told.add(message);
    this.options.events.emit({ type: "warning", message });
  }

  /** No job outlives what it was for. */
  private async sendAway(): Promise<void> {
    const { fleet, timing, events } = this.options;
    this.chronicle.isClosing = true;
    const problem = await dismiss(fleet, {
      withinMs: timing.dismissMs,
      everyMs: Math.min(1000, timing.pollMs),
      meanwhile: () => this.hear().catch(() => undefined),
    });
    if (problem !== undefined) events.emit({ type: "warning", message: problem });
  }

  private execution(found: number, how: "ended" | "interrupted"): Execution {
    const { ledger } = this.options;
    const { computed, shared, tooLarge } = this.chronicle;
    return {
      manifests: ledger.manifests,
      failures: ledger.failures,
      computed,
      cached: found,
      shared,
      failed: ledger.failures.size,
      interrupted: how === "interrupted",
      tooLarge,
      ...(this.fatal === undefined ? {} : { fatal: this.fatal }),
    };
  }
}
