/** What nodes came to: published where this run computed it, taken where another run was first. */

import { trainsInSteps } from "../../compiler/plan/trainings.js";
import type { NodeKey } from "../../compiler/plan/types.js";
import type { Scheduler } from "../schedule/scheduler.js";
import type { Manifest } from "../store/types.js";
import type { NodeOutcome } from "../workers/types.js";
import type { CoordinatorOptions } from "./execution.js";
import { recipeOf } from "./manifests.js";
import type { Repairs } from "./repairs.js";
import type { TaskList } from "./task-list.js";

interface ResultsDeps extends Pick<CoordinatorOptions, "store" | "events" | "partial" | "by"> {
  readonly tasks: TaskList;
  readonly scheduler: Scheduler;
  readonly repairs: Repairs;
}

export class Results {
  computed = 0;
  shared = 0;

  constructor(
    private readonly deps: ResultsDeps,
    private readonly manifests: Map<NodeKey, Manifest>,
  ) {}

  async publish(task: string, slot: number, outcome: Extract<NodeOutcome, { ok: true }>): Promise<void> {
    const { tasks, store, events, partial, by } = this.deps;
    const node = tasks.node(task);
    const { key, op, label } = node;
    const { outputs, value, seconds, peakBytes, summary } = outcome;
    const made: Manifest = {
      format: 1,
      key,
      op,
      outputs,
      value,
      seconds,
      peakBytes,
      createdAt: new Date().toISOString(),
      by,
      label,
      recipe: recipeOf(node),
    };
    const manifest = await store.publish(made);
    if (trainsInSteps(op) || op === "dataset.prepare") await partial?.(key).clear();
    if (manifest !== made) {
      // Another run was first, while this one was paused: what is published is never replaced.
      this.take(task, manifest);
      return;
    }
    this.computed += 1;
    this.keep(task, manifest);
    events.emit({ type: "node.finished", node: key, op, label, worker: slot, seconds, summary });
  }

  /** A result of another run. */
  take(task: string, manifest: Manifest): void {
    const { key, op, label, estimate } = this.deps.tasks.node(task);
    this.shared += 1;
    this.keep(task, manifest);
    const [savedSeconds, estimateSeconds] = [manifest.seconds, estimate.seconds];
    this.deps.events.emit({ type: "node.shared", node: key, op, label, savedSeconds, estimateSeconds });
  }

  private keep(task: string, manifest: Manifest): void {
    const { key } = this.deps.tasks.node(task);
    this.manifests.set(key, manifest);
    this.deps.repairs.done(key);
    this.deps.scheduler.finished(task);
  }
}
