/**
 * Decides what runs next and where; pure, so that it is tested with a simulated clock and invented machines. Tasks on
 * the longest remaining path come first; among equals the one that more work waits for.
 */

import { Heap } from "./heap.js";

export interface Task {
  readonly id: string;
  /** Ids of tasks that must be done before. */
  readonly after: readonly string[];
  readonly seconds: number;
  /** Peak bytes while it runs. */
  readonly memory: number;
}

/** What there is to run on; found on the machine or injected. */
export interface Inventory {
  /** Workers that may run at once. */
  readonly slots: number;
  readonly memoryBytes: number;
}

export type FailurePolicy = "keep-going" | "fail-fast";

export interface Assignment {
  readonly task: string;
  readonly slot: number;
}

export interface Skip {
  readonly task: string;
  /** The task that failed. */
  readonly because: string;
}

type TaskState = "waiting" | "running" | "done" | "failed" | "skipped";

interface Entry {
  readonly task: Task;
  readonly order: number;
  readonly dependents: string[];
  /** Seconds from its start to the end of all that waits for it, if nothing else had to run. */
  path: number;
  /** How many tasks it still waits for. */
  open: number;
  state: TaskState;
}

function comesFirst(a: Entry, b: Entry): boolean {
  if (a.path !== b.path) return a.path > b.path;
  if (a.dependents.length !== b.dependents.length) return a.dependents.length > b.dependents.length;
  return a.order < b.order;
}

export class Scheduler {
  private readonly entries = new Map<string, Entry>();
  private readonly ready = new Heap<Entry>(comesFirst);
  private readonly freeSlots: number[];
  private readonly slotOf = new Map<string, number>();
  private memoryInUse = 0;
  private stopped = false;

  /** @throws RangeError where a task waits for one that is not there, or tasks wait for each other in a circle. */
  constructor(
    tasks: readonly Task[],
    private readonly inventory: Inventory,
    private readonly policy: FailurePolicy,
  ) {
    this.freeSlots = Array.from({ length: Math.max(1, inventory.slots) }, (_, slot) => slot);
    this.add(tasks);
  }

  /** More tasks, waiting for each other or for any already here. */
  add(tasks: readonly Task[]): void {
    const added = tasks.map((task) => this.enter(task));
    for (const entry of added) {
      for (const id of entry.task.after) {
        const before = this.entry(id);
        before.dependents.push(entry.task.id);
        if (before.state !== "done") entry.open += 1;
      }
    }
    measurePaths(added, (id) => this.entry(id));
    for (const entry of added) if (entry.open === 0) this.ready.push(entry);
  }

  /** Tasks to start now. The caller tells how each ended with `finished`, `failed` or `returned`. */
  next(): readonly Assignment[] {
    const started: Assignment[] = [];
    const tooLarge: Entry[] = [];
    while (!this.stopped && this.freeSlots.length > 0) {
      const entry = this.ready.pop();
      if (entry === undefined) break;
      if (entry.state !== "waiting" || entry.open > 0) continue;
      if (!this.fits(entry.task)) {
        tooLarge.push(entry);
        continue;
      }
      const slot = this.freeSlots.shift() ?? 0;
      entry.state = "running";
      this.slotOf.set(entry.task.id, slot);
      this.memoryInUse += entry.task.memory;
      started.push({ task: entry.task.id, slot });
    }
    for (const entry of tooLarge) this.ready.push(entry);
    return started;
  }

  finished(id: string): void {
    const entry = this.release(id);
    entry.state = "done";
    for (const name of entry.dependents) {
      const dependent = this.entry(name);
      dependent.open -= 1;
      if (dependent.open === 0 && dependent.state === "waiting") this.ready.push(dependent);
    }
  }

  /** Marks all that waits for it as skipped and says which. Under `fail-fast` nothing new starts afterwards. */
  failed(id: string): readonly Skip[] {
    const entry = this.release(id);
    entry.state = "failed";
    if (this.policy === "fail-fast") this.stopped = true;
    const skipped: Skip[] = [];
    const open = [...entry.dependents];
    for (let name = open.pop(); name !== undefined; name = open.pop()) {
      const dependent = this.entry(name);
      if (dependent.state !== "waiting") continue;
      dependent.state = "skipped";
      skipped.push({ task: name, because: id });
      open.push(...dependent.dependents);
    }
    return skipped;
  }

  /** A running task goes back to waiting: its attempt was lost, or the tasks named have to be done first. */
  returned(id: string, waitFor: readonly string[] = []): void {
    const entry = this.release(id);
    entry.state = "waiting";
    for (const name of waitFor) {
      const before = this.entry(name);
      if (before.state === "done") continue;
      before.dependents.push(id);
      entry.open += 1;
    }
    if (entry.open === 0) this.ready.push(entry);
  }

  /** Nothing new starts from now on. */
  stop(): void {
    this.stopped = true;
  }

  get running(): readonly string[] {
    return [...this.slotOf.keys()];
  }

  /** Tasks that never started. */
  get remaining(): readonly string[] {
    return [...this.entries.values()].filter(({ state }) => state === "waiting").map(({ task }) => task.id);
  }

  /** A task larger than the machine still runs, alone: the estimate may be wrong, waiting for ever certainly is. */
  private fits(task: Task): boolean {
    return this.slotOf.size === 0 || this.memoryInUse + task.memory <= this.inventory.memoryBytes;
  }

  private enter(task: Task): Entry {
    const entry: Entry = {
      task,
      order: this.entries.size,
      dependents: [],
      path: task.seconds,
      open: 0,
      state: "waiting",
    };
    this.entries.set(task.id, entry);
    return entry;
  }

  private release(id: string): Entry {
    const entry = this.entry(id);
    const slot = this.slotOf.get(id);
    if (entry.state !== "running" || slot === undefined) throw new RangeError(`task ${id} is not running`);
    this.slotOf.delete(id);
    this.freeSlots.push(slot);
    this.freeSlots.sort((a, b) => a - b);
    this.memoryInUse -= entry.task.memory;
    return entry;
  }

  private entry(id: string): Entry {
    const entry = this.entries.get(id);
    if (entry === undefined) throw new RangeError(`no task ${id}`);
    return entry;
  }
}

/** Fills in every entry's `path`, from the last tasks back to the first. */
function measurePaths(added: readonly Entry[], entry: (id: string) => Entry): void {
  const mine = new Set(added.map(({ task }) => task.id));
  const open = new Map(added.map(({ task }) => [task.id, task.after.filter((id) => mine.has(id)).length]));
  const order = added.filter(({ task }) => open.get(task.id) === 0);
  for (const before of order) {
    for (const id of before.dependents) {
      const left = (open.get(id) ?? 0) - 1;
      open.set(id, left);
      if (left === 0) order.push(entry(id));
    }
  }
  if (order.length !== added.length) throw new RangeError("tasks wait for each other in a circle");
  for (const before of order.reverse()) {
    let longest = 0;
    for (const id of before.dependents) longest = Math.max(longest, entry(id).path);
    before.path = before.task.seconds + longest;
  }
}
