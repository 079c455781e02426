/**
 * A study of more than 10,000 nodes. First it is run with operations that take no time, which shows what the runtime
 * itself takes of every node: scheduling, leases, blobs, manifests, the journal (aim: < 1 % of a run whose nodes take
 * 1 s). Then everything is in the cache, and the command is spawned: `xferc plan` (aim: < 2 s) and `xferc run`. Medians
 * by the clock.
 *
 *     npx tsc -p bench && node dist/bench/cached.js [ROUNDS] [REPEATS] [FOLDER]
 *
 * FOLDER is kept where it is given: another run of this finds the cache filled, and the command can be profiled on it.
 */

import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { openStudy } from "../src/runtime/run/open.js";
import { planStudy } from "../src/runtime/run/planned.js";
import { runStudy } from "../src/runtime/run/run.js";
import { localWorker } from "../src/runtime/workers/index.js";
import { median } from "./median.js";
import { manyStudy, STUB_ENGINE, stubEngine, stubOps } from "./stub.js";

const [rounds = "7", repeats = "11", given] = process.argv.slice(2);
const command = fileURLToPath(new URL("../src/cli/main.js", import.meta.url));
const folder = given ?? mkdtempSync(join(tmpdir(), "xferc-bench-"));
const STUDY = "many.xfer";

mkdirSync(folder, { recursive: true });
writeFileSync(join(folder, STUDY), manyStudy(Number(repeats)));
writeFileSync(join(folder, "xfer.config.json"), "{}\n");

/** @returns seconds by the clock and of processor, and how many nodes were computed. */
async function fill(): Promise<{ readonly seconds: number; readonly processor: number; readonly nodes: number }> {
  const open = await openStudy({
    cwd: folder,
    environment: {},
    study: STUDY,
    data: [],
    cache: "cache",
    set: [],
    only: [],
  });
  const planned = await planStudy(open, {
    engine: STUB_ENGINE,
    device: "auto",
    threads: undefined,
    jobs: 4,
    microBatch: undefined,
  });
  if (!planned.ok) throw new Error(planned.diagnostics.map(({ message }) => message).join("\n"));
  const [start, used] = [performance.now(), process.cpuUsage()];
  const runOps = stubOps(planned.plan, () => 0);
  const { end, execution } = await runStudy(planned, {
    out: join(folder, "filled"),
    policy: "keep-going",
    listeners: [],
    signal: new AbortController().signal,
    command: "bench",
    startWorker: async () => localWorker({ engine: stubEngine, blobs: planned.store, runOps }),
  });
  if (end !== "complete") throw new Error(`the run ended as ${end}: ${[...execution.failures.values()][0]}`);
  const { user, system } = process.cpuUsage(used);
  return { seconds: (performance.now() - start) / 1000, processor: (user + system) / 1e6, nodes: execution.computed };
}

/** Seconds by the clock. */
function spawned(words: readonly string[]): number {
  const start = performance.now();
  const { status, stderr } = spawnSync(process.execPath, [command, ...words], {
    cwd: folder,
    encoding: "utf8",
    stdio: ["ignore", "ignore", "pipe"],
  });
  const seconds = (performance.now() - start) / 1000;
  if (status !== 0) throw new Error(`xferc ${words.join(" ")} ended with ${status}\n${stderr}`);
  return seconds;
}

try {
  rmSync(join(folder, "filled"), { recursive: true, force: true });
  const { seconds, processor, nodes } = await fill();
  if (nodes > 0) {
    const each = (all: number): string => `${((1000 * all) / nodes).toFixed(2)} ms`;
    console.log(`${nodes} nodes that take no time: ${seconds.toFixed(1)} s by the clock, ${each(seconds)} a node`);
    console.log(`of processor ${processor.toFixed(1)} s, ${each(processor)} a node`);
  }
  const place = [STUDY, "--cache", "cache", "--engine", STUB_ENGINE];
  let runs = 0;
  const commands: { readonly [name: string]: () => readonly string[] } = {
    "plan, all cached": () => ["plan", ...place],
    "the same, engine auto": () => ["plan", STUDY, "--cache", "cache"],
    "plan as JSON": () => ["plan", ...place, "--format", "json"],
    "run, all cached": () => ["run", ...place, "--ui", "plain", "--out", `run${++runs}`],
    "--version": () => ["--version"],
  };
  const took = new Map(Object.keys(commands).map((name): [string, number[]] => [name, []]));
  for (let round = 0; round < Number(rounds); round++) {
    for (const [name, words] of Object.entries(commands)) took.get(name)?.push(spawned(words()));
  }
  for (const [name, each] of took) {
    const range = `${Math.min(...each).toFixed(2)} to ${Math.max(...each).toFixed(2)}`;
    console.log(`${name}: ${median(each).toFixed(2)} s (${range})`);
  }
  for (let run = 1; run <= runs; run++) rmSync(join(folder, `run${run}`), { recursive: true, force: true });
  console.log(`load ${loadavg()[0]?.toFixed(1)}`);
} finally {
  if (given === undefined) rmSync(folder, { recursive: true, force: true });
}
