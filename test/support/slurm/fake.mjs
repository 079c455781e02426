/**
 * A stand-in for Slurm's commands, for tests: jobs are processes of this machine, and the folder FAKE_SLURM is the
 * cluster. Files in it make it misbehave:
 *
 *   refuse    sbatch says this and fails
 *   hold      nothing starts, for this reason
 *   silent    squeue says this and fails
 *
 * Besides Slurm's own commands: `fail ID` (its node dies), `requeue ID` (it is preempted), `time ID` (the warning before
 * its time is over), `stop` (all jobs are killed), `run ID` (a job's keeper; of no use to tests).
 */

import { spawn, spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";

const cluster = process.env.FAKE_SLURM;
const jobs = join(cluster, "jobs");
mkdirSync(jobs, { recursive: true });
const GPUS = 2;
const KILL_WAIT_MS = 5000;

const [command, ...words] = process.argv.slice(2);
const said = (name) => (existsSync(join(cluster, name)) ? readFileSync(join(cluster, name), "utf8").trim() : undefined);
/** An error that is said and ends the command, with the lock given back. */
class Said extends Error {}
const fail = (message) => {
  throw new Said(message);
};
process.on("uncaughtException", (error) => {
  process.stderr.write(`${error instanceof Said ? error.message : error.stack}\n`);
  process.exit(1);
});
const fileOf = (id) => join(jobs, `${id}.json`);
const load = (id) => JSON.parse(readFileSync(fileOf(id), "utf8"));
const save = (job) => {
  const draft = join(cluster, `${job.id}.${process.pid}.tmp`);
  writeFileSync(draft, JSON.stringify(job));
  renameSync(draft, fileOf(job.id));
};
const all = () =>
  readdirSync(jobs)
    .map((name) => load(name.slice(0, -".json".length)))
    .sort((a, b) => a.number - b.number);
const option = (name) => words.find((word) => word.startsWith(`--${name}=`))?.slice(name.length + 3);

/** One thing at a time: tests run several commands at once. */
function locked(work) {
  const lock = join(cluster, "lock");
  for (let tries = 0; ; tries++) {
    try {
      mkdirSync(lock);
      break;
    } catch {
      if (tries > 2000) fail("the fake cluster is locked");
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    }
  }
  try {
    return work();
  } finally {
    rmdirSync(lock);
  }
}

function submit() {
  const refusal = said("refuse");
  if (refusal !== undefined) fail(refusal);
  const number = Math.max(0, ...all().map((job) => Math.floor(job.number))) + 1;
  const array = option("array");
  const last = array === undefined ? undefined : Number(array.split("-")[1]);
  const limit = Number(said("array-size") ?? 1001);
  if (last !== undefined && last >= limit)
    fail("sbatch: error: Batch job submission failed: Invalid job array specification");
  const script = readFileSync(words.at(-1), "utf8");
  for (let task = 0; task <= (last ?? 0); task++) {
    save({
      id: last === undefined ? `${number}` : `${number}_${task}`,
      number: number + task / 1e4,
      ...{ array: last === undefined ? undefined : number, task, words, script },
      ...{ name: option("job-name"), state: "PENDING", reason: "None", restarts: 0 },
    });
  }
  console.log(number);
  schedule();
}

function schedule() {
  const hold = said("hold");
  const taken = new Set(all().flatMap((job) => (job.state === "RUNNING" && job.gpu !== undefined ? [job.gpu] : [])));
  for (const job of all()) {
    if (job.state !== "PENDING") continue;
    const gpu = [...Array(GPUS).keys()].find((one) => !taken.has(one));
    const needsGpu = job.words.some((word) => word.startsWith("--gres=gpu"));
    const reason = hold ?? (needsGpu && gpu === undefined ? "Resources" : undefined);
    if (reason !== undefined) {
      save({ ...job, reason });
      continue;
    }
    if (needsGpu) taken.add(gpu);
    save({ ...job, state: "RUNNING", reason: "None", node: "fake1", gpu: needsGpu ? gpu : undefined });
    spawn(process.execPath, [process.argv[1], "run", job.id], { detached: true, stdio: "ignore" }).unref();
  }
}

function run(id) {
  const job = load(id);
  const log = (job.words.find((word) => word.startsWith("--output=")) ?? "").slice("--output=".length);
  const path = log
    .replaceAll("%%", "\0")
    .replaceAll("%A", `${job.array}`)
    .replaceAll("%a", `${job.task}`)
    .replaceAll("%j", `${Math.floor(job.number)}`)
    .replaceAll("\0", "%");
  const out = openSync(path, "a");
  const folder = (job.words.find((word) => word.startsWith("--chdir=")) ?? "").slice("--chdir=".length);
  // Compute nodes have no network: nor have jobs here, where the system lets one be taken away.
  const offline = spawnSync("unshare", ["--net", "true"]).status === 0 ? ["unshare", "--net"] : [];
  const [program, ...words] = [...offline, "bash", "-s"];
  const child = spawn(program, words, {
    cwd: folder,
    detached: true,
    stdio: ["pipe", out, out],
    env: {
      ...process.env,
      SLURM_JOB_ID: `${Math.floor(job.number)}`,
      ...(job.array === undefined ? {} : { SLURM_ARRAY_JOB_ID: `${job.array}`, SLURM_ARRAY_TASK_ID: `${job.task}` }),
      ...(job.restarts > 0 ? { SLURM_RESTART_COUNT: `${job.restarts}` } : {}),
      ...(job.gpu === undefined ? {} : { CUDA_VISIBLE_DEVICES: `${job.gpu}` }),
    },
  });
  child.stdin.end(job.script);
  locked(() => save({ ...load(id), pid: child.pid }));
  const watch = setInterval(() => {
    const { doomedAt } = load(id);
    if (doomedAt !== undefined && Date.now() - doomedAt > KILL_WAIT_MS) send(child.pid, "SIGKILL", "group");
  }, 200);
  child.on("close", (code) => {
    clearInterval(watch);
    locked(() => {
      const { gpu: _, pid: __, doomedAt: ___, ...now } = load(id);
      if (now.again)
        save({ ...now, again: undefined, state: "PENDING", reason: "BeginTime", restarts: now.restarts + 1 });
      else if (now.state === "RUNNING") save({ ...now, state: code === 0 ? "COMPLETED" : "FAILED" });
      else save(now);
    });
  });
}

function send(pid, signal, whom) {
  try {
    process.kill(whom === "group" ? -pid : pid, signal);
  } catch {
    // It is gone.
  }
}

/** Slurm signals every process of a job. */
function doom(job, state, signal) {
  if (job.state === "PENDING") save({ ...job, state });
  if (job.state !== "RUNNING") return;
  save({ ...job, state, doomedAt: Date.now() });
  if (job.pid !== undefined) send(job.pid, signal, "group");
}

function queue() {
  const silence = said("silent");
  if (silence !== undefined) fail(silence);
  schedule();
  const names = new Set((option("name") ?? "").split(","));
  for (const job of all()) {
    if (names.has(job.name)) console.log([job.id, job.state, job.reason, job.node ?? "", job.name].join("|"));
  }
}

const matching = (ids) => all().filter((job) => ids.some((id) => job.id === id || job.id.startsWith(`${id}_`)));

function each(ids, work) {
  locked(() => {
    for (const job of matching(ids)) work(job);
  });
}

switch (command) {
  case "sbatch":
    locked(submit);
    break;
  case "squeue":
    locked(queue);
    break;
  case "scancel":
    each(words, (job) => doom(job, "CANCELLED", "SIGTERM"));
    break;
  case "scontrol":
    each(words.slice(1), (job) => save({ ...job, again: true }));
    break;
  case "fail":
    each(words, (job) => doom(job, "NODE_FAIL", "SIGKILL"));
    break;
  case "requeue":
    each(words, (job) => {
      save({ ...job, again: true, doomedAt: Date.now() });
      send(job.pid, "SIGTERM", "group");
    });
    break;
  case "time":
    each(words, (job) => send(job.pid, "SIGUSR2", "process"));
    break;
  case "stop":
    locked(() => {
      for (const job of all()) doom(job, "CANCELLED", "SIGKILL");
    });
    break;
  case "run":
    run(words[0]);
    break;
  default:
    fail(`no such command: ${command}`);
}
