/** What follows a run's jobs, on a cluster that does what a test says. */

import { afterEach, describe, expect, it } from "vitest";
import { stepName } from "../../../src/compiler/plan/index.js";
import type { PlanNode } from "../../../src/compiler/plan/types.js";
import { LeaveError } from "../../../src/runtime/executors/types.js";
import { StoreError } from "../../../src/runtime/store/index.js";
import { keyOf, planOf, type Sketch } from "../coordinator/plans.js";
import { scriptedRun } from "./scripted.js";

const CHAIN: Sketch = { data: {}, train: { needs: ["data"] }, score: { needs: ["train"] } };
const PAIR: Sketch = { a: {}, b: {} };

let close: () => Promise<void> = async () => undefined;
afterEach(() => close());
function begin(sketch: Sketch) {
  const run = scriptedRun(planOf(sketch));
  close = run.close;
  return run;
}
/** When all jobs of an array are there. */
const soon = async (act: () => void) => {
  await sleep(10);
  act();
};
const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

describe("a run in jobs", () => {
  it("is done when its results are in the cache, and told as if it ran here", async () => {
    const { slurm, pilot, follow, of } = begin(CHAIN);
    slurm.work = async ({ id }) => {
      const one = pilot(id);
      one.begin();
      for (const label of ["data", "train", "score"]) {
        one.start(label);
        await one.finish(label);
      }
      one.end("done", { computed: 3 });
      slurm.end(id, "COMPLETED");
    };
    const ended = await follow();
    expect(ended).toMatchObject({ computed: 3, shared: 0, failed: 0, interrupted: false });
    expect(ended.manifests.get(keyOf("score"))?.value).toBe("score");
    expect(of("node.finished").map(({ label }) => label)).toEqual(["data", "train", "score"]);
    expect(of("queue")[0]).toMatchObject({ waiting: 1, submitted: { array: "1", jobs: 1 } });
    expect(slurm.cancelled).toEqual([]);
  });

  it("asks for as many jobs as there are nodes to compute at once, and for no more than allowed", async () => {
    const { slurm, follow, publish } = begin({ a: {}, b: {}, c: {}, d: {}, e: { needs: ["a"] } });
    slurm.work = async () => {
      for (const label of ["a", "b", "c", "d", "e"]) await publish(label);
    };
    await follow({ config: { pilots: 3 } });
    expect(slurm.submissions[0]).toContain("--array=0-2");
    expect(slurm.jobs).toHaveLength(3);
    // What they had come for was done: none is left.
    expect(slurm.cancelled).toHaveLength(3);
  });

  it("does not ask for what another run computes just now, and takes what that leaves", async () => {
    const { slurm, follow, publish, of } = begin(PAIR);
    slurm.work = () => publish("a");
    const run = follow({ isElsewhere: (key) => key === keyOf("b") });
    await expect.poll(() => of("node.finished")).toHaveLength(1);
    await publish("b", "another");
    const ended = await run;
    expect(slurm.jobs).toHaveLength(1);
    expect(ended).toMatchObject({ computed: 1, shared: 1 });
    expect(of("node.shared").map(({ label }) => label)).toEqual(["b"]);
  });

  it("says why jobs wait, and what will never start", async () => {
    const { slurm, follow, publish, of, warnings } = begin(PAIR);
    Object.assign(slurm, { state: "PENDING", reason: "Priority" });
    const run = follow();
    const reasons = () => of("queue").map((event) => event.reasons);
    await expect.poll(reasons).toContainEqual({ Priority: 2 });
    for (const job of slurm.jobs) job.reason = "PartitionTimeLimit";
    await expect.poll(reasons).toContainEqual({ PartitionTimeLimit: 2 });
    await publish("a");
    await publish("b");
    await run;
    expect(warnings()).toEqual([expect.stringContaining("lower slurm.time")]);
  });

  it("goes by what jobs write while the queue does not answer, and submits nothing meanwhile", async () => {
    const { slurm, follow, pilot, warnings } = begin({ a: {}, b: { needs: ["a"] } });
    slurm.work = async ({ id }) => {
      slurm.silence = "Unable to contact slurm controller";
      const one = pilot(id);
      one.begin();
      await one.finish("a");
      one.end("idle");
      await sleep(80);
      expect(slurm.submissions).toHaveLength(1);
      slurm.end(id, "COMPLETED");
      slurm.silence = undefined;
      slurm.work = ({ id: next }) => pilot(next).finish("b");
    };
    expect(await follow()).toMatchObject({ computed: 2, failed: 0 });
    expect(warnings()[0]).toContain("the queue cannot be asked (Unable to contact slurm controller)");
    expect(slurm.submissions).toHaveLength(2);
  });

  it("tries again what sbatch cannot do just now, and cuts arrays that are too long", async () => {
    const { slurm, follow, publish, warnings } = begin({ a: {}, b: {}, c: {} });
    slurm.answers.push({ status: "later", message: "Slurm temporarily unable to accept job" });
    slurm.answers.push({ status: "refused", message: "Invalid job array specification" });
    slurm.work = async () => {
      for (const label of ["a", "b", "c"]) await publish(label);
    };
    expect(await follow()).toMatchObject({ computed: 3 });
    expect(warnings()).toEqual([expect.stringContaining("temporarily unable")]);
    const arrays = slurm.submissions.map((words) => words.find((word) => word.startsWith("--array=")));
    expect(arrays).toEqual(["--array=0-2", "--array=0-2", "--array=0-1", "--array=0-0"]);
  });

  it("ends where sbatch refuses, and says what to look at", async () => {
    const { slurm, follow } = begin(PAIR);
    slurm.answers.push({ status: "refused", message: "Invalid partition name specified" });
    const { fatal } = await follow();
    expect(fatal).toBe("sbatch refuses the job: Invalid partition name specified. Look at slurm in xfer.config.json");
  });

  it("ends where there is no Slurm", async () => {
    const { slurm, follow } = begin(PAIR);
    slurm.queue = async () => ({ status: "absent", message: "there is no squeue here" });
    expect(await follow()).toMatchObject({ fatal: "there is no squeue here", computed: 0 });
    expect(slurm.submissions).toEqual([]);
  });

  it("finds a job whose submission was never heard of, and submits no second one", async () => {
    const { slurm, follow, publish } = begin({ a: {} });
    const submit = slurm.submit.bind(slurm);
    slurm.submit = async (words) => {
      await submit(words);
      slurm.working.push(sleep(60).then(() => publish("a")));
      return { status: "unanswered", message: "Socket timed out" };
    };
    expect(await follow()).toMatchObject({ computed: 1 });
    expect(slurm.submissions).toHaveLength(1);
    expect(slurm.cancelled).toEqual(["1_0"]);
  });
});

describe("a job that is lost", () => {
  it("is replaced, and its node tried again; after three it has failed, and what needs it with it", async () => {
    const { slurm, follow, pilot, of, round } = begin({ ...CHAIN, other: {} });
    slurm.work = async ({ id }) => {
      const one = pilot(id);
      one.begin();
      if (id === "1_0") for (const label of ["data", "other"]) await one.finish(label);
      if (id === "1_1") return;
      one.start("train");
      await sleep(10);
      slurm.end(id, "NODE_FAIL");
    };
    const ended = await follow({ config: { pilots: 1 } });
    expect(ended).toMatchObject({ computed: 2, failed: 2, interrupted: false });
    const message = ended.failures.get(keyOf("train"));
    expect(message).toMatch(/^job \d+_0 was lost: its node failed \(NODE_FAIL\) \(attempt 3 of 3\)$/);
    expect(ended.failures.get(keyOf("score"))).toBe(`needs train, which failed: ${message}`);
    expect(of("node.failed").map(({ willRetry }) => willRetry)).toEqual([true, true, false]);
    expect(of("node.skipped").map(({ label }) => label)).toEqual(["score"]);
    // Pilots that are still at work are told.
    expect(round.failureOf(keyOf("train"))).toBe(message);
  });

  it("loses no attempt of a training that came further than before", async () => {
    const { slurm, follow, pilot, of } = begin({ train: {} });
    let step = 0;
    slurm.work = async ({ id }) => {
      const one = pilot(id);
      one.begin();
      one.start("train");
      step += 10;
      if (step === 60) {
        await one.finish("train");
        return;
      }
      one.keep("train", step);
      await sleep(10);
      slurm.end(id, "TIMEOUT");
    };
    expect(await follow()).toMatchObject({ computed: 1, failed: 0 });
    expect(of("node.failed")).toHaveLength(5);
    expect(of("worker.lost")[0]?.message).toContain("raise slurm.signalSeconds");
  });

  it("counts for nothing where it was told to go", async () => {
    const { slurm, follow, pilot, of, warnings } = begin({ train: {} });
    let times = 0;
    slurm.work = async ({ id }) => {
      const one = pilot(id);
      one.begin();
      one.start("train");
      times += 1;
      if (times === 6) return one.finish("train");
      one.end("told");
      slurm.end(id, "PREEMPTED");
    };
    expect(await follow()).toMatchObject({ computed: 1, failed: 0 });
    expect(of("node.failed").map(({ willRetry }) => willRetry)).toEqual(Array.from({ length: 5 }, () => true));
    expect(of("worker.lost")).toEqual([]);
    expect(warnings()).toEqual([]);
  });

  it("is waited for where Slurm has put it back into the queue", async () => {
    const { slurm, follow, pilot, of } = begin({ train: {} });
    slurm.work = async ({ id }) => {
      const one = pilot(id);
      one.begin();
      one.start("train");
      await sleep(10);
      Object.assign(slurm.jobs[0] ?? {}, { state: "PENDING", reason: "BeginTime" });
      await expect.poll(() => of("node.failed").length).toBe(1);
      Object.assign(slurm.jobs[0] ?? {}, { state: "RUNNING" });
      const again = pilot(`${id}.r1`);
      again.begin();
      again.start("train");
      await again.finish("train");
    };
    expect(await follow()).toMatchObject({ computed: 1, failed: 0 });
    expect(slurm.submissions).toHaveLength(1);
    expect(of("node.failed")[0]?.message).toBe("job 1_0 was lost, and Slurm has put it back into the queue");
  });

  it("ends the run where three in a row came to nothing, with what the last one said", async () => {
    const { slurm, follow, log, warnings } = begin(PAIR);
    slurm.work = ({ id }) => {
      log(id, "slurmstepd: hello\n/opt/node: No such file or directory\n\n");
      slurm.end(id, "FAILED");
    };
    const { fatal, interrupted } = await follow({ config: { pilots: 1 } });
    expect(fatal).toBe(
      "3 jobs in a row came to nothing. The last one: job 3_0 was lost: it failed (FAILED); its last words: /opt/node: No such file or directory",
    );
    expect(interrupted).toBe(false);
    expect(slurm.submissions).toHaveLength(3);
    expect(warnings()).toHaveLength(2);
  });

  it("may be unable to work where it is, and another one not", async () => {
    const { slurm, follow, pilot, warnings } = begin({ a: {} });
    slurm.work = async ({ id }) => {
      const one = pilot(id);
      one.begin();
      if (id === "2_0") return one.finish("a");
      one.end("unable", { problem: "no CUDA device: nvidia-smi lists none" });
      slurm.end(id, "FAILED");
    };
    expect(await follow()).toMatchObject({ computed: 1 });
    expect(warnings()).toEqual(["job 1_0 could not begin: no CUDA device: nvidia-smi lists none"]);
  });

  it("takes the run along where the cache cannot be used", async () => {
    const { slurm, follow, pilot } = begin(PAIR);
    slurm.work = ({ id }) => {
      pilot(id).begin();
      pilot(id).end("stopped", { problem: "The disk is full" });
      slurm.end(id, "FAILED");
    };
    expect(await follow()).toMatchObject({ fatal: "The disk is full" });
  });
});

describe("a node that fails in a job", () => {
  const failing = (run: ReturnType<typeof begin>) => {
    run.slurm.work = async ({ id }) => {
      const one = run.pilot(id);
      one.begin();
      if (id !== "1_0") return;
      one.start("b");
      one.start("a");
      one.fail("a", "image 7 is corrupt");
      await sleep(30);
      await one.finish("b");
    };
  };

  it("fails, and the rest goes on", async () => {
    const run = begin({ ...PAIR, c: { needs: ["a"] } });
    failing(run);
    const ended = await run.follow();
    expect(ended).toMatchObject({ computed: 1, failed: 2 });
    expect(ended.failures.get(keyOf("a"))).toBe("image 7 is corrupt");
  });

  it("ends the run under fail-fast", async () => {
    const run = begin({ ...PAIR, c: { needs: ["b"] } });
    failing(run);
    const ended = await run.follow({ options: { policy: "fail-fast" } });
    expect(ended).toMatchObject({ failed: 1, interrupted: false });
    // What was under way has ended; what would have come after it has not begun.
    expect(ended.manifests.has(keyOf("b"))).toBe(true);
    expect(ended.manifests.has(keyOf("c"))).toBe(false);
  });

  it("is set aside for a plan with smaller pieces where it found no memory", async () => {
    const plan = planOf({ a: { op: "train" }, b: {} });
    const params = { model: {}, recipe: { optimizer: {}, batch: 16 }, task: "multiclass" };
    const nodes = plan.nodes.map((one) => (one.op === "train" ? ({ ...one, params } as unknown as PlanNode) : one));
    const run = scriptedRun({ ...plan, nodes });
    close = run.close;
    const [node] = nodes;
    if (node?.op !== "train") throw new Error("a training");
    run.slurm.work = async ({ id }) => {
      const one = run.pilot(id);
      one.begin();
      if (id !== "1_0") return;
      await one.finish("b");
      one.end("done", { tooLarge: [[stepName(node.params), 8]] });
    };
    const ended = await run.follow();
    expect([...ended.tooLarge.values()]).toEqual([8]);
    expect(ended).toMatchObject({ computed: 1, failed: 0 });
  });
});

describe("whoever follows", () => {
  it("sends all jobs away when asked to stop", async () => {
    const { slurm, follow, round } = begin(PAIR);
    const stop = new AbortController();
    slurm.work = () => soon(() => stop.abort());
    expect(await follow({ options: { signal: stop.signal } })).toMatchObject({ interrupted: true });
    expect(slurm.cancelled).toEqual(["1_0", "1_1"]);
    expect(round.slurm.isCancelled).toBe(true);
  });

  it("lets them go on when only it has to go", async () => {
    const { slurm, follow, round, warnings } = begin(PAIR);
    const stop = new AbortController();
    slurm.work = () => soon(() => stop.abort(new LeaveError()));
    expect(await follow({ options: { signal: stop.signal } })).toMatchObject({ interrupted: true });
    expect(slurm.cancelled).toEqual([]);
    expect(round.slurm.isCancelled).toBe(false);
    expect(warnings()).toEqual([expect.stringContaining("the jobs go on")]);
  });

  it("stops where the run is cancelled elsewhere", async () => {
    const { slurm, follow, round } = begin(PAIR);
    slurm.work = () => soon(() => round.slurm.cancel());
    expect(await follow()).toMatchObject({ interrupted: true });
    expect(slurm.cancelled).toEqual(["1_0", "1_1"]);
  });

  it("says which jobs may be left where Slurm does not let them go", async () => {
    const { slurm, follow, warnings } = begin(PAIR);
    slurm.cancel = async () => undefined;
    const stop = new AbortController();
    slurm.work = () => soon(() => stop.abort());
    await follow({ options: { signal: stop.signal } });
    expect(warnings()).toEqual(["jobs may still be in the queue (they do not go): scancel 1_0 1_1"]);
  });

  it("does not hold what went wrong before against a new attempt", async () => {
    const { slurm, follow, pilot } = begin(PAIR);
    slurm.work = ({ id }) => slurm.end(id, "FAILED");
    expect(await follow({ config: { pilots: 1 } })).toMatchObject({
      fatal: expect.stringContaining("3 jobs in a row"),
    });
    slurm.work = ({ id }) => {
      pilot(id).begin();
      pilot(id).end("stopped", { problem: "The disk is full" });
      slurm.end(id, "FAILED");
    };
    expect(await follow({ config: { pilots: 1 } })).toMatchObject({ fatal: "The disk is full" });
    slurm.work = async ({ id }) => {
      pilot(id).begin();
      for (const label of ["a", "b"]) await pilot(id).finish(label);
    };
    expect(await follow({ config: { pilots: 1 } })).toMatchObject({ computed: 2, failed: 0 });
    expect(slurm.submissions).toHaveLength(5);
  });

  it("sends the jobs away where the cache cannot be used any longer", async () => {
    const { slurm, follow, store } = begin(PAIR);
    const broken = async () => {
      throw new StoreError("broken", "The disk reports errors");
    };
    let looks = 0;
    const lookup: typeof store.lookup = (key) => (looks++ < 20 ? store.lookup(key) : broken());
    expect(await follow({ options: { store: { lookup } } })).toMatchObject({ fatal: "The disk reports errors" });
    expect(slurm.cancelled).toEqual(["1_0", "1_1"]);
  });

  it("knows everything again when it is started anew, and counts lost attempts on", async () => {
    const { slurm, follow, pilot, publish, of, events } = begin(CHAIN);
    await publish("data");
    slurm.work = async ({ id }) => {
      const one = pilot(id);
      one.begin();
      one.start("train");
      await sleep(10);
      slurm.end(id, "NODE_FAIL");
    };
    const stop = new AbortController();
    const watch = setInterval(() => of("node.failed").length === 2 && stop.abort(new LeaveError()), 1);
    await follow({ options: { signal: stop.signal } });
    clearInterval(watch);
    const before = slurm.submissions.length;
    events.length = 0;
    const ended = await follow();
    expect(ended).toMatchObject({ cached: 1, failed: 2 });
    expect(ended.failures.get(keyOf("train"))).toContain("(attempt 3 of 3)");
    expect(slurm.submissions.length - before).toBeLessThanOrEqual(1);
  });
});
