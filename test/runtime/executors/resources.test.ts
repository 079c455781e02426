/** What jobs ask for, and what of a cluster's answers means what. */

import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { PlanNode } from "../../../src/compiler/plan/types.js";
import { outsideOfJobs, slurmWith } from "../../../src/runtime/executors/slurm/client.js";
import { clusterWish, withJobs } from "../../../src/runtime/executors/slurm/machine.js";
import { allocatedBytes } from "../../../src/runtime/executors/slurm/pilot.js";
import { adviceOn, parseQueue, standingOf } from "../../../src/runtime/executors/slurm/queue.js";
import { jobClasses, requestFor, serves } from "../../../src/runtime/executors/slurm/resources.js";
import { readConfig } from "../../../src/runtime/host/config.js";
import type { SlurmConfig } from "../../../src/runtime/host/slurm-config.js";
import { computeCandidates } from "../../../src/runtime/run/engine.js";
import { planOf, type Sketch } from "../coordinator/plans.js";

const CUDA = { device: "cuda", threads: 2 } as const;
const signature = {
  engine: "tensorflow",
  engineVersion: "2.21.0",
  device: "cuda",
  precision: "f32",
  threads: 2,
} as const;

function nodesOf(sketch: Sketch, estimate: Partial<PlanNode["estimate"]>): readonly PlanNode[] {
  return planOf(sketch).nodes.map((node) => ({ ...node, signature, estimate: { ...node.estimate, ...estimate } }));
}
const classOf = (config: SlurmConfig, name: string) => {
  const found = jobClasses(config).find((one) => one.name === name);
  if (found === undefined) throw new Error(`there is no class ${name}`);
  return found;
};

describe("a job", () => {
  it("asks for what the plan's estimates say: a GPU, memory beside it, and time for its share", () => {
    const nodes = nodesOf(
      { a: { op: "train" }, b: { op: "train" }, c: { op: "train" } },
      {
        ...{ seconds: 7200, memory: 9e9, deviceMemory: 8e9 },
      },
    );
    expect(requestFor(classOf({ pilots: 2 }, "main"), nodes, CUDA)).toMatchObject({
      // half as long again as the longest, twice that, and ten minutes to begin
      ...{ gres: "gpu:1", cpus: 2, memory: "2560M", time: String(180 * 2 + 10) },
    });
  });

  it("asks for a day at most: what is not done by then goes on in another job", () => {
    const nodes = nodesOf({ a: { op: "train" } }, { seconds: 1e6 });
    expect(requestFor(classOf({}, "main"), nodes, CUDA).time).toBe("1440");
  });

  it("has memory and processors for all that it computes at once", () => {
    const nodes = nodesOf({ a: {}, b: {} }, { memory: 2 ** 30, deviceMemory: 0 });
    const one = requestFor(classOf({}, "main"), nodes, { device: "cpu", threads: 3 });
    const four = requestFor(classOf({ workers: 4 }, "main"), nodes, { device: "cpu", threads: 3 });
    expect([one.cpus, four.cpus]).toEqual([3, 12]);
    expect(Number.parseInt(four.memory ?? "", 10)).toBeGreaterThan(3 * Number.parseInt(one.memory ?? "", 10) - 3000);
    expect(one.gres).toBeUndefined();
  });

  it("asks by operation where the configuration says so", () => {
    const config: SlurmConfig = {
      ...{
        partition: "gpu",
        gres: "gpu:1",
        ops: { "dataset.*": { partition: "cpu", gres: "none" }, train: { time: "8:00:00" } },
      },
    };
    const classes = jobClasses(config);
    expect(classes.map(({ name, ops }) => [name, [...ops]])).toEqual([
      ["dataset.-", expect.arrayContaining(["dataset.index", "dataset.prepare"])],
      ["main", expect.arrayContaining(["weights.import", "init", "predict", "score"])],
      ["train", ["train"]],
    ]);
    const train = requestFor(classOf(config, "train"), nodesOf({ a: { op: "train" } }, {}), CUDA);
    expect(train).toMatchObject({ gres: "gpu:1", time: "8:00:00", resources: { partition: "gpu" } });
    const data = requestFor(classOf(config, "dataset.-"), nodesOf({ a: { op: "dataset.prepare" } }, {}), CUDA);
    expect(data).toMatchObject({ gres: undefined, resources: { partition: "cpu" } });
  });

  it("takes quick nodes of no kind of their own along", () => {
    const config: SlurmConfig = { ops: { train: { cpus: 4 } } };
    const [train, main] = [classOf(config, "train"), classOf(config, "main")];
    const [quick, slow, training] = planOf({
      a: { seconds: 1 },
      b: { seconds: 60 },
      c: { op: "train", seconds: 1 },
    }).nodes;
    if (quick === undefined || slow === undefined || training === undefined) throw new Error("three nodes");
    expect([quick, slow, training].map((node) => serves(train, node, main))).toEqual([true, false, true]);
    expect([quick, slow, training].map((node) => serves(main, node, main))).toEqual([true, true, false]);
  });

  it("is refused for an operation there is not", () => {
    expect(() => jobClasses({ ops: { trian: {} } })).toThrow('there is no operation "trian"');
  });

  it("knows the memory it was given", () => {
    expect(allocatedBytes({ SLURM_MEM_PER_NODE: "2048" })).toBe(2 ** 31);
    expect(allocatedBytes({ SLURM_MEM_PER_CPU: "1024", SLURM_CPUS_ON_NODE: "4" })).toBe(2 ** 32);
    expect(allocatedBytes({})).toBeUndefined();
  });
});

describe("a plan for a cluster", () => {
  const wish = { engine: "onnx", device: "auto" } as const;

  it("is for the device that jobs ask for, which need not be here", () => {
    expect(clusterWish({ gres: "gpu:1" }, wish).device).toBe("cuda");
    expect(clusterWish({ ops: { train: { gres: "gpu:a100:1" } } }, wish).device).toBe("cuda");
    expect(clusterWish({ gres: "gpu:1", device: "cpu" }, wish).device).toBe("cpu");
    expect(clusterWish({}, wish).device).toBe("cpu");
    expect(clusterWish({ gres: "gpu:1" }, { ...wish, device: "cpu" }).device).toBe("cpu");
    expect(() => clusterWish({}, { ...wish, device: "cuda:1" })).toThrow("means nothing on a cluster");
  });

  it("reckons with as many workers as there may be jobs", async () => {
    const [here] = await computeCandidates({ ...wish, device: "cpu", jobs: 1 });
    const [there] = await computeCandidates(clusterWish({ pilots: 5, workers: 2 }, wish));
    expect(there.inventory.slots).toHaveLength(10);
    expect(there.signature).toEqual(here.signature);
    expect(withJobs({ workers: 2 }, 5)).toMatchObject({ pilots: 3 });
  });
});

describe("the queue", () => {
  it("is read line by line", () => {
    const text = "12_0|RUNNING|None|gpu07|xferc-a-main\n12_1|PENDING|Priority||xferc-a-main\nslurm_load_jobs error\n";
    expect(parseQueue(text)).toEqual([
      { id: "12_0", state: "RUNNING", reason: "", node: "gpu07", name: "xferc-a-main" },
      { id: "12_1", state: "PENDING", reason: "Priority", node: "", name: "xferc-a-main" },
    ]);
  });

  it("has words for what no waiting ends", () => {
    expect(adviceOn("PartitionTimeLimit")).toContain("slurm.time");
    expect(adviceOn("Priority")).toBeUndefined();
  });

  it.each([
    ["waits", ["PENDING", "REQUEUED", "CONFIGURING"]],
    ["runs", ["RUNNING", "SUSPENDED"]],
    ["ends", ["COMPLETING"]],
    ["over", ["COMPLETED", "FAILED", "NODE_FAIL", "TIMEOUT", "PREEMPTED", "CANCELLED", "OUT_OF_MEMORY"]],
  ])("knows which jobs are those that: %s", (standing, states) => {
    for (const state of states) {
      expect(standingOf({ id: "1_0", name: "", state, reason: "", node: "" })).toBe(standing);
    }
  });
});

describe("sbatch", () => {
  const submitting = (answer: { code: number; out?: string; err?: string }) =>
    slurmWith(async () => ({ status: "answered", out: "", err: "", ...answer })).submit([]);

  it("gives the array's number, with or without the cluster's name", async () => {
    expect(await submitting({ code: 0, out: "4711\n" })).toEqual({ status: "submitted", array: "4711" });
    expect(await submitting({ code: 0, out: "4711;west\n" })).toEqual({ status: "submitted", array: "4711" });
  });

  it.each([
    ["later", "sbatch: error: Batch job submission failed: Unable to contact slurm controller (connect failure)"],
    [
      "later",
      "sbatch: error: QOSMaxSubmitJobPerUserLimit\nsbatch: error: Batch job submission failed: Job violates accounting/QOS policy (job submit limit, user's size and/or time limits)",
    ],
    ["unanswered", "sbatch: error: Batch job submission failed: Socket timed out on send/recv operation"],
    [
      "refused",
      "sbatch: error: invalid partition specified: gqu\nsbatch: error: Batch job submission failed: Invalid partition name specified",
    ],
    [
      "refused",
      "sbatch: error: Batch job submission failed: Invalid account or account/partition combination specified",
    ],
    ["refused", "sbatch: error: Batch job submission failed: Requested node configuration is not available"],
  ])("may say no: %s", async (status, err) => {
    expect(await submitting({ code: 1, err })).toMatchObject({ status });
  });

  it("says in its own words what is wrong", async () => {
    const err =
      "sbatch: error: invalid partition specified: gqu\nsbatch: error: Batch job submission failed: Invalid partition name specified\n";
    expect(await submitting({ code: 1, err })).toEqual({
      status: "refused",
      message: "Invalid partition name specified (invalid partition specified: gqu)",
    });
  });

  it("is not told of the job that xferc itself is in", () => {
    const environment = { PATH: "/bin", SLURM_CONF: "/etc/slurm.conf", SLURM_MEM_PER_CPU: "1024", SLURM_JOB_ID: "7" };
    expect(outsideOfJobs({ ...environment, XFERC_SLURM_COORDINATOR: "1" })).toEqual({
      PATH: "/bin",
      SLURM_CONF: "/etc/slurm.conf",
    });
  });

  it("may not be there, or hang", async () => {
    expect(await slurmWith(async () => ({ status: "absent" })).submit([])).toMatchObject({ status: "refused" });
    expect(await slurmWith(async () => ({ status: "hung" })).submit([])).toMatchObject({ status: "unanswered" });
    expect(await slurmWith(async () => ({ status: "absent" })).queue(["a"])).toMatchObject({ status: "absent" });
  });
});

describe("the configuration", () => {
  const reading = (slurm: unknown) => {
    const folder = mkdtempSync(join(tmpdir(), "xferc-config-"));
    writeFileSync(join(folder, "xfer.config.json"), JSON.stringify({ slurm }));
    return readConfig(folder).slurm;
  };
  const problemOf = (slurm: unknown): string => {
    try {
      reading(slurm);
      return "";
    } catch (error) {
      const { message, hint } = error as Error & { hint?: string };
      return `${message.replace(/^.*xfer\.config\.json/, "")}; ${hint}`;
    }
  };

  it("is optional, and taken as it is", () => {
    expect(reading({})).toEqual({});
    const ops = { "dataset.*": { cpus: 16 } };
    expect(reading({ gres: "gpu:1", container: "a.sif", ops })).toEqual({ gres: "gpu:1", container: "a.sif", ops });
  });

  it.each([
    [{ partion: "gpu" }, / at slurm must NOT have additional properties: "partion"; did you mean "partition"\?/],
    [{ memory: "16 gigabytes" }, / at slurm\/memory must match pattern .*; Memory of a job as sbatch --mem/],
    [{ time: "4h" }, / at slurm\/time must match pattern .*; Longest time of a job as sbatch --time/],
    [{ pilots: 0 }, / at slurm\/pilots must be >= 1; Jobs at once at most/],
    [{ device: "tpu" }, / at slurm\/device must be equal to one of the allowed values; it may be cpu or cuda/],
    [{ ops: { train: { signalSeconds: 5 } } }, / at slurm\/ops\/train .*"signalSeconds"; it may have account, /],
    [{ arguments: ["-p gpu"] }, / at slurm\/arguments\/0 must match pattern/],
    [
      { container: { runtime: "docker", image: "a" } },
      / at slurm\/container\/runtime .*; it may be apptainer or singularity or pyxis/,
    ],
  ])("is refused with its place and what may stand there: %j", (slurm, told) => {
    expect(problemOf(slurm)).toMatch(told);
  });
});
