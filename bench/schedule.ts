/**
 * Scheduling 10,000 tasks of every shape of test/support/graphs.ts on 1 to 16 identical slots with a simulated clock:
 * how long the schedule is over what no schedule can beat (aim: a median of at most 1.1), and what deciding costs.
 *
 *     npx tsc -p bench && node dist/bench/schedule.js [TASKS]
 */

import { type Inventory, simulate } from "../src/runtime/schedule/index.js";
import { family, lowerBound } from "../test/support/graphs.js";
import { median } from "./median.js";

const MACHINES = [1, 2, 4, 8, 16];
const [count = 10_000] = process.argv.slice(2).map(Number);
const machine = (slots: number): Inventory => ({
  hostBytes: 64e9,
  places: [{ name: "cpu", memoryBytes: undefined }],
  slots: new Array<number>(slots).fill(0),
});

const ratios: number[] = [];
const costs: number[] = [];
console.log(`longer than the bound on ${MACHINES.join(", ")} slots; microseconds of processor a task`);
for (const { name, seed, tasks } of family(count)) {
  const from = process.cpuUsage();
  const row = MACHINES.map((slots) => simulate(tasks, machine(slots)).seconds / lowerBound(tasks, slots));
  const { user, system } = process.cpuUsage(from);
  const cost = (user + system) / (MACHINES.length * count);
  console.log(`${row.map((ratio) => ratio.toFixed(3)).join(" ")}  ${cost.toFixed(0)} µs  ${name}, seed ${seed}`);
  ratios.push(...row);
  costs.push(cost);
}
console.log(`median ${median(ratios).toFixed(4)}, worst ${Math.max(...ratios).toFixed(3)}, ${ratios.length} schedules`);
console.log(`median ${median(costs).toFixed(0)} µs a task, the clock's own work and the bound's included`);
