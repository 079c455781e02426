/** A cluster that does what a test says, and a run that is followed on it: pilots are lines that a test writes. */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { NodeKey, Plan } from "../../../src/compiler/plan/types.js";
import { demandOf } from "../../../src/runtime/coordinator/demand.js";
import type { Queue, Slurm, Submitted } from "../../../src/runtime/executors/slurm/client.js";
import { Fleet } from "../../../src/runtime/executors/slurm/fleet.js";
import { Follower, type FollowOptions } from "../../../src/runtime/executors/slurm/follow.js";
import { Ledger } from "../../../src/runtime/executors/slurm/ledger.js";
import { appendLine } from "../../../src/runtime/executors/slurm/lines.js";
import { Pilots } from "../../../src/runtime/executors/slurm/pilots.js";
import { type RoundPlace, SlurmPlace } from "../../../src/runtime/executors/slurm/place.js";
import type { QueuedJob } from "../../../src/runtime/executors/slurm/queue.js";
import type { PilotEnd } from "../../../src/runtime/executors/slurm/records.js";
import { Reinforcements } from "../../../src/runtime/executors/slurm/reinforce.js";
import { jobClasses } from "../../../src/runtime/executors/slurm/resources.js";
import type { SlurmConfig } from "../../../src/runtime/host/slurm-config.js";
import type { RunEvent } from "../../../src/runtime/journal/events.js";
import { broadcast, type NewEvent } from "../../../src/runtime/journal/journal.js";
import { openStore } from "../../../src/runtime/store/index.js";
import type { Manifest } from "../../../src/runtime/store/types.js";
import { keyOf } from "../coordinator/plans.js";

export const RUN = "2026-11-23T09-30-00-1a2b3c";

type Job = { -readonly [K in keyof QueuedJob]: QueuedJob[K] };

export class ScriptedSlurm implements Slurm {
  readonly jobs: Job[] = [];
  readonly submissions: (readonly string[])[] = [];
  readonly cancelled: string[] = [];
  /** What the next submissions are answered, first to last; then they are taken. */
  readonly answers: Exclude<Submitted, { status: "submitted" }>[] = [];
  silence: string | undefined;
  /** What jobs begin with; a job that waits does nothing. */
  state = "RUNNING";
  reason = "";
  /** What a job does. */
  work: (job: Job) => void | Promise<void> = () => undefined;
  /** What jobs still do. */
  readonly working: Promise<void>[] = [];
  private arrays = 0;

  async submit(words: readonly string[]): Promise<Submitted> {
    this.submissions.push(words);
    const answer = this.answers.shift();
    if (answer !== undefined) return answer;
    const array = String(++this.arrays);
    const of = (name: string) => words.find((word) => word.startsWith(`--${name}=`))?.slice(name.length + 3) ?? "";
    const last = Number(of("array").split("-")[1]);
    for (let task = 0; task <= last; task++) {
      const job: Job = {
        id: `${array}_${task}`,
        name: of("job-name"),
        state: this.state,
        reason: this.reason,
        node: "n1",
      };
      this.jobs.push(job);
      if (job.state === "RUNNING") this.working.push(Promise.resolve(this.work(job)));
    }
    return { status: "submitted", array };
  }

  async queue(names: readonly string[]): Promise<Queue> {
    if (this.silence !== undefined) return { status: "unknown", message: this.silence };
    return { status: "known", jobs: this.jobs.filter(({ name }) => names.includes(name)).map((job) => ({ ...job })) };
  }

  async cancel(ids: readonly string[]): Promise<undefined> {
    for (const job of this.jobs) {
      if (!ids.includes(job.id) || !["PENDING", "RUNNING"].includes(job.state)) continue;
      this.cancelled.push(job.id);
      job.state = "CANCELLED";
    }
  }

  async requeue(): Promise<void> {}

  end(id: string, state: string): void {
    for (const job of this.jobs) if (job.id === id) job.state = state;
  }
}

export interface Following {
  readonly options?: Partial<FollowOptions>;
  readonly config?: SlurmConfig;
  readonly isElsewhere?: (key: NodeKey) => boolean;
}

/** A run's folder and cache in a temporary folder. */
export function scriptedRun(plan: Plan) {
  const folder = mkdtempSync(join(tmpdir(), "xferc-follow-"));
  const slurm = new ScriptedSlurm();
  const store = openStore(join(folder, "cache"));
  const round: RoundPlace = new SlurmPlace(join(folder, "run")).newRound();
  round.slurm.id();
  const cache = join(folder, "cache");
  const nodes = plan.nodes.map(({ key }) => key);
  round.write(new Uint8Array(0), { digest: "a plan", run: RUN, classes: ["main"], cache, layers: [], nodes });
  const events: RunEvent[] = [];

  const publish = async (label: string, run = RUN): Promise<void> => {
    const node = plan.nodes.find((one) => one.label === label);
    if (node === undefined) throw new Error(`no node ${label}`);
    const manifest: Manifest = {
      ...{ format: 1, key: node.key, op: node.op, outputs: {}, value: label, seconds: 2, peakBytes: 1 },
      ...{ createdAt: "2026-11-23T09:30:00Z", by: { xferc: "0.1.0", host: "n1", engine: null, run }, recipe: null },
    };
    await store.publish(manifest);
  };
  /** A pilot's voice. */
  const pilot = (name: string) => {
    const tell = (line: object) => appendLine(round.journalPath(name), { at: new Date().toISOString(), ...line });
    const about = (label: string) => ({ node: keyOf(label), op: "score", label, worker: 0 });
    const event = (one: NewEvent) => tell(one);
    return {
      begin: () => tell({ type: "pilot.started", class: "main", workers: 1, devices: "" }),
      end: (end: PilotEnd, more: object = {}) => tell({ type: "pilot.ended", end, computed: 0, tooLarge: [], ...more }),
      start: (label: string) =>
        event({ type: "node.started", ...about(label), op: "score", attempt: 1, estimateSeconds: 1 }),
      keep: (label: string, step: number) =>
        event({ type: "node.checkpoint", ...about(label), op: "score", step, of: 100, seconds: 0 }),
      fail: (label: string, message: string) => {
        round.giveUp(keyOf(label), message);
        event({ type: "node.failed", ...about(label), op: "score", attempt: 1, message, willRetry: false });
      },
      finish: async (label: string) => {
        await publish(label);
        event({ type: "node.finished", ...about(label), op: "score", seconds: 2, summary: "" });
      },
      tell: event,
    };
  };

  const follow = async ({ options = {}, config = {}, isElsewhere = () => false }: Following = {}) => {
    const classes = jobClasses(config);
    const program = { words: ["pilot"], folder, mounts: [], device: "cpu", environment: {} } as const;
    const signature = { engine: "onnx", engineVersion: "1", device: "cpu", precision: "f32", threads: 1 } as const;
    return new Follower({
      round,
      ledger: new Ledger(plan, await demandOf(plan, store), new Map()),
      fleet: new Fleet(slurm, round, classes),
      pilots: new Pilots(round),
      reinforcements: new Reinforcements({
        ...{ config, classes, signature, round, program },
        isElsewhere: async (key) => isElsewhere(key),
      }),
      store,
      events: broadcast([(event) => events.push(event)]),
      policy: "keep-going",
      signal: new AbortController().signal,
      runs: new Set([RUN]),
      wait: "all",
      timing: { tickMs: 4, pollMs: 8, sweepMs: 8, settleMs: 20, dismissMs: 400 },
      ...options,
    }).run();
  };
  const log = (job: string, text: string) => writeFileSync(join(round.slurm.logs, `${job}.log`), text);
  const warnings = () => events.flatMap((event) => (event.type === "warning" ? [event.message] : []));
  const of = <T extends RunEvent["type"]>(type: T) =>
    events.filter((event): event is Extract<RunEvent, { type: T }> => event.type === type);
  const close = async () => {
    await Promise.allSettled(slurm.working);
    rmSync(folder, { recursive: true, force: true });
  };
  return { slurm, round, store, events, publish, pilot, follow, log, warnings, of, close };
}
