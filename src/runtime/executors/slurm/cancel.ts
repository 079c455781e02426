/** `xferc cancel`: no job of the run is left, and no lease of theirs. Whoever follows the run stops as well. */

import { releaseAbandoned } from "../../store/abandoned.js";
import type { Slurm } from "./client.js";
import { dismiss } from "./dismiss.js";
import { Fleet } from "./fleet.js";
import { type RoundAbout, SlurmPlace } from "./place.js";
import { standingOf } from "./queue.js";
import { MAIN_CLASS } from "./resources.js";

export interface Cancelled {
  /** Jobs that were sent away. */
  readonly jobs: number;
  /** What is left to do by hand; undefined where nothing is. */
  readonly problem: string | undefined;
}

export interface CancelTiming {
  readonly withinMs: number;
  readonly everyMs: number;
}

/** @param folder the run's; absolute */
export async function cancelRun(folder: string, slurm: Slurm, timing: CancelTiming): Promise<Cancelled> {
  const place = new SlurmPlace(folder);
  const rounds = place.rounds();
  const known = rounds.flatMap((round) => round.about() ?? []);
  const round = rounds.at(-1);
  if (round === undefined) {
    place.cancel();
    return cancelCoordinator(place, slurm);
  }
  const names = new Set([MAIN_CLASS, ...known.flatMap(({ classes }) => classes)]);
  const fleet = new Fleet(
    slurm,
    round,
    [...names].map((name) => ({ name })),
  );
  await fleet.look();
  const jobs = fleet.living().length;
  // From here on jobs and whoever follows them end by themselves, even if Slurm does not answer.
  place.cancel();
  const head = await cancelCoordinator(place, slurm);
  const problem = fleet.silence ?? (await dismiss(fleet, { ...timing, meanwhile: async () => undefined }));
  if (problem === undefined) await release(known);
  return { jobs: jobs + head.jobs, problem: problem ?? head.problem };
}

async function cancelCoordinator(place: SlurmPlace, slurm: Slurm): Promise<Cancelled> {
  const queue = await slurm.queue([place.coordinatorName]);
  if (queue.status !== "known") return { jobs: 0, problem: queue.message };
  const ids = queue.jobs.filter((job) => standingOf(job) !== "over").map(({ id }) => id);
  return { jobs: ids.length, problem: ids.length === 0 ? undefined : await slurm.cancel(ids) };
}

/** Their jobs are gone: no one is behind these leases. */
async function release(rounds: readonly RoundAbout[]): Promise<void> {
  for (const { cache, run } of rounds) await releaseAbandoned(cache, (holder) => holder.run === run);
}
