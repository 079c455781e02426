/** A worker process that may hold little more than it holds already, and takes a training step of the batch it is given. */

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { buildStep } from "../../../dist/src/models/programs.js";
import { stepScalars } from "../../../dist/src/program/training/optimizer.js";
import { openEngine } from "../../../dist/src/runtime/engine/index.js";
import { parentChannel, serveWorker } from "../../../dist/src/runtime/workers/serve.js";

const PAGE = 4096;
const more = Number(process.env.HUNGRY_BYTES);

function limitMemory() {
  const now = Number(readFileSync("/proc/self/statm", "utf8").split(" ")[0]) * PAGE;
  execFileSync("prlimit", ["--pid", String(process.pid), `--as=${now + more}`]);
}

const sizeOf = (shape) => shape.reduce((product, extent) => product * extent, 1);
const zeros = ({ shape, dtype }) => ({
  shape,
  data: dtype === "i32" ? new Int32Array(sizeOf(shape)) : new Float32Array(sizeOf(shape)),
});

async function step(node, engine) {
  const { model, recipe, task } = node.params;
  const { batch, optimizer, clipNorm } = recipe;
  const program = buildStep({ model, batch, task, optimizer, clipNorm });
  const session = await engine.open({ programs: { step: program } });
  try {
    await session.load(new Map(program.state.map(({ name, value }) => [name, zeros(value)])));
    const feeds = Object.fromEntries(program.feeds.map(({ name, value }) => [name, zeros(value)]));
    await session.run("step", { ...feeds, ...stepScalars(optimizer, 1, 1e-3) });
  } finally {
    await session.close();
  }
  return { outputs: {}, value: batch, summary: "took a step" };
}

serveWorker(parentChannel(), {
  openEngine: async ({ id, ...options }) => {
    const engine = await openEngine(id, options);
    limitMemory();
    return engine;
  },
  runOps: async (calls) => {
    const results = new Map();
    for (const { node, context } of calls) results.set(node.key, await step(node, context.engine));
    return results;
  },
});
