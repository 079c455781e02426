/**
 * The jobs of a run: what was submitted, and what the queue says of it. As long as the queue does not answer, nothing is
 * known and nothing is submitted: jobs stay what they were.
 */

import type { Queue, Slurm, Submitted } from "./client.js";
import type { RoundPlace } from "./place.js";
import { type QueuedJob, type Standing, standingOf } from "./queue.js";
import type { JobClass } from "./resources.js";

export interface Job {
  readonly id: string;
  readonly class: string;
  standing: Standing;
  state: string;
  reason: string;
  node: string;
  /** Looks at the queue in a row that did not show it. */
  missed: number;
}

/** A job just submitted may not be listed yet. */
const MISSES = 2;

export interface Census {
  readonly running: number;
  readonly waiting: number;
  /** Why the waiting ones wait, and how many for that. */
  readonly reasons: { readonly [reason: string]: number };
}

export class Fleet {
  readonly jobs = new Map<string, Job>();
  private readonly names: ReadonlyMap<string, string>;
  /** What the queue said the last time, where it did not answer. */
  silence: string | undefined;
  /** Whether Slurm's commands are here at all. */
  isReachable = true;
  /** Whether it has answered since the last submission: an unheard answer may hide a job. */
  isCounted = false;

  constructor(
    private readonly slurm: Slurm,
    private readonly round: RoundPlace,
    classes: readonly Pick<JobClass, "name">[],
  ) {
    this.names = new Map(classes.map(({ name }) => [round.slurm.jobName(name), name]));
    for (const { array, class: name, count } of round.submitted()) {
      // Submitted a while ago: one that is not listed is over.
      for (let task = 0; task < count; task++) this.add(`${array}_${task}`, name, MISSES - 1);
    }
  }

  /** @returns jobs that are over as of this look */
  async look(): Promise<readonly Job[]> {
    const queue: Queue = await this.slurm.queue([...this.names.keys()]);
    this.isReachable = queue.status !== "absent";
    if (queue.status !== "known") {
      this.silence = queue.message;
      return [];
    }
    this.silence = undefined;
    this.isCounted = true;
    const before = new Set([...this.jobs.values()].filter(({ standing }) => standing === "over"));
    const listed = new Map(queue.jobs.map((job) => [job.id, job]));
    for (const job of queue.jobs) if (!this.jobs.has(job.id)) this.discover(job);
    for (const job of this.jobs.values()) this.update(job, listed.get(job.id));
    return [...this.jobs.values()].filter((job) => job.standing === "over" && !before.has(job));
  }

  async submit(name: string, words: readonly string[], count: number): Promise<Submitted> {
    const submitted = await this.slurm.submit(words);
    this.isCounted = submitted.status === "later" || submitted.status === "refused";
    if (submitted.status !== "submitted") return submitted;
    const { array } = submitted;
    this.round.record({ at: new Date().toISOString(), class: name, array, count });
    for (let task = 0; task < count; task++) this.add(`${array}_${task}`, name);
    this.isCounted = true;
    return submitted;
  }

  /** What went wrong, if anything did. */
  cancel(ids: readonly string[]): Promise<string | undefined> {
    return ids.length === 0 ? Promise.resolve(undefined) : this.slurm.cancel(ids);
  }

  /** Jobs that wait, run or end. */
  living(name?: string): readonly Job[] {
    return [...this.jobs.values()].filter(
      (job) => job.standing !== "over" && (name === undefined || job.class === name),
    );
  }

  census(): Census {
    const living = this.living();
    const waiting = living.filter(({ standing }) => standing === "waits");
    const reasons: { [reason: string]: number } = {};
    for (const { reason, state } of waiting) {
      const why = reason || state;
      reasons[why] = (reasons[why] ?? 0) + 1;
    }
    return { running: living.length - waiting.length, waiting: waiting.length, reasons };
  }

  private discover(job: QueuedJob): void {
    const name = this.names.get(job.name);
    // One whose submission was never heard of, or whose number a crash kept from being written down.
    if (name !== undefined && job.id.includes("_")) this.add(job.id, name);
  }

  private add(id: string, name: string, missed = 0): void {
    if (this.jobs.has(id)) return;
    this.jobs.set(id, { id, class: name, standing: "waits", state: "PENDING", reason: "", node: "", missed });
  }

  private update(job: Job, listed: QueuedJob | undefined): void {
    if (listed === undefined) {
      job.missed += 1;
      if (job.missed >= MISSES) job.standing = "over";
      return;
    }
    job.missed = 0;
    job.standing = standingOf(listed);
    job.state = listed.state;
    job.reason = listed.reason;
    job.node = listed.node || job.node;
  }
}
