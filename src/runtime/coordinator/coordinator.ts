/**
 * Runs a plan: asks the store what is there, sends the rest to workers in the scheduler's order, publishes what comes
 * back and tells the journal. What another run is computing is waited for. A worker that dies costs one attempt; a
 * damaged blob sends its maker back to work; a full disk or a wish to stop ends the run with everything finished kept.
 */

import { stepName } from "../../compiler/plan/index.js";
import type { NodeKey, PlanNode } from "../../compiler/plan/types.js";
import { type Assignment, Scheduler } from "../schedule/scheduler.js";
import { StoreError } from "../store/errors.js";
import type { Manifest } from "../store/types.js";
import { type JobNode, type NodeOutcome, type Note, type Problem, WorkerLostError } from "../workers/types.js";
import { pauseFor } from "./backoff.js";
import { stillToDo } from "./carried.js";
import { Crew } from "./crew.js";
import { dataFirst } from "./data-first.js";
import { type Demand, demandOf } from "./demand.js";
import type { CoordinatorOptions, Execution } from "./execution.js";
import { jobNode } from "./job-node.js";
import { leavesWorkerUseless, MemoryPolicy } from "./memory-policy.js";
import { eventOf } from "./notes.js";
import { Repairs } from "./repairs.js";
import { Results } from "./results.js";
import { Setbacks } from "./setbacks.js";
import { Sharing } from "./sharing.js";
import { TaskList } from "./task-list.js";

export async function execute(options: CoordinatorOptions): Promise<Execution> {
  const demand = options.demand ?? (await demandOf(options.plan, options.store));
  return new Coordinator(options, demand).run();
}

class Coordinator {
  private readonly nodes: ReadonlyMap<NodeKey, PlanNode>;
  private readonly manifests: Map<NodeKey, Manifest>;
  private readonly scheduler: Scheduler;
  private readonly tasks: TaskList;
  private readonly memory: MemoryPolicy;
  private readonly setbacks: Setbacks;
  private readonly repairs: Repairs;
  private readonly results: Results;
  private readonly crew: Crew;
  private sharing: Sharing | undefined;
  private readonly cached: number;
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
    const waits = dataFirst(options.plan.nodes);
    this.tasks = new TaskList(waits);
    const failures = new Map(options.failed);
    const labelOf = (key: NodeKey) => this.nodes.get(key)?.label ?? "an input";
    const due = stillToDo(demand.missing, failures, { waits, labelOf });
    const missing = new Set(due.map(({ key }) => key));
    const tasks = due.map((node) => this.tasks.add(node.key, node, (key) => missing.has(key)));
    this.scheduler = new Scheduler(tasks, options.inventory, options.policy);
    const schedule = (node: PlanNode, after: readonly string[]) => this.scheduleAgain(node, after);
    this.repairs = new Repairs({ nodes: this.nodes, manifests: this.manifests, store: options.store, schedule });
    this.crew = new Crew(options.startWorker);
    this.memory = new MemoryPolicy(options.inventory, options.devices ?? []);
    const { tasks: list, scheduler, memory, repairs } = this;
    const { events, peers, splitting } = options;
    this.results = new Results({ ...options, tasks: list, scheduler, repairs }, this.manifests);
    const wait = (seconds: number, then: () => void) => this.wait(seconds, then);
    const deps = { tasks: list, scheduler, memory, repairs, events, peers, splitting, wait };
    this.setbacks = new Setbacks(deps, failures);
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
      await this.crew.close();
      await this.sharing?.close();
    }
    return {
      manifests: this.manifests,
      failures: this.setbacks.failures,
      computed: this.results.computed,
      cached: this.cached,
      shared: this.results.shared,
      failed: this.setbacks.failures.size,
      interrupted: this.options.signal.aborted,
      tooLarge: this.setbacks.tooLarge,
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
    this.crew.cancel();
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
    await Promise.all(recycle.map((other) => this.crew.letGo(other)));
    const jobNodes: JobNode[] = [];
    const sent: string[] = [];
    for (const task of tasks) {
      if ((await this.isPeers(task)) || this.refuse(task, slot)) continue;
      const ready = this.ready(task);
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
      const worker = await this.crew.worker(slot);
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
      await this.crew.letGo(slot);
      this.scheduler.workerGone(slot);
    }
    const byNode = new Map(outcomes.map((outcome) => [outcome.node, outcome]));
    // Nodes that share a pass fail together, also by an input that only one of them has.
    const inputs = jobNodes.flatMap((one) => Object.values(one.inputs));
    for (const task of sent) await this.settle(task, slot, byNode.get(this.tasks.node(task).key), inputs);
  }

  private refuse(task: string, slot: number): boolean {
    const refusal = this.memory.refusal(this.tasks.node(task), slot);
    if (refusal === undefined) return false;
    this.announce(task, slot);
    this.setbacks.splitOrFail(task, slot, refusal);
    return true;
  }

  private hear(note: Note, tasks: readonly string[], slot: number): void {
    const task = tasks.find((one) => this.tasks.node(one).key === note.node);
    if (task === undefined) return;
    this.options.events.emit(eventOf(note, this.tasks.node(task), slot));
    if (note.kind === "resumed") this.setbacks.resumed(task, note.step);
  }

  /** Undefined, and the task back to waiting, where an input is being made again. */
  private ready(task: string): JobNode | undefined {
    const node = this.tasks.node(task);
    if (node.op === "train" && this.setbacks.tooLarge.has(stepName(node.params))) {
      this.scheduler.setAside(task);
      return undefined;
    }
    const found = jobNode(node, this.manifests, this.repairs, this.options);
    if (found.kind === "ready") return found.job;
    this.scheduler.returned(task, found.after);
    return undefined;
  }

  private announce(task: string, slot: number): void {
    const { key, op, label, estimate } = this.tasks.node(task);
    const attempt = this.setbacks.begun(task);
    this.options.events.emit({
      type: "node.started",
      node: key,
      op,
      label,
      worker: slot,
      attempt,
      estimateSeconds: estimate.seconds,
      ...(estimate.atMost ? { atMost: true } : {}),
    });
  }

  private loseWorker(tasks: readonly string[], slot: number, error: WorkerLostError): void {
    this.crew.discard(slot);
    this.scheduler.workerGone(slot);
    if (this.isEnding) return;
    if (tasks.some((task) => this.sharing?.isLost(this.tasks.node(task)))) {
      for (const task of tasks) this.setbacks.giveWay(task, slot);
      return;
    }
    this.options.events.emit({ type: "worker.lost", worker: slot, message: error.message });
    for (const task of tasks) {
      if (error.reason === "memory") this.setbacks.findNoMemory(task, slot, error.message, undefined);
      else this.setbacks.tryAgain(task, slot, error.message);
    }
  }

  private async settle(
    task: string,
    slot: number,
    outcome: NodeOutcome | undefined,
    inputs: readonly Manifest[],
  ): Promise<void> {
    if (outcome?.ok) {
      await this.results.publish(task, slot, outcome);
      return;
    }
    const problem: Problem = outcome?.problem ?? {
      kind: "failed",
      message: "internal error: the worker gave no answer",
      trace: "",
    };
    switch (problem.kind) {
      case "failed":
        this.setbacks.fail(task, slot, problem.message, problem.kept === undefined ? {} : { kept: problem.kept });
        break;
      case "memory":
        this.setbacks.findNoMemory(task, slot, problem.message, problem.state);
        break;
      case "device":
        this.setbacks.tryAgain(task, slot, problem.message);
        break;
      case "damaged":
        await this.setbacks.remake(task, slot, problem, inputs);
        break;
      case "store":
        throw new StoreError(problem.problem, problem.message);
      case "cancelled":
        // Unless the run is ending, a node of this job went to another run.
        if (!this.isEnding) this.setbacks.giveWay(task, slot);
        break;
      default:
        problem satisfies never;
    }
  }

  private scheduleAgain(node: PlanNode, after: readonly string[]): string {
    const task = this.tasks.again(node, after);
    this.scheduler.add([task]);
    return task.id;
  }

  /** The run is not over while it waits. */
  private wait(seconds: number, then: () => void): void {
    this.inFlight += 1;
    const { pause = pauseFor } = this.options;
    void pause(seconds * 1000, this.halted.signal).finally(() => {
      this.inFlight -= 1;
      then();
      this.pump();
    });
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
        this.results.take(task, manifest);
        this.pump();
      },
      interrupt: (slot: number) => this.crew.cancelJob(slot),
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
    const node = this.tasks.node(task);
    const verdict = await this.options.peers?.verdict(node);
    switch (verdict?.kind) {
      case undefined:
      case "ours":
        return false;
      case "theirs":
        await this.sharing?.watch(task, node);
        return this.sharing !== undefined;
      case "failed":
        this.setbacks.failures.set(node.key, verdict.message);
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
    return this.sharing !== undefined && !(await this.sharing.claim(task, this.tasks.node(task)));
  }
}
