/** The process of a job: `node pilot-main.js RUN ROUND CLASS`. */

import { runPilot } from "./pilot.js";
import { RoundPlace, SlurmPlace } from "./place.js";
import { pilotName } from "./records.js";
import { TIME_SIGNAL } from "./words.js";

const [run = "", round = "", jobClass = ""] = process.argv.slice(2);
const { SLURM_ARRAY_JOB_ID, SLURM_ARRAY_TASK_ID, SLURM_JOB_ID = "0", SLURM_RESTART_COUNT } = process.env;
const job = SLURM_ARRAY_JOB_ID === undefined ? SLURM_JOB_ID : `${SLURM_ARRAY_JOB_ID}_${SLURM_ARRAY_TASK_ID}`;

const stop = new AbortController();
for (const signal of [`SIG${TIME_SIGNAL}`, "SIGTERM", "SIGINT"] as const) process.on(signal, () => stop.abort());

const end = await runPilot({
  round: new RoundPlace(new SlurmPlace(run), Number(round)),
  class: jobClass,
  pilot: pilotName(job, Number(SLURM_RESTART_COUNT ?? 0)),
  environment: process.env,
  signal: stop.signal,
  onProblem: (problem) => process.stderr.write(`xferc: ${problem}\n`),
});
process.exit(end === "unable" || end === "stopped" ? 1 : 0);
