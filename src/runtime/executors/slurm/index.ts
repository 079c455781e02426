export { type Cancelled, cancelRun } from "./cancel.js";
export { type Slurm, slurmCommands } from "./client.js";
export { slurmExecutor } from "./executor.js";
export { type JobStatus, type RunStatus, statusOf } from "./status.js";
export { comeAgain, submitCoordinator } from "./submit.js";
export { unfinishedRun } from "./unfinished.js";
