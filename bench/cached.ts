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
import type { Plan, PlanNode } from "../src/compiler/plan/types.js";
import type { Engine } from "../src/runtime/engine/types.js";
import { type OpResult, probeValue } from "../src/runtime/ops/types.js";
import type { ProbeRow } from "../src/runtime/results/types.js";
import { openStudy } from "../src/runtime/run/open.js";
import { planStudy } from "../src/runtime/run/planned.js";
import { runStudy } from "../src/runtime/run/run.js";
import { localWorker, type OpCall, type RunOps } from "../src/runtime/workers/index.js";

const [rounds = "7", repeats = "11", given] = process.argv.slice(2);
const command = fileURLToPath(new URL("../src/cli/main.js", import.meta.url));
const folder = given ?? mkdtempSync(join(tmpdir(), "xferc-bench-"));
const STUDY = "many.xfer";
const ENGINE = "onnx";

const text = `
study many "Two models, two targets, six inits, eight rates" {
  seed    2022
  repeats ${repeats}
}
import "xfer:bundled"

init RI = random
init ST = stats
init WT = transfer
init WT_ST(n: count) {
  units[1..n] <- transfer
  rest        <- stats
}
recipe pretraining {
  optimizer adam(lr: 2e-3)
  batch     64 images
  for       4 epochs
  select    last
}
recipe finetune {
  optimizer adam(lr: 2e-3, l2: 1e-5)
  batch     32 images
  for       120 steps
  select    best(target.metric, on: val) every 30 steps
}
source clothes = pretrain(on: fashion, using: pretraining)

experiment main {
  vary model  in [resnet_s, vit_s]
  vary target in [digits_few, brain]
  vary init   in [RI, ST, WT, WT_ST(1), WT_ST(2), WT_ST(3)]
  vary rate   in [1e-4, 2e-4, 5e-4, 1e-3, 2e-3, 5e-3, 1e-2, 2e-2]
  source clothes
  train  finetune with { optimizer adam(lr: rate) }
  measure test  = score(target.metric)
  measure reuse = cka(initial, selected, estimator: unbiased)
  measure moved = l2(initial, selected)
}
table results from main { rows model, init, rate; columns target; cell test }
figure rates { line from main { x rate; y test; color init; band sd }; facet model, target }
`;

mkdirSync(folder, { recursive: true });
writeFileSync(join(folder, STUDY), text);
writeFileSync(join(folder, "xfer.config.json"), "{}\n");

/** Which outputs of a node others read, by its key. */
function outputsOf(plan: Plan): ReadonlyMap<string, ReadonlySet<string>> {
  const outputs = new Map<string, Set<string>>();
  for (const { node, output } of plan.nodes.flatMap(({ inputs }) => inputs)) {
    outputs.set(node, (outputs.get(node) ?? new Set()).add(output));
  }
  return outputs;
}

/** A row a layer, or a pair of layers, as the probe has. */
function rowsOf(node: PlanNode): readonly ProbeRow[] {
  const value = Number.parseInt(node.key.slice(0, 8), 16) / 2 ** 32;
  switch (node.op) {
    case "probe.cka":
      return node.params.layers.flatMap((layer) =>
        node.params.layers.map((layer2) => ({ inner: { layer, layer2 }, value })),
      );
    case "probe.l2":
      return ["first", "second", "third"].map((layer) => ({ inner: { layer }, value }));
    default:
      return [{ inner: {}, value }];
  }
}

/** Results of the right form and no meaning. */
function instant(plan: Plan): RunOps {
  const outputs = outputsOf(plan);
  const result = async ({ node, context }: OpCall): Promise<OpResult> => {
    const refs = [...(outputs.get(node.key) ?? [])].map(async (name) => {
      return [name, await context.blobs.put(new TextEncoder().encode(`${node.key} ${name}`))] as const;
    });
    const value =
      node.op === "train"
        ? { steps: 120, history: { train: [30, 60, 90, 120].map((step) => ({ step, loss: 1 / step })) } }
        : probeValue(rowsOf(node), []);
    return { outputs: Object.fromEntries(await Promise.all(refs)), value, summary: "" };
  };
  return async (calls) =>
    new Map(await Promise.all(calls.map(async (call) => [call.node.key, await result(call)] as const)));
}

const engine: Engine = {
  id: ENGINE,
  signature: { engine: ENGINE, engineVersion: "0", device: "cpu", precision: "f32", threads: 1 },
  open: () => Promise.reject(new Error("nothing is computed here")),
};

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
    engine: ENGINE,
    device: "auto",
    threads: undefined,
    jobs: 4,
    microBatch: undefined,
  });
  if (!planned.ok) throw new Error(planned.diagnostics.map(({ message }) => message).join("\n"));
  const [start, used] = [performance.now(), process.cpuUsage()];
  const runOps = instant(planned.plan);
  const { end, execution } = await runStudy(planned, {
    out: join(folder, "filled"),
    policy: "keep-going",
    listeners: [],
    signal: new AbortController().signal,
    command: "bench",
    startWorker: async () => localWorker({ engine, blobs: planned.store, runOps }),
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

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;

try {
  rmSync(join(folder, "filled"), { recursive: true, force: true });
  const { seconds, processor, nodes } = await fill();
  if (nodes > 0) {
    const each = (all: number): string => `${((1000 * all) / nodes).toFixed(2)} ms`;
    console.log(`${nodes} nodes that take no time: ${seconds.toFixed(1)} s by the clock, ${each(seconds)} a node`);
    console.log(`of processor ${processor.toFixed(1)} s, ${each(processor)} a node`);
  }
  const place = [STUDY, "--cache", "cache", "--engine", ENGINE];
  let runs = 0;
  const commands: { readonly [name: string]: () => readonly string[] } = {
    "plan, all cached": () => ["plan", ...place],
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
