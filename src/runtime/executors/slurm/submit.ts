/** The job that stays in charge of a run when no one waits for it: the same command, following the run it finds. */

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { enginesFolder } from "../../engine/tensorflow/location.js";
import { packageRoot } from "../../host/index.js";
import type { SlurmConfig, SlurmResources } from "../../host/slurm-config.js";
import { replaceFile } from "../../store/replace.js";
import type { Slurm, Submitted } from "./client.js";
import { SlurmPlace } from "./place.js";
import { standingOf } from "./queue.js";
import { accountWords, COORDINATOR_VARIABLE, coordinatorScript, outputPattern } from "./words.js";

export interface CoordinatorJob {
  readonly config: SlurmConfig;
  /** The run's folder; absolute. */
  readonly folder: string;
  readonly cwd: string;
  /** The command, without the program's name. */
  readonly words: readonly string[];
  readonly environment: NodeJS.ProcessEnv;
}

const MEMORY = "2G";
/** To write down what it knows. */
const SIGNAL_SECONDS = 60;

/** One that is in the queue already stays the only one. */
export async function submitCoordinator(job: CoordinatorJob, slurm: Slurm): Promise<Submitted> {
  const place = new SlurmPlace(job.folder);
  const queue = await slurm.queue([place.coordinatorName]);
  const there = queue.status === "known" ? queue.jobs.find((one) => standingOf(one) !== "over") : undefined;
  if (there !== undefined) return { status: "submitted", array: there.id };
  const { config, environment } = job;
  const main = join(packageRoot, "dist", "src", "cli", "main.js");
  const program = {
    words: [config.node ?? process.execPath, main, ...job.words],
    folder: job.cwd,
    device: "cpu",
    mounts: [],
    environment: { XFERC_ENGINES: enginesFolder(environment) },
  } as const;
  mkdirSync(place.logs, { recursive: true });
  const script = join(place.folder, "coordinator.sh");
  replaceFile(script, coordinatorScript(config, program));
  return slurm.submit(coordinatorWords(job, place, script));
}

/** A job in charge that was told to go comes again, when its time was over or its place was needed. */
export async function comeAgain(environment: NodeJS.ProcessEnv, folder: string, slurm: Slurm): Promise<void> {
  const job = environment.SLURM_JOB_ID;
  if (environment[COORDINATOR_VARIABLE] === undefined || job === undefined) return;
  if (!new SlurmPlace(folder).isCancelled) await slurm.requeue(job);
}

function coordinatorWords({ config, cwd }: CoordinatorJob, place: SlurmPlace, script: string): readonly string[] {
  const { account, partition, qos, nice, reservation, coordinator = {} } = config;
  const inherited = Object.entries({ account, partition, qos, nice, reservation }).filter(
    ([, value]) => value !== undefined,
  );
  const resources: SlurmResources = { ...Object.fromEntries(inherited), ...coordinator };
  const { cpus = 1, memory = MEMORY, time, gres } = resources;
  return [
    "--parsable",
    `--job-name=${place.coordinatorName}`,
    "--nodes=1",
    "--ntasks=1",
    `--cpus-per-task=${cpus}`,
    ...(memory === "none" ? [] : [`--mem=${memory}`]),
    ...(time === undefined ? [] : [`--time=${time}`]),
    ...(gres === undefined || gres === "none" ? [] : [`--gres=${gres}`]),
    `--signal=B:TERM@${SIGNAL_SECONDS}`,
    "--requeue",
    "--open-mode=append",
    `--output=${outputPattern(place.logs, "coordinator-%j.log")}`,
    `--chdir=${cwd}`,
    ...accountWords(resources),
    ...(resources.arguments ?? []),
    script,
  ];
}
