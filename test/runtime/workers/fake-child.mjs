/** A worker process whose operations do what the test's label says: crash, hang, block, or answer. */

import { parentChannel, serveWorker } from "../../../dist/src/runtime/workers/serve.js";

const operations = {
  async echo({ node, context }) {
    const state = await context.blobs.put(new TextEncoder().encode(`made by ${node.label}`));
    context.progress(1, 2, { loss: 0.5 });
    context.progress(2, 2, { loss: 0.25 });
    return { outputs: { state }, value: { pid: process.pid }, summary: "done" };
  },
  async device() {
    return { outputs: {}, value: process.env.CUDA_VISIBLE_DEVICES, summary: "done" };
  },
  async fail() {
    throw new Error("image 7 is corrupt");
  },
  async crash() {
    process.stderr.write("free(): invalid pointer\n");
    process.abort();
  },
  async wait({ context }) {
    await new Promise((_, reject) => context.signal.addEventListener("abort", () => reject(new Error("stopped"))));
  },
  async block() {
    // As an engine does: no message is heard meanwhile.
    const end = Date.now() + 30_000;
    while (Date.now() < end);
  },
};

serveWorker(parentChannel(), {
  openEngine: async ({ id }) => {
    if (id !== "reference") throw new Error(`engine ${id} is not installed`);
    return { id, signature: {}, open: async () => undefined };
  },
  runOps: async (calls) => {
    const results = await Promise.all(
      calls.map(async (call) => [call.node.key, await operations[call.node.label](call)]),
    );
    return new Map(results);
  },
});
