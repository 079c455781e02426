/** The process that measures: one engine, one model, and an end. */

import { memoryState } from "../devices/limits.js";
import { failureKind } from "../engine/failures.js";
import { type EngineChoice, openEngine } from "../engine/index.js";
import { measureStep } from "./measure.js";
import type { BenchAnswer, BenchTask } from "./types.js";

async function answerTo({ engine, options, plugins }: BenchTask): Promise<BenchAnswer> {
  try {
    if (plugins.length > 0) await (await import("../plugins/load.js")).loadSpecs(plugins);
    const { id, ...settings } = engine;
    return { status: "measured", measured: await measureStep(await openEngine(id as EngineChoice, settings), options) };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { status: "failed", kind: failureKind(error), message, state: memoryState() };
  }
}

process.on("disconnect", () => process.exit(0));
process.once("message", (task) => {
  void answerTo(task as BenchTask).then((answer) => process.send?.(answer, () => undefined));
});
