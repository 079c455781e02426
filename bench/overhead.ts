/**
 * What the runtime adds to a run whose nodes take 1 to 1.5 s each, on eight slots: from the first node's start to the last
 * one's end, over what the scheduler's own simulation of the plan takes. Aim: < 1 %. Nodes are slept through in this very
 * process; everything else (leases, blobs, manifests, the journal) is as in any run.
 *
 *     npx tsc -p bench && node dist/bench/overhead.js [SECONDS] [REPEATS] [SLOTS]
 */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { passGroup } from "../src/compiler/plan/passes.js";
import type { PlanNode } from "../src/compiler/plan/types.js";
import type { RunEvent } from "../src/runtime/journal/events.js";
import { openStudy } from "../src/runtime/run/open.js";
import { planStudy } from "../src/runtime/run/planned.js";
import { runStudy } from "../src/runtime/run/run.js";
import { simulate, type Task } from "../src/runtime/schedule/index.js";
import { localWorker } from "../src/runtime/workers/index.js";
import { manyStudy, STUB_ENGINE, stubEngine, stubOps } from "./stub.js";

const [seconds = 1, repeats = 1, slots = 8] = process.argv.slice(2).map(Number);
const folder = mkdtempSync(join(tmpdir(), "xferc-bench-"));
try {
  writeFileSync(join(folder, "many.xfer"), manyStudy(repeats));
  writeFileSync(join(folder, "xfer.config.json"), "{}\n");
  const place = { cwd: folder, environment: {}, study: "many.xfer", data: [], set: [], only: [], cache: "cache" };
  const wish = { engine: STUB_ENGINE, device: "cpu", threads: undefined, jobs: slots, microBatch: undefined } as const;
  const planned = await planStudy(await openStudy(place), wish);
  if (!planned.ok) throw new Error(planned.diagnostics.map(({ message }) => message).join("\n"));
  const { compute, store } = planned;
  // as long as they take and no larger, so that the order is the simulation's
  const none = { memory: 0, deviceMemory: 0 };
  const secondsOf = ({ key }: PlanNode) => seconds * (1 + Number.parseInt(key.slice(0, 8), 16) / 2 ** 33);
  const all = planned.plan.nodes.map((node) => {
    return { ...node, estimate: { ...node.estimate, ...none, seconds: secondsOf(node) } };
  });
  const plan = { ...planned.plan, nodes: all };
  const missing = all.filter(({ key }) => planned.demand.missing.some((one) => one.key === key));

  const tasks = plan.nodes.map((node): Task => {
    const group = passGroup(node);
    const after = [...new Set(node.inputs.map((input) => input.node))];
    return { id: node.key, after, seconds: secondsOf(node), ...none, ...(group === undefined ? {} : { group }) };
  });
  const ideal = simulate(tasks, compute.inventory).seconds;
  const count = `${plan.nodes.length} nodes of ${seconds} to ${1.5 * seconds} s on ${compute.inventory.slots.length} slots`;
  console.log(`${count}: ${ideal.toFixed(1)} s at the least`);

  const events: RunEvent[] = [];
  let late = 0;
  const runOps = stubOps(plan, secondsOf, (ms) => {
    late += ms;
  });
  const used = process.cpuUsage();
  const { end } = await runStudy(
    { ...planned, plan, demand: { ...planned.demand, missing } },
    {
      out: join(folder, "run"),
      policy: "keep-going",
      listeners: [(event) => events.push(event)],
      signal: new AbortController().signal,
      command: "bench",
      startWorker: async () => localWorker({ engine: stubEngine, blobs: store, runOps }),
    },
  );
  const { user, system } = process.cpuUsage(used);
  if (end !== "complete") throw new Error(`the run ended as ${end}`);
  const times = (type: RunEvent["type"]) => events.flatMap((one) => (one.type === type ? [Date.parse(one.at)] : []));
  const took = (Math.max(...times("node.finished")) - Math.min(...times("node.started"))) / 1000;
  const turns = turnarounds(events);
  const middle = turns.toSorted((a, b) => a - b)[turns.length >> 1] ?? 0;
  console.log(`from the end of one job on a slot to the start of the next: ${middle} ms in the middle`);
  const share = `${((100 * (took - ideal)) / ideal).toFixed(2)} %`;
  const each = `${((1000 * (took - ideal) * slots) / plan.nodes.length).toFixed(1)} ms a node`;
  const own = (late / plan.nodes.length).toFixed(1);
  console.log(`of what follows, ${own} ms a node are the operations' own: their timers, and writing blobs`);
  console.log(
    `it took ${took.toFixed(1)} s: ${share} more, ${each}; processor ${((user + system) / 1e6).toFixed(1)} s`,
  );
  console.log(`load ${loadavg()[0]?.toFixed(1)}`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** Milliseconds from the last end on a slot to the next start there. */
function turnarounds(events: readonly RunEvent[]): readonly number[] {
  const ended = new Map<number, number>();
  return events.flatMap((event) => {
    const at = Date.parse(event.at);
    if (event.type === "node.finished") ended.set(event.worker, at);
    if (event.type !== "node.started") return [];
    const before = ended.get(event.worker);
    ended.delete(event.worker);
    return before === undefined ? [] : [at - before];
  });
}
