/**
 * What a plug-in's model is made of, found out in a process of its own: an editor's server asks while it checks, and waits.
 * Answers are remembered by the digest of the code; a model that cannot be built there is asked for once.
 */

import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { ModelError } from "../../models/parameters.js";
import { canonicalSpec } from "../../models/trace.js";
import type { ModelInfo, ModelSpec } from "../../models/types.js";
import { childModule } from "../host/child-module.js";

export interface TraceTask {
  readonly names: readonly string[];
  readonly root: string;
  readonly spec: ModelSpec;
}
export type Traced =
  | { readonly ok: true; readonly info: ModelInfo }
  /** Of the model, and so the same next time; or of this attempt. */
  | { readonly ok: false; readonly of: "model" | "attempt"; readonly problem: string };

/** A keystroke waits for it, once a model. */
const LIMIT_MS = 10_000;
const MAX_BYTES = 64 * 2 ** 20;
const problems = new Map<string, string>();
const MOST_PROBLEMS = 512;

/** @throws ModelError */
export function traceElsewhere(task: TraceTask, limitMs = LIMIT_MS): ModelInfo {
  const key = canonicalSpec(task.spec);
  const known = problems.get(key);
  if (known !== undefined) throw new ModelError(known);
  const answer = ask(task, limitMs);
  if (answer.ok) return answer.info;
  if (problems.size >= MOST_PROBLEMS) problems.clear();
  if (answer.of === "model") problems.set(key, answer.problem);
  throw new ModelError(answer.problem);
}

function ask(task: TraceTask, limitMs: number): Traced {
  const { family, plugin } = task.spec;
  const { output, error, signal } = spawnSync(
    process.execPath,
    [fileURLToPath(childModule("plugins/trace-child.js"))],
    // standard output may be a protocol's
    {
      input: JSON.stringify(task),
      timeout: limitMs,
      killSignal: "SIGKILL",
      maxBuffer: MAX_BYTES,
      stdio: ["pipe", "ignore", "inherit", "pipe"],
    },
  );
  const text = output?.[3]?.toString("utf8");
  if (text !== undefined && text !== "") return JSON.parse(text) as Traced;
  const why =
    error === undefined && signal === null
      ? "ended the process that built it"
      : `took more than ${Math.round(limitMs / 1000)} s to be built`;
  return { ok: false, of: "model", problem: `the model ${family} of plug-in ${plugin?.name ?? ""} ${why}` };
}
