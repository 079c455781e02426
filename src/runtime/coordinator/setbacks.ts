/**
 * What becomes of a task that did not come to its end: another attempt, alone or in smaller pieces, a repair of what it
 * reads, or failure, with all that waits for it.
 */

import type { NodeFor, NodeKey } from "../../compiler/plan/types.js";
import type { EventSink } from "../journal/journal.js";
import type { Splitting } from "../run/micro-batches.js";
import type { Scheduler } from "../schedule/scheduler.js";
import type { Manifest } from "../store/types.js";
import type { MemoryState, Problem } from "../workers/types.js";
import { backoffSeconds } from "./backoff.js";
import type { MemoryPolicy, NoMemory } from "./memory-policy.js";
import type { Peers } from "./peers.js";
import type { Repairs } from "./repairs.js";
import type { TaskList } from "./task-list.js";

/** The first and two more. */
const ATTEMPTS = 3;

interface Telling {
  /** A sentence more for whoever watches. */
  readonly kept?: string;
  /** For the results, where the message holds what is another number each time. */
  readonly reason?: string;
}

export interface SetbackDeps {
  readonly tasks: TaskList;
  readonly scheduler: Scheduler;
  readonly memory: MemoryPolicy;
  readonly repairs: Repairs;
  readonly events: EventSink;
  readonly peers: Peers | undefined;
  readonly splitting: ((node: NodeFor<"train">) => Splitting) | undefined;
  /** Calls back after so long, or as soon as nothing new is to start. */
  wait(seconds: number, then: () => void): void;
}

export class Setbacks {
  /** Trainings set aside because their steps find no memory, by `stepName`: how many images to take at once instead. */
  readonly tooLarge = new Map<string, number>();
  readonly #attempts = new Map<string, number>();
  /** The furthest step a task went on from. */
  readonly #reached = new Map<string, number>();

  /** @param failures why nodes failed; gains those that do */
  constructor(
    private readonly deps: SetbackDeps,
    readonly failures: Map<NodeKey, string>,
  ) {}

  /** The number of the attempt that begins. */
  begun(task: string): number {
    const attempt = (this.#attempts.get(task) ?? 0) + 1;
    this.#attempts.set(task, attempt);
    return attempt;
  }

  /** An attempt that goes on from further than the ones before: it is not the node that fails. */
  resumed(task: string, step: number): void {
    if (step <= (this.#reached.get(task) ?? 0)) return;
    this.#reached.set(task, step);
    this.#attempts.set(task, 1);
  }

  tryAgain(task: string, slot: number, message: string): void {
    const attempt = this.#attempts.get(task) ?? 1;
    if (attempt >= ATTEMPTS) {
      this.fail(task, slot, `${message} (attempt ${attempt} of ${ATTEMPTS})`);
      return;
    }
    const seconds = backoffSeconds(attempt);
    this.deps.scheduler.hold(task);
    this.emitFailure(task, slot, message, { retryInSeconds: seconds });
    this.deps.scheduler.returned(task);
    this.deps.wait(seconds, () => this.deps.scheduler.letGo(task));
  }

  findNoMemory(task: string, slot: number, told: string, state: MemoryState | undefined): void {
    const company = this.deps.scheduler.hasCompany(task);
    const verdict = this.deps.memory.verdict({ task, node: this.deps.tasks.node(task), slot, company, told, state });
    if (verdict.course === "fail") this.splitOrFail(task, slot, verdict);
    else this.retry(task, slot, verdict.message, [], "alone");
  }

  /** Its steps would find no more of it the next time: it is taken in smaller pieces, by another plan, or has failed. */
  splitOrFail(task: string, slot: number, { message, reason }: NoMemory): void {
    const node = this.deps.tasks.node(task);
    const splitting = node.op === "train" ? this.deps.splitting?.(node) : undefined;
    if (splitting?.kind !== "smaller") {
      const remedy = splitting === undefined ? "" : `; ${splitting.remedy}`;
      this.fail(task, slot, `${message}${remedy}`, { reason: `${reason}${remedy}` });
      return;
    }
    this.tooLarge.set(splitting.step, splitting.images);
    const next = `${message}; its batches are taken in pieces of ${splitting.images} images from now on`;
    this.emitFailure(task, slot, next, { retryInSeconds: 0 });
    this.deps.scheduler.setAside(task);
  }

  fail(task: string, slot: number, message: string, { kept, reason = message }: Telling = {}): void {
    this.deps.peers?.gaveUp(this.deps.tasks.node(task), reason);
    this.emitFailure(task, slot, kept === undefined ? message : `${message}. ${kept}`, "final");
    const cause = this.deps.tasks.node(task);
    this.failures.set(cause.key, reason);
    for (const skipped of this.deps.scheduler.failed(task)) {
      const { key, op, label } = this.deps.tasks.node(skipped.task);
      this.failures.set(key, `needs ${cause.label}, which failed: ${reason}`);
      this.deps.events.emit({ type: "node.skipped", node: key, op, label, because: cause.key });
    }
  }

  retry(
    task: string,
    slot: number,
    message: string,
    waitFor: readonly string[],
    company: "any" | "alone" = "any",
  ): void {
    this.emitFailure(task, slot, message, { retryInSeconds: 0 });
    this.deps.scheduler.returned(task, waitFor, company);
  }

  private emitFailure(
    task: string,
    slot: number,
    message: string,
    then: "final" | { readonly retryInSeconds: number },
  ): void {
    const { key, op, label } = this.deps.tasks.node(task);
    const about = { node: key, op, label, worker: slot, attempt: this.#attempts.get(task) ?? 1, message };
    const fate = then === "final" ? { willRetry: false } : { willRetry: true, ...then };
    this.deps.events.emit({ type: "node.failed", ...about, ...fate });
  }

  async remake(
    task: string,
    slot: number,
    { ref, damage }: Extract<Problem, { kind: "damaged" }>,
    inputs: readonly Manifest[],
  ): Promise<void> {
    const repair = await this.deps.repairs.mend(task, ref, inputs);
    if (repair.kind === "hopeless") {
      this.fail(task, slot, `a cached input stays ${damage}; look at the disk of the cache`);
      return;
    }
    // It is no attempt of the task's.
    this.#attempts.set(task, (this.#attempts.get(task) ?? 1) - 1);
    this.retry(task, slot, `a cached input was ${damage} and is computed again`, repair.waitFor);
  }

  /** The job was interrupted because another run has taken over one of its nodes. */
  giveWay(task: string, slot: number): void {
    this.#attempts.set(task, (this.#attempts.get(task) ?? 1) - 1);
    this.retry(task, slot, "another run has taken it over, or a node computed with it", []);
  }
}
