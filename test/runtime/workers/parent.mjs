/** A process with a busy worker, which tells of its worker and then waits to be ended, or ends itself. */

import { spawnWorkers } from "../../../dist/src/runtime/workers/spawn.js";

const [cache, how] = process.argv.slice(2);
const entry = new URL("./fake-child.mjs", import.meta.url);
const engine = { id: "reference", device: "cpu", threads: 1 };
const worker = await spawnWorkers({ cache, engine, entry })(0);
const job = (label) => ({ id: 1, nodes: [{ node: { key: label, label, inputs: [] }, inputs: {} }] });
const [outcome] = await worker.run(job("echo"), () => undefined);
void worker.run(job("block"), () => undefined).catch(() => undefined);
setTimeout(() => {
  process.stdout.write(`${outcome.value.pid}\n`);
  if (how === "exit") process.exit(0);
}, 200);
