/** A worker process: the real engine and the real operations. */

import { type EngineChoice, openEngine } from "../engine/index.js";
import { runOps } from "../ops/index.js";
import { parentChannel, serveWorker } from "./serve.js";

serveWorker(parentChannel(), {
  openEngine: ({ id, ...options }) => openEngine(id as EngineChoice, options),
  runOps,
});
