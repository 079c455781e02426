/**
 * Runs a plan: asks the store what is there, sends the rest to workers in the scheduler's order, publishes what comes
 * back and tells the journal. What another run is computing is waited for. A worker that dies costs one attempt; a
 * damaged blob sends its maker back to work; a full disk or a wish to stop ends the run with everything finished kept.
 */

import { stepName } from "../../compiler/plan/index.js";
import { passGroup } from "../../compiler/plan/passes.js";
import { trainsInSteps } from "../../compiler/plan/trainings.js";
import type { NodeFor, NodeKey, Plan, PlanNode } from "../../compiler/plan/types.js";
import type { CheckpointInterval } from "../../compiler/study.js";
import type { Device } from "../devices/types.js";
import type { EventSink } from "../journal/journal.js";
import type { Inventory } from "../schedule/inventory.js";
import { type Assignment, type FailurePolicy, Scheduler, type Task } from "../schedule/scheduler.js";
import { StoreError } from "../store/errors.js";
import type { Leases } from "../store/lease.js";
import type { PartialWork } from "../store/partial.js";
import type { BlobRef, Manifest, Store } from "../store/types.js";
import { DEFAULT_INTERVAL } from "../train/pace.js";
import {
  type JobNode,
  type MemoryState,
  type NodeOutcome,
  type Note,
  type Problem,
  type WorkerFactory,
  WorkerLostError,
} from "../workers/types.js";
import { backoffSeconds, pauseFor } from "./backoff.js";
import { WorkerBench } from "./bench.js";
import { stillToDo } from "./carried.js";
import { dataFirst, type Waits } from "./data-first.js";
import { type Demand, demandOf } from "./demand.js";
import { recipeOf } from "./manifests.js";
import { leavesWorkerUseless, MemoryPolicy, type NoMemory } from "./memory-policy.js";
import type { Splitting } from "./micro-batches.js";
import { eventOf } from "./notes.js";
import type { Peers } from "./peers.js";
import { Repairs } from "./repairs.js";
import { Sharing } from "./sharing.js";

export interface CoordinatorOptions {
  readonly plan: Plan;
  readonly demand?: Demand;
  readonly store: Store & { retract(key: NodeKey): Promise<void>; isWhole(ref: BlobRef): Promise<boolean> };
  /** How nodes are leased, so that runs on one cache compute each of them once; without it, this run is alone. */
  readonly openLeases?: () => Promise<Leases>;
  /** Other processes that carry out the same run, and leave their results and failures where this one finds them. */
  readonly peers?: Peers;
  readonly events: EventSink;
  readonly inventory: Inventory;
  /** What the inventory's places are, one for one. */
  readonly devices?: readonly Device[];
  readonly policy: FailurePolicy;
  /** How often trainings write checkpoints; where it is absent, as their recipes say. */
  readonly checkpointEvery?: CheckpointInterval | undefined;
  /** Where a node's unfinished work lies. */
  readonly partial?: (key: NodeKey) => PartialWork;
  readonly startWorker: WorkerFactory;
  /** Where a node's dataset or checkpoint lies on this machine. */
  readonly resource: (node: PlanNode) => string | undefined;
  /** Asks for a graceful stop. */
  readonly signal: AbortSignal;
  /** What to do with a training that finds no memory; it fails unless given. */
  readonly splitting?: (node: NodeFor<"train">) => Splitting;
  /** Nodes that failed in an earlier round of this run, and would again. */
  readonly failed?: ReadonlyMap<NodeKey, string>;
  readonly by: Manifest["by"];
  /** For tests. */
  readonly pause?: typeof pauseFor;
}

export interface Execution {
  readonly manifests: ReadonlyMap<NodeKey, Manifest>;
  /** Why each node that failed, or waited for one that failed, has no result. */
  readonly failures: ReadonlyMap<NodeKey, string>;
  readonly computed: number;
  readonly cached: number;
  /** Computed by other runs in the meantime. */
  readonly shared: number;
  readonly failed: number;
  readonly interrupted: boolean;
  /** Trainings set aside because their steps find no memory, by `stepName`: how many images to take at once instead. */
  readonly tooLarge: ReadonlyMap<string, number>;
  /** What stopped the whole run: a full disk, an engine that does not start. */
  readonly fatal?: string;
}

/** The first and two more. */
const ATTEMPTS = 3;

interface Telling {
  /** A sentence more for whoever watches. */
  readonly kept?: string;
  /** For the results, where the message holds what is another number each time. */
  readonly reason?: string;
}

export async function execute(options: CoordinatorOptions): Promise<Execution> {
  const demand = options.demand ?? (await demandOf(options.plan, options.store));
  return new Coordinator(options, demand).run();
}

class Coordinator {
  private readonly nodes: ReadonlyMap<NodeKey, PlanNode>;
  private readonly waits: Waits;
  private readonly manifests: Map<NodeKey, Manifest>;
  private readonly failures: Map<NodeKey, string>;
  private readonly tooLarge = new Map<string, number>();
  private readonly scheduler: Scheduler;
  /** Node of a task; a task is named after its node's key, with `#n` where the node has to be made again. */
  private readonly taskNodes = new Map<string, PlanNode>();
  private readonly memory: MemoryPolicy;
  private readonly attempts = new Map<string, number>();
  /** The furthest step a task went on from. */
  private readonly reached = new Map<string, number>();
  private readonly repairs: Repairs;
  private readonly bench: WorkerBench;
  private sharing: Sharing | undefined;
  private readonly cached: number;
  private computed = 0;
  private shared = 0;
  private jobs = 0;
  private inFlight = 0;
  private fatal: string | undefined;
  /** Aborted when nothing new is to start. */
  private readonly halted = new AbortController();
  private ended: () => void = () => undefined;

  constructor(
    private readonly options: CoordinatorOptions,
    demand: Demand,
  ) {
    this.nodes = new Map(options.plan.nodes.map((node) => [node.key, node]));
    this.manifests = new Map(demand.found);
    this.cached = options.plan.nodes.length - demand.missing.length;
    const schedule = (node: PlanNode, after: readonly string[]) => this.scheduleAgain(node, after);
    this.repairs = new Repairs({ nodes: this.nodes, manifests: this.manifests, store: options.store, schedule });
    this.bench = new WorkerBench(options.startWorker);
    this.memory = new MemoryPolicy(options.inventory, options.devices ?? []);
    this.failures = new Map(options.failed);
    this.waits = dataFirst(options.plan.nodes);
    const labelOf = (key: NodeKey) => this.nodes.get(key)?.label ?? "an input";
    const due = stillToDo(demand.missing, this.failures, { waits: this.waits, labelOf });
    const missing = new Set(due.map(({ key }) => key));
    const tasks = due.map((node) => this.taskOf(node.key, node, (key) => missing.has(key)));
    this.scheduler = new Scheduler(tasks, options.inventory, options.policy);
  }

  async run(): Promise<Execution> {
    const stop = () => this.stop();
    if (this.options.signal.aborted) stop();
    this.options.signal.addEventListener("abort", stop);
    try {
      await this.openSharing();
      await new Promise<void>((resolve) => {
        this.ended = resolve;
        this.pump();
      });
    } finally {
      this.options.signal.removeEventListener("abort", stop);
      await this.bench.close();
      await this.sharing?.close();
    }
    return {
      manifests: this.manifests,
      failures: this.failures,
      computed: this.computed,
      cached: this.cached,
      shared: this.shared,
      failed: this.failures.size,
      interrupted: this.options.signal.aborted,
      tooLarge: this.tooLarge,
      ...(this.fatal === undefined ? {} : { fatal: this.fatal }),
    };
  }

  private pump(): void {
    for (const assignment of this.scheduler.next(performance.now() / 1000)) {
      this.inFlight += 1;
      this.assign(assignment)
        .catch((error: unknown) => this.abandon(error))
        .finally(() => {
          this.inFlight -= 1;
          this.pump();
        });
    }
    if (this.inFlight === 0 && (!this.sharing?.isWaiting || this.scheduler.isStopped)) this.ended();
  }

  private stop(): void {
    this.scheduler.stop();
    this.halted.abort();
    this.bench.cancel();
    // Perhaps nothing is left but waiting for others.
    this.pump();
  }

  private get isEnding(): boolean {
    return this.options.signal.aborted || this.fatal !== undefined;
  }

  private abandon(error: unknown): void {
    this.fatal ??= error instanceof Error ? error.message : String(error);
    this.stop();
  }

  private async assign({ tasks, slot, recycle }: Assignment): Promise<void> {
    await Promise.all(recycle.map((other) => this.bench.letGo(other)));
    const jobNodes: JobNode[] = [];
    const sent: string[] = [];
    for (const task of tasks) {
      if ((await this.isPeers(task)) || this.refuse(task, slot)) continue;
      const ready = this.jobNode(task);
      if (ready === undefined || (await this.isElsewhere(task))) continue;
      jobNodes.push(ready);
      sent.push(task);
    }
    if (sent.length === 0) return;
    try {
      await this.compute(jobNodes, sent, slot);
      // What waits for the slot or for these results does not wait for the leases.
      this.pump();
    } finally {
      for (const { node } of jobNodes) await this.sharing?.release(node);
    }
  }

  private async compute(jobNodes: readonly JobNode[], sent: readonly string[], slot: number): Promise<void> {
    const nodes = jobNodes.map(({ node }) => node);
    let outcomes: readonly NodeOutcome[];
    try {
      const worker = await this.bench.worker(slot);
      if (this.options.signal.aborted) return;
      for (const task of sent) this.announce(task, slot);
      this.sharing?.underway(nodes, slot);
      outcomes = await worker.run(
        { id: this.jobs++, nodes: jobNodes },
        (progress) => this.options.events.emit({ type: "node.progress", worker: slot, ...progress }),
        (note) => this.hear(note, sent, slot),
      );
    } catch (error) {
      if (!(error instanceof WorkerLostError)) throw error;
      this.loseWorker(sent, slot, error);
      return;
    } finally {
      this.sharing?.underway(nodes, undefined);
    }
    if (outcomes.some((outcome) => !outcome.ok && leavesWorkerUseless(outcome.problem))) {
      await this.bench.letGo(slot);
      this.scheduler.workerGone(slot);
    }
    const byNode = new Map(outcomes.map((outcome) => [outcome.node, outcome]));
    // Nodes that share a pass fail together, also by an input that only one of them has.
    const inputs = jobNodes.flatMap((one) => Object.values(one.inputs));
    for (const task of sent) await this.settle(task, slot, byNode.get(this.node(task).key), inputs);
  }

  private refuse(task: string, slot: number): boolean {
    const refusal = this.memory.refusal(this.node(task), slot);
    if (refusal === undefined) return false;
    this.announce(task, slot);
    this.splitOrFail(task, slot, refusal);
    return true;
  }

  private hear(note: Note, tasks: readonly string[], slot: number): void {
    const task = tasks.find((one) => this.node(one).key === note.node);
    if (task === undefined) return;
    this.options.events.emit(eventOf(note, this.node(task), slot));
    if (note.kind !== "resumed" || note.step <= (this.reached.get(task) ?? 0)) return;
    // The attempts before it came further than the one before them: it is not the node that fails.
    this.reached.set(task, note.step);
    this.attempts.set(task, 1);
  }

  /** Undefined, and the task back to waiting, where an input is being made again. */
  private jobNode(task: string): JobNode | undefined {
    const node = this.node(task);
    if (node.op === "train" && this.tooLarge.has(stepName(node.params))) {
      this.scheduler.setAside(task);
      return undefined;
    }
    const inputs: Record<string, Manifest> = {};
    const waitFor: string[] = [];
    for (const { role, node: key } of node.inputs) {
      const manifest = this.manifests.get(key);
      if (manifest === undefined) waitFor.push(this.repairs.makerOf(key) ?? key);
      else inputs[role] = manifest;
    }
    if (waitFor.length > 0) {
      this.scheduler.returned(task, waitFor);
      return undefined;
    }
    const resource = this.options.resource(node);
    const every = trainsInSteps(node.op)
      ? (this.options.checkpointEvery ?? node.checkpoint ?? DEFAULT_INTERVAL)
      : undefined;
    return {
      node,
      inputs,
      ...(resource === undefined ? {} : { resource }),
      ...(every === undefined ? {} : { checkpointEvery: every }),
    };
  }

  private announce(task: string, slot: number): void {
    const { key, op, label, estimate } = this.node(task);
    const attempt = (this.attempts.get(task) ?? 0) + 1;
    this.attempts.set(task, attempt);
    this.options.events.emit({
      type: "node.started",
      node: key,
      op,
      label,
      worker: slot,
      attempt,
      estimateSeconds: estimate.seconds,
    });
  }

  private loseWorker(tasks: readonly string[], slot: number, error: WorkerLostError): void {
    this.bench.discard(slot);
    this.scheduler.workerGone(slot);
    if (this.isEnding) return;
    if (tasks.some((task) => this.sharing?.isLost(this.node(task)))) {
      for (const task of tasks) this.giveWay(task, slot);
      return;
    }
    this.options.events.emit({ type: "worker.lost", worker: slot, message: error.message });
    for (const task of tasks) {
      if (error.reason === "memory") this.findNoMemory(task, slot, error.message, undefined);
      else this.tryAgain(task, slot, error.message);
    }
  }

  private tryAgain(task: string, slot: number, message: string): void {
    const attempt = this.attempts.get(task) ?? 1;
    if (attempt >= ATTEMPTS) {
      this.fail(task, slot, `${message} (attempt ${attempt} of ${ATTEMPTS})`);
      return;
    }
    const seconds = backoffSeconds(attempt);
    this.scheduler.hold(task);
    this.emitFailure(task, slot, message, { retryInSeconds: seconds });
    this.scheduler.returned(task);
    this.inFlight += 1;
    const { pause = pauseFor } = this.options;
    void pause(seconds * 1000, this.halted.signal).finally(() => {
      this.inFlight -= 1;
      this.scheduler.letGo(task);
      this.pump();
    });
  }

  private findNoMemory(task: string, slot: number, told: string, state: MemoryState | undefined): void {
    const company = this.scheduler.hasCompany(task);
    const verdict = this.memory.verdict({ task, node: this.node(task), slot, company, told, state });
    if (verdict.course === "fail") this.splitOrFail(task, slot, verdict);
    else this.retry(task, slot, verdict.message, [], "alone");
  }

  /** Its steps would find no more of it the next time: it is taken in smaller pieces, by another plan, or has failed. */
  private splitOrFail(task: string, slot: number, { message, reason }: NoMemory): void {
    const node = this.node(task);
    const splitting = node.op === "train" ? this.options.splitting?.(node) : undefined;
    if (splitting?.kind !== "smaller") {
      const remedy = splitting === undefined ? "" : `; ${splitting.remedy}`;
      this.fail(task, slot, `${message}${remedy}`, { reason: `${reason}${remedy}` });
      return;
    }
    this.tooLarge.set(splitting.step, splitting.images);
    const next = `${message}; its batches are taken in pieces of ${splitting.images} images from now on`;
    this.emitFailure(task, slot, next, { retryInSeconds: 0 });
    this.scheduler.setAside(task);
  }

  private async settle(
    task: string,
    slot: number,
    outcome: NodeOutcome | undefined,
    inputs: readonly Manifest[],
  ): Promise<void> {
    if (outcome?.ok) {
      await this.publish(task, slot, outcome);
      return;
    }
    const problem: Problem = outcome?.problem ?? {
      kind: "failed",
      message: "internal error: the worker gave no answer",
      trace: "",
    };
    switch (problem.kind) {
      case "failed":
        this.fail(task, slot, problem.message, problem.kept === undefined ? {} : { kept: problem.kept });
        break;
      case "memory":
        this.findNoMemory(task, slot, problem.message, problem.state);
        break;
      case "device":
        this.tryAgain(task, slot, problem.message);
        break;
      case "damaged":
        await this.remake(task, slot, problem, inputs);
        break;
      case "store":
        throw new StoreError(problem.problem, problem.message);
      case "cancelled":
        // Unless the run is ending, a node of this job went to another run.
        if (!this.isEnding) this.giveWay(task, slot);
        break;
      default:
        problem satisfies never;
    }
  }

  private async publish(task: string, slot: number, outcome: Extract<NodeOutcome, { ok: true }>): Promise<void> {
    const node = this.node(task);
    const made: Manifest = {
      format: 1,
      key: node.key,
      op: node.op,
      outputs: outcome.outputs,
      value: outcome.value,
      seconds: outcome.seconds,
      peakBytes: outcome.peakBytes,
      createdAt: new Date().toISOString(),
      by: this.options.by,
      label: node.label,
      recipe: recipeOf(node),
    };
    const manifest = await this.options.store.publish(made);
    if (trainsInSteps(node.op) || node.op === "dataset.prepare") await this.options.partial?.(node.key).clear();
    if (manifest !== made) {
      // Another run was first, while this one was paused: what is published is never replaced.
      this.take(task, manifest);
      return;
    }
    this.manifests.set(node.key, manifest);
    this.repairs.done(node.key);
    this.computed += 1;
    this.scheduler.finished(task);
    const { key, op, label } = node;
    const { seconds, summary } = outcome;
    this.options.events.emit({ type: "node.finished", node: key, op, label, worker: slot, seconds, summary });
  }

  private fail(task: string, slot: number, message: string, { kept, reason = message }: Telling = {}): void {
    this.options.peers?.gaveUp(this.node(task), reason);
    this.emitFailure(task, slot, kept === undefined ? message : `${message}. ${kept}`, "final");
    const cause = this.node(task);
    this.failures.set(cause.key, reason);
    for (const skipped of this.scheduler.failed(task)) {
      const { key, op, label } = this.node(skipped.task);
      this.failures.set(key, `needs ${cause.label}, which failed: ${reason}`);
      this.options.events.emit({ type: "node.skipped", node: key, op, label, because: cause.key });
    }
  }

  private retry(
    task: string,
    slot: number,
    message: string,
    waitFor: readonly string[],
    company: "any" | "alone" = "any",
  ): void {
    this.emitFailure(task, slot, message, { retryInSeconds: 0 });
    this.scheduler.returned(task, waitFor, company);
  }

  private emitFailure(
    task: string,
    slot: number,
    message: string,
    then: "final" | { readonly retryInSeconds: number },
  ): void {
    const { key, op, label } = this.node(task);
    const about = { node: key, op, label, worker: slot, attempt: this.attempts.get(task) ?? 1, message };
    const fate = then === "final" ? { willRetry: false } : { willRetry: true, ...then };
    this.options.events.emit({ type: "node.failed", ...about, ...fate });
  }

  private async remake(
    task: string,
    slot: number,
    { ref, damage }: Extract<Problem, { kind: "damaged" }>,
    inputs: readonly Manifest[],
  ): Promise<void> {
    const repair = await this.repairs.mend(task, ref, inputs);
    if (repair.kind === "hopeless") {
      this.fail(task, slot, `a cached input stays ${damage}; look at the disk of the cache`);
      return;
    }
    // It is no attempt of the task's.
    this.attempts.set(task, (this.attempts.get(task) ?? 1) - 1);
    this.retry(task, slot, `a cached input was ${damage} and is computed again`, repair.waitFor);
  }

  private scheduleAgain(node: PlanNode, after: readonly string[]): string {
    const name = `${node.key}#${this.taskNodes.size}`;
    this.scheduler.add([{ ...this.taskOf(name, node, () => false), after }]);
    return name;
  }

  private async openSharing(): Promise<void> {
    const { openLeases, store, events } = this.options;
    // A run that finds everything needs no lease, and may read a cache it cannot write to.
    if (openLeases === undefined || this.scheduler.remaining.length === 0) return;
    const host = {
      park: (task: string) => this.scheduler.parked(task),
      resume: (task: string) => {
        this.scheduler.resumed(task);
        this.pump();
      },
      take: (task: string, manifest: Manifest) => {
        this.take(task, manifest);
        this.pump();
      },
      interrupt: (slot: number) => this.bench.cancelJob(slot),
      abandon: (error: unknown) => this.abandon(error),
    };
    try {
      this.sharing = new Sharing({ leases: await openLeases(), store, events, host });
    } catch (error) {
      this.abandon(error);
    }
  }

  /** Whether the task is a peer's to compute, or was, in vain. */
  private async isPeers(task: string): Promise<boolean> {
    const node = this.node(task);
    const verdict = await this.options.peers?.verdict(node);
    switch (verdict?.kind) {
      case undefined:
      case "ours":
        return false;
      case "theirs":
        await this.sharing?.watch(task, node);
        return this.sharing !== undefined;
      case "failed":
        this.failures.set(node.key, verdict.message);
        this.scheduler.failed(task);
        return true;
      case "over":
        this.scheduler.setAside(task);
        this.scheduler.stop();
        return true;
      default:
        return verdict satisfies never;
    }
  }

  /** Whether the task is no longer, or not now, to be computed here: done by another run, or being done. */
  private async isElsewhere(task: string): Promise<boolean> {
    return this.sharing !== undefined && !(await this.sharing.claim(task, this.node(task)));
  }

  /** A result of another run. */
  private take(task: string, manifest: Manifest): void {
    const { key, op, label, estimate } = this.node(task);
    this.manifests.set(key, manifest);
    this.repairs.done(key);
    this.shared += 1;
    this.scheduler.finished(task);
    const [savedSeconds, estimateSeconds] = [manifest.seconds, estimate.seconds];
    this.options.events.emit({ type: "node.shared", node: key, op, label, savedSeconds, estimateSeconds });
  }

  /** The job was interrupted because another run has taken over one of its nodes. */
  private giveWay(task: string, slot: number): void {
    this.attempts.set(task, (this.attempts.get(task) ?? 1) - 1);
    this.retry(task, slot, "another run has taken it over, or a node computed with it", []);
  }

  private taskOf(id: string, node: PlanNode, waits: (key: NodeKey) => boolean): Task {
    this.taskNodes.set(id, node);
    const group = passGroup(node);
    return {
      id,
      after: [...new Set(this.waits.needs(node).filter(waits))],
      behind: this.waits.behind(node).filter(waits),
      seconds: node.estimate.seconds,
      memory: node.estimate.memory,
      deviceMemory: node.estimate.deviceMemory,
      ...(group === undefined ? {} : { group }),
    };
  }

  private node(task: string): PlanNode {
    const node = this.taskNodes.get(task);
    if (node === undefined) throw new Error(`internal error: no task ${task}`);
    return node;
  }
}
