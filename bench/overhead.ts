/**
 * What the runtime adds to a run whose nodes take a second each, on eight slots: from the first node's start to the last
 * one's end, over what the scheduler's own simulation of the plan takes. Aim: < 1 %. Nodes are slept through in this very
 * process; everything else (leases, blobs, manifests, the journal) is as in any run.
 *
 *     npx tsc -p bench && node dist/bench/overhead.js [SECONDS] [REPEATS] [SLOTS]
 */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { passGroup } from "../src/compiler/plan/passes.js";
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
  const { plan, compute, store } = planned;

  const tasks = plan.nodes.map((node): Task => {
    const group = passGroup(node);
    const after = [...new Set(node.inputs.map((input) => input.node))];
    return { id: node.key, after, seconds, memory: 0, deviceMemory: 0, ...(group === undefined ? {} : { group }) };
  });
  const ideal = simulate(tasks, compute.inventory).seconds;
  const count = `${plan.nodes.length} nodes of ${seconds} s on ${compute.inventory.slots.length} slots`;
  console.log(`${count}: ${ideal.toFixed(1)} s at the least`);

  const events: RunEvent[] = [];
  const runOps = stubOps(plan, seconds);
  const used = process.cpuUsage();
  const { end } = await runStudy(planned, {
    out: join(folder, "run"),
    policy: "keep-going",
    listeners: [(event) => events.push(event)],
    signal: new AbortController().signal,
    command: "bench",
    startWorker: async () => localWorker({ engine: stubEngine, blobs: store, runOps }),
  });
  const { user, system } = process.cpuUsage(used);
  if (end !== "complete") throw new Error(`the run ended as ${end}`);
  const times = (type: RunEvent["type"]) => events.flatMap((one) => (one.type === type ? [Date.parse(one.at)] : []));
  const took = (Math.max(...times("node.finished")) - Math.min(...times("node.started"))) / 1000;
  const share = `${((100 * (took - ideal)) / ideal).toFixed(2)} %`;
  const each = `${((1000 * (took - ideal) * slots) / plan.nodes.length).toFixed(1)} ms a node`;
  console.log(
    `it took ${took.toFixed(1)} s: ${share} more, ${each}; processor ${((user + system) / 1e6).toFixed(1)} s`,
  );
  console.log(`load ${loadavg()[0]?.toFixed(1)}`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
