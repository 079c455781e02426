/** Runs in jobs of a cluster, as real processes: a stand-in for Slurm anywhere, and a real one where it is installed. */

import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { linesOf } from "../../src/runtime/executors/slurm/lines.js";
import { readJournal } from "../../src/runtime/journal/journal.js";
import { ensureBuilt } from "../built.js";
import { type Cluster, type FakeCluster, fakeCluster, noRealSlurm, realCluster } from "../support/slurm/clusters.js";
import { type Ended, project, read, remove, SMALL, type Started, start } from "./command.js";

const LONG = `study long { seed 1; repeats 2 }
import "xfer:bundled"
model mini = resnet(blocks: [1], widths: [4], stem: small, size: 28 px)
init RI = random
recipe long { optimizer adam(lr: 1e-3); batch 16 images; for 1200 steps; select last }
experiment main { model mini; target digits_few; init RI; train long; measure test = score(target.metric) }
table t from main { cell test }
`;
const SLURM = { device: "cpu", gres: "gpu:1", memory: "1G", pilots: 2, pollSeconds: 1, idleSeconds: 20 };
const SETUP = ['echo "CUDA_VISIBLE_DEVICES=$CUDA_VISIBLE_DEVICES"'];
const CONFIG = { cache: { leaseSeconds: 3 }, slurm: { ...SLURM, setup: SETUP } };
// A space, a quote, what a shell and Slurm's file names would take for their own.
const folder = join(project({}), "it's a $(folder) with 100%");
const STUDIES = { small: SMALL.replace(/^figure .*$/m, ""), long: LONG };

function put(name: string, text: string): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, name), text);
}

const running: Started[] = [];
function begin(cluster: Cluster | undefined, command: string, ...words: readonly string[]): Started {
  const run = start(folder, [command, ...words], cluster?.environment ?? {});
  running.push(run);
  return run;
}
const runWords = (study: string, name: string) => [
  ...[`${study}.xfer`, "--engine", "onnx", "--checkpoint-every", "20steps"],
  ...["--ui", "plain", "--cache", `cache ${name}`, "--out", `run ${name}`],
];
const onSlurm = (cluster: Cluster, study: string, name: string) =>
  begin(cluster, "run", ...runWords(study, name), "--executor", "slurm");

beforeAll(async () => {
  await ensureBuilt();
  put("package.json", "{}");
  put("xfer.config.json", JSON.stringify(CONFIG));
  for (const [study, text] of Object.entries(STUDIES)) {
    put(`${study}.xfer`, text);
    const ended = await begin(undefined, "run", ...runWords(study, `local ${study}`)).ended;
    expect(ended).toMatchObject({ code: 0 });
  }
}, 240_000);
afterEach(async () => {
  // Only where a test failed half way is anyone still there.
  for (const { child, ended } of running.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill("SIGKILL");
    await ended;
  }
});
afterAll(() => remove(join(folder, "..")));

const results = (name: string) => read(folder, `run ${name}`, "results.csv");
const events = (name: string) => readJournal(join(folder, `run ${name}`, "events.ndjson"));
const jobsOf = (name: string): readonly string[] => {
  const place = join(folder, `run ${name}`, "slurm");
  return readdirSync(place)
    .filter((round) => /^\d+$/.test(round))
    .flatMap((round) => linesOf(join(place, round, "jobs.ndjson")) as readonly { array: string; count: number }[])
    .flatMap(({ array, count }) => Array.from({ length: count }, (_, task) => `${array}_${task}`));
};
const leasesOf = (name: string): readonly string[] =>
  ["leases", "holders"].flatMap((kind) => readdirSync(join(folder, `cache ${name}`, kind)));
const pilotsOf = (name: string): string => join(folder, `run ${name}`, "slurm", "1", "pilots");
const journalsOf = (name: string): readonly string[] => (existsSync(pilotsOf(name)) ? readdirSync(pilotsOf(name)) : []);
/**
 * Waits for a training to have come so far in a job that has not said that it ends, and says in which.
 * @param not jobs, or journals of one start of a job, that do not count
 */
async function trainingIn(name: string, step: number, not: readonly string[] = []): Promise<string> {
  const pilots = pilotsOf(name);
  for (let tries = 0; tries < 600; tries++) {
    for (const journal of journalsOf(name)) {
      if (not.includes(journal) || readFileSync(join(pilots, journal), "utf8").includes('"pilot.ended"')) continue;
      const heard = readJournal(join(pilots, journal));
      const far = heard.some((event) => event.type === "node.checkpoint" && event.step >= step);
      const [job = ""] = journal.split(".");
      if (far && !not.includes(job)) return job;
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`no training came to step ${step}`);
}
function expectSame(ended: Ended, study: string, name: string): void {
  expect(ended, ended.out + ended.err).toMatchObject({ code: 0 });
  expect(results(name)).toBe(results(`local ${study}`));
  expect(leasesOf(name)).toEqual([]);
}
const livingJobs = (cluster: Cluster, name: string): string => {
  const id = readFileSync(join(folder, `run ${name}`, "slurm", "id"), "utf8");
  const names = [`xferc-${id}-main`, `xferc-${id}-coordinator`].join();
  const states = ["PENDING", "RUNNING", "SUSPENDED", "CONFIGURING"].join();
  const format = "--format=%i|%T|%r|%N|%j";
  const listed = cluster.call("squeue", "--noheader", "--array", `--states=${states}`, `--name=${names}`, format);
  return listed
    .split("\n")
    .filter((line) => /PENDING|RUNNING/.test(line))
    .join("\n");
};

function onCluster(title: string, open: () => Cluster, skip: string | undefined): void {
  const named = skip === undefined ? title : `${title} (skipped: ${skip})`;
  describe.skipIf(skip !== undefined)(named, { timeout: 120_000 }, () => {
    const kind = title.replaceAll(/\W+/g, "-");
    let cluster: Cluster;
    beforeAll(() => {
      cluster = open();
    }, 60_000);
    afterAll(() => cluster?.stop(), 60_000);

    it("computes what one machine computes, byte for byte, on both of its GPUs at once", async () => {
      const name = `same ${kind}`;
      expectSame(await onSlurm(cluster, "small", name).ended, "small", name);
      expect(jobsOf(name)).toHaveLength(2);
      // Each has one that the other has not: they ran at the same time.
      expect(devicesOf(name)).toEqual(["0", "1"]);
      expect(livingJobs(cluster, name)).toBe("");
    });

    it("goes on with what jobs had kept that were killed, preempted, and lost with their node", async () => {
      const name = `eventful ${kind}`;
      const run = onSlurm(cluster, "long", name);
      const killed = await trainingIn(name, 40);
      cluster.call("scancel", killed);
      const preempted = await trainingIn(name, 80, [killed]);
      // what is on its way out may have come as far before it goes: the node to fail is one that goes on
      const leaving = journalsOf(name).filter((journal) => journal.startsWith(`${preempted}.`));
      cluster.preempt(preempted);
      cluster.failNode(await trainingIn(name, 160, [killed, ...leaving]));
      const ended = await run.ended;
      expectSame(ended, "long", name);
      expect(jobsOf(name).length).toBeGreaterThan(2);
      expect(ended.out).toContain(`job ${killed} had to go; trying again`);
      expect(ended.out).toContain(`job ${preempted} had to go; trying again`);
      expect(ended.out).toMatch(/train main#\d: job \d+_\d was lost[,:].*trying again/);
      expect(events(name).some((event) => event.type === "node.resumed" && event.step >= 160)).toBe(true);
    });

    it("finds its jobs again when its coordinator was killed, and leaves nothing behind when it is stopped", async () => {
      const name = `orphaned ${kind}`;
      const killed = onSlurm(cluster, "long", name);
      await trainingIn(name, 40);
      killed.child.kill("SIGKILL");
      await killed.ended;
      const before = jobsOf(name);
      const stopped = onSlurm(cluster, "long", name);
      await stopped.seen(/train main#\d: resumed|jobs? runs?/);
      await trainingIn(name, 80);
      expect(jobsOf(name)).toEqual(before);
      stopped.child.kill("SIGINT");
      expect(await stopped.ended).toMatchObject({ code: 130 });
      expect(livingJobs(cluster, name)).toBe("");
      expect(leasesOf(name)).toEqual([]);
      expectSame(await onSlurm(cluster, "long", name).ended, "long", name);
    });

    it("is followed by a job of its own when no one waits, and cancelled by a command", async () => {
      const name = `submitted ${kind}`;
      const words = runWords("long", name).filter((word) => word !== "--ui" && word !== "plain");
      const submitted = await begin(cluster, "submit", ...words).ended;
      expect(submitted, submitted.out + submitted.err).toMatchObject({ code: 0 });
      expect(submitted.out).toMatch(/job \d+ is in charge of it/);
      await trainingIn(name, 40);
      const status = await begin(cluster, "status", `run ${name}`).ended;
      expect(status.out).toMatch(/long · under way · \d+ of 12 nodes done/);
      expect(status.out).toMatch(/\d+_\d +RUNNING .*train main#\d \d+\/1200/);
      expect(status.out).toMatch(/in charge: job \d+ \(RUNNING\)/);
      const cancelled = await begin(cluster, "cancel", `run ${name}`).ended;
      expect(cancelled, cancelled.out + cancelled.err).toMatchObject({ code: 0 });
      expect(cancelled.out).toMatch(/: 3 jobs cancelled\. Finished work is kept\./);
      await expect.poll(() => livingJobs(cluster, name), { timeout: 20_000 }).toBe("");
      await expect.poll(() => leasesOf(name), { timeout: 20_000 }).toEqual([]);
      expect((await begin(cluster, "status", `run ${name}`).ended).out).toContain("long · cancelled");
    });
  });
}

/** What its jobs were told of GPUs. */
function devicesOf(name: string): readonly string[] {
  const logs = join(folder, `run ${name}`, "slurm", "logs");
  return readdirSync(logs)
    .map((log) => /CUDA_VISIBLE_DEVICES=(\S*)/.exec(readFileSync(join(logs, log), "utf8"))?.[1] ?? "")
    .sort();
}

describe("A stand-in for Slurm that misbehaves", { timeout: 120_000 }, () => {
  let cluster: FakeCluster;
  beforeAll(() => {
    cluster = fakeCluster();
  });
  afterAll(() => cluster.stop(), 60_000);

  it("shows why jobs wait, and goes on when time is nearly over and the queue does not answer", async () => {
    const name = "difficult";
    cluster.misbehave("hold", "Priority");
    const run = onSlurm(cluster, "long", name);
    await run.seen(/2 jobs wait in the queue \(Priority\)/);
    cluster.misbehave("hold", undefined);
    const warned = await trainingIn(name, 40);
    cluster.misbehave("silent", "slurm_load_jobs error: Unable to contact slurm controller (connect failure)");
    cluster.warn(warned);
    await run.seen(/the queue cannot be asked \(.*Unable to contact slurm controller/);
    cluster.misbehave("silent", undefined);
    const ended = await run.ended;
    expectSame(ended, "long", name);
    expect(ended.out).toMatch(/train main#\d: stopped at step/);
    expect(ended.out).toContain(`job ${warned} had to go; trying again`);
    expect(jobsOf(name)).toHaveLength(3);
  });

  it("is told where it refuses, and nothing is left of it", async () => {
    const name = "refused";
    cluster.misbehave("refuse", "sbatch: error: Batch job submission failed: Invalid account specified");
    const ended = await onSlurm(cluster, "long", name).ended;
    cluster.misbehave("refuse", undefined);
    expect(ended).toMatchObject({ code: 3 });
    expect(ended.out).toContain("sbatch refuses the job: Invalid account specified. Look at slurm in xfer.config.json");
    expect(leasesOf(name)).toEqual([]);
  });

  it("computes by operation, in an image and with a folder of the compute node's own, and the same", async () => {
    const name = "kinds";
    const bin = join(folder, "bin");
    // Stands in for apptainer: runs what comes after the image, and says what it was told.
    mkdirSync(bin);
    const apptainer = '#!/bin/bash\necho "$@"\nwhile [ "$1" != "my image.sif" ]; do shift; done\nshift\nexec "$@"\n';
    writeFileSync(join(bin, "apptainer"), apptainer, { mode: 0o755 });
    const container = { image: "my image.sif", mounts: ["/data"] };
    const ops = { "dataset.*": { gres: "none", cpus: 4 }, train: { workers: 2, pilots: 1 } };
    const config = { ...SLURM, idleSeconds: 5, scratch: "$SCRATCH/here", container, ops };
    put("xfer.config.json", JSON.stringify({ ...CONFIG, slurm: config }));
    const environment = {
      ...cluster.environment,
      PATH: `${bin}:${cluster.environment.PATH}`,
      SCRATCH: join(folder, "scratch"),
    };
    const ended = await onSlurm({ ...cluster, environment }, "small", name).ended;
    put("xfer.config.json", JSON.stringify(CONFIG));
    expectSame(ended, "small", name);
    const submitted = linesOf(join(folder, `run ${name}`, "slurm", "1", "jobs.ndjson")) as readonly { class: string }[];
    // What is quick is done by whoever comes by, so the main kind may not have been needed.
    expect(submitted.map((one) => one.class)).toEqual(expect.arrayContaining(["dataset.-", "train"]));
    const [job] = jobsOf(name);
    const log = read(folder, `run ${name}`, "slurm", "logs", `${job}.log`);
    expect(log).toContain(`,/data --pwd ${join(folder, `run ${name}`)} my image.sif node `);
    expect(readdirSync(join(folder, "scratch", "here"))).toEqual([]);
  });

  it("names no path of this machine in what the run says of itself", async () => {
    const name = "private";
    expectSame(await onSlurm(cluster, "small", name).ended, "small", name);
    expect(read(folder, `run ${name}`, "events.ndjson")).not.toContain(folder);
    const left = readdirSync(join(folder, `run ${name}`, "slurm"), { recursive: true, encoding: "utf8" });
    expect(left.filter((path) => !path.startsWith("logs")).sort()).toEqual(["1", "1/jobs.ndjson", "id"]);
  });
});

onCluster("A stand-in for Slurm", fakeCluster, undefined);
onCluster("A real Slurm", realCluster, noRealSlurm);
