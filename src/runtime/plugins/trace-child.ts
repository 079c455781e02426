/** Builds a plug-in's model and says what it is made of: the task on standard input, the answer on descriptor 3. */

import { readFileSync, writeSync } from "node:fs";
import { ModelError } from "../../models/parameters.js";
import { traceModel } from "../../models/trace.js";
import { loadPlugins } from "./load.js";
import type { Traced, TraceTask } from "./trace.js";

async function traced(): Promise<Traced> {
  const { names, root, spec }: TraceTask = JSON.parse(readFileSync(0, "utf8"));
  try {
    await loadPlugins(names, root);
    return { ok: true, info: traceModel(spec) };
  } catch (error) {
    const of = error instanceof ModelError ? "model" : "attempt";
    return { ok: false, of, problem: error instanceof Error ? error.message : String(error) };
  }
}

const answer = Buffer.from(JSON.stringify(await traced()));
for (let done = 0; done < answer.length; ) done += writeSync(3, answer, done);
process.exit(0);
