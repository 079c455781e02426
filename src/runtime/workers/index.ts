export { executeJob, type OpCall, type RunOps } from "./execute.js";
export { localWorker } from "./local.js";
export { type SpawnOptions, spawnWorkers } from "./spawn.js";
export * from "./types.js";
