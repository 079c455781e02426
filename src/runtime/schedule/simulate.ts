/** How long a set of tasks takes on a machine, by running the scheduler against a clock of its own. */

import type { Inventory } from "./inventory.js";
import { type Assignment, Scheduler, type Task } from "./scheduler.js";

export interface SimulatedStart extends Assignment {
  readonly at: number;
  readonly until: number;
}

export interface Simulation {
  /** Wall time, seconds. */
  readonly seconds: number;
  readonly starts: readonly SimulatedStart[];
}

export function simulate(tasks: readonly Task[], inventory: Inventory): Simulation {
  const scheduler = new Scheduler(tasks, inventory, "keep-going");
  const seconds = new Map(tasks.map((task) => [task.id, task.seconds]));
  const starts: SimulatedStart[] = [];
  let running: SimulatedStart[] = [];
  let now = 0;
  for (;;) {
    for (const assignment of scheduler.next(now)) {
      const start = {
        ...assignment,
        at: now,
        until: now + sum(assignment.tasks.map((task) => seconds.get(task) ?? 0)),
      };
      starts.push(start);
      running.push(start);
    }
    if (running.length === 0) return { seconds: now, starts };
    now = Math.min(...running.map(({ until }) => until));
    for (const id of running.filter(({ until }) => until === now).flatMap(({ tasks: ids }) => ids)) {
      scheduler.finished(id);
    }
    running = running.filter(({ until }) => until > now);
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
