/** Tasks as the scheduler keeps them, and the order in which they should start. */

import type { Footprint, MemoryNeed } from "./memory.js";

export interface Task extends MemoryNeed {
  readonly id: string;
  /** Ids of tasks that must be done before. */
  readonly after: readonly string[];
  /** Ids of tasks that must have ended before, well or not. */
  readonly behind?: readonly string[];
  readonly seconds: number;
  /** Ready tasks of one group go to one slot together; none waits for the rest of its group. */
  readonly group?: string;
}

export type TaskState = "waiting" | "running" | "parked" | "done" | "failed" | "skipped";

export interface Entry {
  readonly task: Task;
  readonly order: number;
  readonly dependents: string[];
  /** Those that wait for its end, whatever it is. */
  readonly watchers: string[];
  readonly need: Footprint;
  /** Seconds from its start to the end of all that waits for it, if nothing else had to run; as it was when it came. */
  path: number;
  /** How many tasks waited for it when it came. */
  followers: number;
  /** How many tasks it still waits for. */
  open: number;
  state: TaskState;
  /** Given up after a lost attempt, so that one bad probe cannot take its group down three times. */
  group: string | undefined;
  /** `alone`: on a machine of its own, so that no neighbour's memory can be what it lacks. */
  company: "any" | "alone";
}

/** A strict total order, and the same for as long as the entries live. */
export function comesFirst(a: Entry, b: Entry): boolean {
  if (a.path !== b.path) return a.path > b.path;
  if (a.followers !== b.followers) return a.followers > b.followers;
  return a.order < b.order;
}

/** Fills in `path` and `followers` of entries that came together, from the last tasks back to the first. */
export function measurePaths(added: readonly Entry[], entry: (id: string) => Entry): void {
  const mine = new Set(added.map(({ task }) => task.id));
  const waits = ({ after, behind = [] }: Task) => [...after, ...behind].filter((id) => mine.has(id)).length;
  const open = new Map(added.map(({ task }) => [task.id, waits(task)]));
  const order = added.filter(({ task }) => open.get(task.id) === 0);
  for (const before of order) {
    for (const id of [...before.dependents, ...before.watchers]) {
      const left = (open.get(id) ?? 0) - 1;
      open.set(id, left);
      if (left === 0) order.push(entry(id));
    }
  }
  if (order.length !== added.length) throw new RangeError("tasks wait for each other in a circle");
  for (const before of order.reverse()) {
    let longest = 0;
    for (const id of before.dependents) longest = Math.max(longest, entry(id).path);
    for (const id of before.watchers) longest = Math.max(longest, entry(id).path);
    before.path = before.task.seconds + longest;
    before.followers = before.dependents.length + before.watchers.length;
  }
}
