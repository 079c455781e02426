/** An engine in this very process, for commands that compute once and end. */

import { workerEnvironment } from "../devices/environment.js";
import { type EngineChoice, openEngine } from "../engine/index.js";
import type { Engine } from "../engine/types.js";
import { type ComputeWish, computeCandidates } from "./engine.js";

/** The preferred one that fits the wish, on its first device. @throws UsageError, EngineError */
export async function openHere(wish: ComputeWish): Promise<Engine> {
  const [{ engine, devices }] = await computeCandidates({ ...wish, jobs: 1 });
  const { id, ...options } = engine;
  // native libraries read these when they are loaded, which is now
  Object.assign(process.env, workerEnvironment(devices[0]));
  return openEngine(id as EngineChoice, options);
}
