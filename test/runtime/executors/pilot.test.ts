/** Pilots, in this process: they share a plan by leases, and its failures by files. */

import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { OpName, Plan } from "../../../src/compiler/plan/types.js";
import { linesOf } from "../../../src/runtime/executors/slurm/lines.js";
import { runPilot } from "../../../src/runtime/executors/slurm/pilot.js";
import { type RoundPlace, SlurmPlace } from "../../../src/runtime/executors/slurm/place.js";
import { jobClasses } from "../../../src/runtime/executors/slurm/resources.js";
import {
  aboutSpec,
  type PilotSpec,
  planDigest,
  printSpec,
  readSpec,
} from "../../../src/runtime/executors/slurm/spec.js";
import { packageVersion } from "../../../src/runtime/host/package.js";
import type { RunEvent } from "../../../src/runtime/journal/events.js";
import { computeCandidates } from "../../../src/runtime/run/engine.js";
import { timerHeartbeat } from "../../../src/runtime/store/heartbeat.js";
import { nodeFileSystem, openStore } from "../../../src/runtime/store/index.js";
import { localWorker, type RunOps } from "../../../src/runtime/workers/index.js";
import { keyOf, noEngine, planOf, type Sketch, textOps } from "../coordinator/plans.js";

const [compute] = await computeCandidates({ engine: "reference", device: "cpu", jobs: 1 });

let folder: string;
let round: RoundPlace;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "xferc-pilot-"));
  round = new SlurmPlace(join(folder, "run")).newRound();
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const cache = () => join(folder, "cache");

function write(plan: Plan, more: Partial<PilotSpec> = {}): PilotSpec {
  const spec: PilotSpec = {
    ...{ xferc: packageVersion(), run: "2026-11-23T09-30-00-1a2b3c", study: "main", engineTitle: compute.title },
    ...{ cache: cache(), layers: [], leaseSeconds: 1, engine: compute.engine, signature: compute.signature },
    ...{ policy: "keep-going", checkpointEvery: undefined, microBatch: undefined, plan, places: new Map() },
    ...{ failed: new Map(), scratch: undefined, idleSeconds: 1, plugins: [] },
    classes: new Map(jobClasses({}).map(({ name, ops }) => [name, { ops, workers: 1 }])),
    ...more,
  };
  round.write(printSpec(spec), aboutSpec(spec));
  return spec;
}

interface Wish {
  readonly class?: string;
  readonly ops?: RunOps;
  readonly signal?: AbortSignal;
  readonly environment?: NodeJS.ProcessEnv;
}

function fly(pilot: string, { class: name = "main", ops = textOps(), signal, environment = {} }: Wish = {}) {
  const ended = runPilot({
    ...{ round, class: name, pilot, environment, signal: signal ?? new AbortController().signal },
    startWorker: async () => localWorker({ engine: noEngine, blobs: openStore(cache()), runOps: ops }),
    startHeartbeat: timerHeartbeat(nodeFileSystem),
  });
  const lines = () =>
    linesOf(round.journalPath(pilot)) as readonly (RunEvent | { type: "pilot.ended"; problem?: string })[];
  const labels = (type: RunEvent["type"]) =>
    lines().flatMap((line) => (line.type === type && "label" in line ? [line.label] : []));
  const last = () => lines().at(-1);
  return { ended, labels, last };
}

const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
const DIAMOND: Sketch = {
  data: {},
  "train a": { needs: ["data"], op: "init" },
  "train b": { needs: ["data"], op: "init" },
  compare: { needs: ["train a", "train b"] },
};
const resultOf = async (name: string) => (await openStore(cache()).lookup(keyOf(name)))?.value;

describe("pilots of one run", () => {
  it("compute every node once, and go when nothing is left", async () => {
    write(planOf(DIAMOND));
    const ops = textOps(() => sleep(10));
    const pilots = ["1_0", "1_1", "1_2"].map((name) => fly(name, { ops }));
    expect(await Promise.all(pilots.map(({ ended }) => ended))).toEqual(["done", "done", "done"]);
    const finished = pilots.flatMap(({ labels }) => labels("node.finished")).sort();
    expect(finished).toEqual(["compare", "data", "train a", "train b"]);
    expect(await resultOf("compare")).toBe("compare(train a(data()),train b(data()))");
  });

  it("leave to others what is for others, and wait for it", async () => {
    const classes = new Map([
      ["main", { ops: new Set<OpName>(["score"]), workers: 1 }],
      ["train", { ops: new Set<OpName>(["init"]), workers: 1 }],
    ]);
    const slow: Sketch = { ...DIAMOND, data: { seconds: 60 }, compare: { needs: ["train a", "train b"], seconds: 60 } };
    write(planOf(slow), { classes, idleSeconds: 30 });
    const main = fly("1_0");
    await expect.poll(() => main.labels("node.finished")).toEqual(["data"]);
    const train = fly("2_0", { class: "train" });
    expect(await Promise.all([main.ended, train.ended])).toEqual(["done", "done"]);
    expect(main.labels("node.finished")).toEqual(["data", "compare"]);
    expect(train.labels("node.finished").sort()).toEqual(["train a", "train b"]);
  });

  it("take quick nodes along that are for no one in particular", async () => {
    const classes = new Map([
      ["main", { ops: new Set<OpName>(["score"]), workers: 1 }],
      ["train", { ops: new Set<OpName>(["init"]), workers: 1 }],
    ]);
    write(planOf(DIAMOND), { classes });
    const train = fly("2_0", { class: "train" });
    expect(await train.ended).toBe("done");
    expect(train.labels("node.finished")).toHaveLength(4);
  });

  it("go when they have had nothing to do for some time", async () => {
    const classes = new Map([
      ["main", { ops: new Set<OpName>(["score"]), workers: 1 }],
      ["train", { ops: new Set<OpName>(["init"]), workers: 1 }],
    ]);
    write(planOf({ data: { seconds: 60 }, "train a": { needs: ["data"], op: "init" } }), { classes });
    const train = fly("2_0", { class: "train" });
    expect(await train.ended).toBe("idle");
    expect(train.last()).toMatchObject({ type: "pilot.ended", end: "idle", computed: 0 });
  });

  it("do not try what one of them failed at, and say why in the same words", async () => {
    write(planOf(DIAMOND));
    const failing = textOps(({ node }) => {
      if (node.label === "train b") throw new Error("image 7 is corrupt");
    });
    expect(await fly("1_0", { ops: failing }).ended).toBe("done");
    expect(round.failureOf(keyOf("train b"))).toBe("image 7 is corrupt");
    const second = fly("1_1");
    expect(await second.ended).toBe("done");
    expect(second.labels("node.started")).toEqual([]);
  });

  it("begin nothing new once one has failed, under fail-fast", async () => {
    write(planOf({ a: { seconds: 9 }, b: { seconds: 8 }, c: { seconds: 7 } }), { policy: "fail-fast" });
    round.giveUp(keyOf("z"), "elsewhere");
    const pilot = fly("1_0");
    expect(await pilot.ended).toBe("done");
    expect(pilot.labels("node.started")).toEqual([]);
  });

  it("go when they are told, and when the run is cancelled", async () => {
    write(planOf({ a: {}, b: { needs: ["a"] } }));
    const told = new AbortController();
    const ops: RunOps = async ([call]) => {
      await new Promise((_, reject) =>
        call?.context.signal?.addEventListener("abort", () => reject(new Error("stopped"))),
      );
      return new Map();
    };
    const first = fly("1_0", { ops, signal: told.signal });
    await expect.poll(() => first.labels("node.started")).toEqual(["a"]);
    told.abort();
    expect(await first.ended).toBe("told");
    const second = fly("1_1", { ops });
    await expect.poll(() => second.labels("node.started")).toEqual(["a"]);
    round.slurm.cancel();
    expect(await second.ended).toBe("cancelled");
    expect(round.failureOf(keyOf("a"))).toBeUndefined();
  });

  it("use a folder of the compute node's own, and leave nothing in it", async () => {
    const before = process.env.TMPDIR;
    write(planOf({ a: {} }), { scratch: `$JOB_SCRATCH/$\{NODE}` });
    const environment = { JOB_SCRATCH: join(folder, "scratch"), NODE: "n1" };
    let seen: string | undefined;
    const ops = textOps(() => {
      seen = process.env.TMPDIR;
    });
    try {
      expect(await fly("1_0", { ops, environment }).ended).toBe("done");
    } finally {
      if (before === undefined) delete process.env.TMPDIR;
      else process.env.TMPDIR = before;
    }
    expect(seen).toBe(join(folder, "scratch", "n1", "xferc-1_0"));
    expect(existsSync(seen ?? "")).toBe(false);
  });
});

describe("a pilot that cannot work", () => {
  const problemOf = async (name: string, wish: Wish = {}) => {
    const pilot = fly(name, wish);
    expect(await pilot.ended).toBe("unable");
    const last = pilot.last();
    return last !== undefined && "problem" in last ? last.problem : undefined;
  };

  it("says so: what it is told is damaged", async () => {
    write(planOf({ a: {} }));
    writeFileSync(round.planPath, "xferc pilot 1 something else\n");
    expect(await problemOf("1_0")).toContain("is damaged");
  });

  it("says so: its run's folder is not there", async () => {
    write(planOf({ a: {} }));
    rmSync(round.planPath);
    expect(await problemOf("1_0")).toMatch(
      /cannot be read \(ENOENT\): the run's folder has to lie where compute nodes see it/,
    );
  });

  it("says so: it is of another version", async () => {
    write(planOf({ a: {} }), { xferc: "0.0.1" });
    expect(await problemOf("1_0")).toContain("the run was begun with xferc 0.0.1");
  });

  it("says so: it would compute with something else", async () => {
    write(planOf({ a: {} }), {
      signature: { ...compute.signature, engineVersion: "0" },
      engineTitle: "reference 0 cpu",
    });
    expect(await problemOf("1_0")).toMatch(/this job computes with reference .*, and the plan with reference 0 cpu/);
  });

  it("says so: there is no such variable", async () => {
    write(planOf({ a: {} }), { scratch: "$NOWHERE/x" });
    expect(await problemOf("1_0")).toContain("NOWHERE is not set on this compute node");
  });
});

describe("what a pilot is told", () => {
  it("comes back as it was written", () => {
    const spec = write(planOf(DIAMOND), { places: new Map([[keyOf("data"), "/data/it's here"]]) });
    expect(readSpec(round.planPath)).toEqual(spec);
  });

  it("is known by its plan, whoever's run it is", () => {
    const spec = write(planOf(DIAMOND));
    expect(planDigest({ ...spec, run: "another" } as PilotSpec)).toBe(planDigest(spec));
    expect(planDigest({ ...spec, policy: "fail-fast" })).not.toBe(planDigest(spec));
    expect(planDigest({ ...spec, plan: planOf({ a: {} }) })).not.toBe(planDigest(spec));
  });
});
