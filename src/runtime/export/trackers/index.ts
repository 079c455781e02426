/** Runs for experiment trackers: which there are, and their files written. */

import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { mlflowFiles } from "./mlflow.js";
import { tensorboardFiles } from "./tensorboard.js";
import type { TrackedStudy, TrackerFile } from "./types.js";
import { wandbFiles } from "./wandb.js";

export { readTrackedStudy } from "./read.js";

/** By the name `--format` takes. */
const WRITERS = { tensorboard: tensorboardFiles, mlflow: mlflowFiles, wandb: wandbFiles } satisfies {
  readonly [format: string]: (study: TrackedStudy) => readonly TrackerFile[];
};
export type Tracker = keyof typeof WRITERS;

/** How to look at what was written to `out`, as the user typed it. */
export function howToOpen(tracker: Tracker, out: string): string {
  switch (tracker) {
    case "tensorboard":
      return `tensorboard --logdir ${out}`;
    case "mlflow":
      return `mlflow ui --backend-store-uri ${join(out, "mlruns")}`;
    case "wandb":
      return `wandb sync ${join(out, "wandb", "offline-run-*")}`;
    default:
      return tracker satisfies never;
  }
}

/** @param out absolute */
export function writeTracked(study: TrackedStudy, tracker: Tracker, out: string): void {
  for (const { path, content } of WRITERS[tracker](study)) {
    const target = join(out, path);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, content);
  }
}
