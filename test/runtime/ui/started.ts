import type { NewEvent } from "../../../src/runtime/journal/journal.js";

/** How a run of ten nodes begins, four of them cached. */
export const STARTED = {
  type: "run.started",
  run: "2026-1",
  study: "quickstart",
  engine: "onnx 1.30 cpu",
  workers: 2,
  cells: 4,
  nodes: 10,
  cached: 4,
  estimateSeconds: 60,
  savedSeconds: 30,
  sharedSeconds: 0,
  causes: [],
} as const satisfies NewEvent;
