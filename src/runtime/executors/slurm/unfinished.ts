/** A run whose jobs are in the queue still, though no one follows them: the same command goes on there. */

import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { portableName } from "../../host/file-names.js";
import { packageVersion } from "../../host/index.js";
import type { PlannedStudy } from "../../run/planned.js";
import type { FailurePolicy } from "../../schedule/index.js";
import { type Slurm, slurmCommands } from "./client.js";
import { classSpecs } from "./executor.js";
import { withJobs } from "./machine.js";
import { SlurmPlace } from "./place.js";
import { standingOf } from "./queue.js";
import { jobClasses } from "./resources.js";
import { planDigest } from "./spec.js";

/** Folders looked into, the latest first. */
const LOOKED_AT = 20;

/** The run's folder; undefined where there is no such run, or the queue does not tell. */
export async function unfinishedRun(
  planned: PlannedStudy,
  policy: FailurePolicy,
  environment: NodeJS.ProcessEnv,
  slurm: Slurm = slurmCommands(environment),
): Promise<string | undefined> {
  const { open, study, compute, plan, wish } = planned;
  const classes = jobClasses(withJobs(open.host.config.slurm, wish.jobs));
  const { signature } = compute;
  const digest = planDigest({
    ...{ xferc: packageVersion(), signature, cache: open.cache, policy, plan },
    classes: classSpecs(classes),
  });
  for (const folder of runFolders(join(open.place.cwd, "runs", portableName(study.name)))) {
    if (!existsSync(join(folder, "slurm", "id"))) continue;
    const place = new SlurmPlace(folder);
    if (place.isCancelled || place.rounds().at(-1)?.about()?.digest !== digest) continue;
    const queue = await slurm.queue(classes.map(({ name }) => place.jobName(name)));
    if (queue.status === "known" && queue.jobs.some((job) => standingOf(job) !== "over")) return folder;
  }
  return undefined;
}

/** Their names begin with the time. */
function runFolders(above: string): readonly string[] {
  try {
    const names = readdirSync(above).sort().reverse();
    return names.slice(0, LOOKED_AT).map((name) => join(above, name));
  } catch {
    return [];
  }
}
