/** Trainings that find no memory for a batch: real ones, on an engine that says it has none where there are too many images. */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { EngineError } from "../../../src/runtime/engine/errors.js";
import { openEngine } from "../../../src/runtime/engine/index.js";
import type { Engine } from "../../../src/runtime/engine/types.js";
import type { RunEvent } from "../../../src/runtime/journal/events.js";
import { runOps } from "../../../src/runtime/ops/index.js";
import { openStudy } from "../../../src/runtime/run/open.js";
import { planStudy } from "../../../src/runtime/run/planned.js";
import { runStudy } from "../../../src/runtime/run/run.js";
import { openStore } from "../../../src/runtime/store/index.js";
import { INITIAL, reduce } from "../../../src/runtime/ui/state.js";
import { localWorker } from "../../../src/runtime/workers/index.js";

const folder = mkdtempSync(join(tmpdir(), "xferc-memory-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const STUDY = `study pieces { seed 3; repeats 1 }
import "xfer:bundled"
model tokens = vit(dim: 8, depth: 1, heads: 2, patch: 14, size: 28 px)
model maps = resnet(blocks: [1], widths: [4], stem: small, size: 28 px)
init RI = random
recipe large { optimizer adam(lr: 1e-3); batch 24 images; drop_last no; for 6 steps; select last }
recipe small = large with { batch 4 images }
experiment main {
  vary model in [tokens, maps]
  vary train in [large, small]
  target digits_few; init RI
  measure test = score(target.metric)
}
table t from main { rows model, train; cell test }
`;

let onnx: Engine;
beforeAll(async () => {
  writeFileSync(join(folder, "package.json"), "{}");
  writeFileSync(join(folder, "study.xfer"), STUDY);
  onnx = await openEngine("onnx", { device: "cpu", threads: 1 });
});

/** No room for more images at once than these, in training. */
function cramped(most: number): Engine {
  return {
    id: onnx.id,
    signature: onnx.signature,
    open: async (bundle) => {
      const session = await onnx.open(bundle);
      return {
        load: (state) => session.load(state),
        read: (names) => session.read(names),
        close: () => session.close(),
        run: async (program, feeds, fetches) => {
          if (program !== "evaluate" && (feeds.y?.shape[0] ?? 0) > most) {
            throw new EngineError(`program \`${program}\` failed`, new Error("std::bad_alloc"));
          }
          return session.run(program, feeds, fetches);
        },
      };
    },
  };
}

interface Options {
  readonly most: number;
  readonly microBatch?: number | "auto";
  readonly cache: string;
  readonly policy?: "keep-going" | "fail-fast";
}

let runs = 0;
async function run({ most, microBatch, cache, policy = "keep-going" }: Options) {
  const open = await openStudy({
    cwd: folder,
    environment: {},
    study: "study.xfer",
    data: [],
    cache: join(folder, cache),
    set: [],
    only: microBatch === "auto" || microBatch === undefined ? [] : ["main"],
  });
  const planned = await planStudy(open, { engine: "onnx", device: "cpu", jobs: 1, microBatch });
  if (!planned.ok) throw new Error(planned.diagnostics.map(({ message }) => message).join("\n"));
  const events: RunEvent[] = [];
  const out = `run ${runs++}`;
  const store = openStore(open.cache);
  const finished = await runStudy(planned, {
    out,
    policy,
    listeners: [(event) => events.push(event)],
    signal: new AbortController().signal,
    command: "test",
    startWorker: async () => localWorker({ engine: cramped(most), blobs: store, runOps }),
  });
  const read = (name: string) => readFileSync(join(folder, out, name), "utf8");
  return { ...finished, events, missing: planned.demand.missing.length, read };
}

describe("a training without memory for its batch", { timeout: 60_000 }, () => {
  it("fails where nothing is said, and says what would help, by model", async () => {
    const { end, read } = await run({ most: 12, cache: "nothing said" });
    expect(end).toBe("failed");
    const results = read("results.csv");
    expect(results).toMatch(
      /tokens,large,.*failed,.*out of memory.*; --micro-batch auto takes batches of 24 in pieces/,
    );
    expect(results).toMatch(/maps,large,.*failed,.*out of memory.*; lower `batch`.*for batch normalization takes/);
    expect(results).toMatch(/tokens,small,.*,ok,/);
    expect(results).toMatch(/maps,small,.*,ok,/);
  });

  it("is taken in smaller pieces with --micro-batch auto, and the next run knows it", async () => {
    const first = await run({ most: 12, microBatch: "auto", cache: "auto" });
    expect(first.end).toBe("failed");
    const results = first.read("results.csv");
    expect(results).toMatch(/tokens,large,.*,ok,/);
    expect(results).toMatch(/maps,large,.*failed,/);
    const failed = first.events.filter(({ type }) => type === "node.failed");
    expect(failed).toHaveLength(2);
    expect(failed).toContainEqual(
      expect.objectContaining({ willRetry: true, message: expect.stringContaining("pieces of 12 images from now on") }),
    );
    expect(failed).toContainEqual(
      expect.objectContaining({ willRetry: false, label: expect.stringContaining("maps") }),
    );
    expect(first.events).toContainEqual(
      expect.objectContaining({ type: "warning", message: expect.stringContaining("keys of their own") }),
    );
    // the screen counts the nodes of the plan that is carried out in the end
    const seen = first.events.reduce(reduce, INITIAL);
    const plan = JSON.parse(first.read("plan.json"));
    expect(first.events.map(({ type }) => type)).toContain("run.replanned");
    expect(seen.nodes).toBe(plan.nodes.length);
    expect(seen.cached).toBe(first.execution.cached);
    expect(seen.finished).toBe(first.execution.computed);
    expect(seen.finished + seen.failed + seen.skipped + seen.cached).toBe(seen.nodes);
    const trained = plan.nodes.filter((node: { op: string }) => node.op === "train");
    const pieces = trained.map((node: { signature: { microBatch?: number } }) => node.signature.microBatch);
    expect(pieces.filter((size: number | undefined) => size !== undefined)).toEqual([12]);

    expect(first.read("report/index.html")).toMatch(/is trained by .*large.* in pieces of 12 images/);

    const again = await run({ most: 12, microBatch: "auto", cache: "auto" });
    // not even in what failed: how much a worker held then is another number each time
    expect(again.read("results.csv")).toBe(results);
    expect(again.events.filter(({ type }) => type === "node.started")).toHaveLength(1);
  });

  it("halves until it fits, and no further than a single image", async () => {
    const third = await run({ most: 5, microBatch: "auto", cache: "halves" });
    const retried = third.events.filter((event) => event.type === "node.failed" && event.willRetry);
    expect(retried.map((event) => event.type === "node.failed" && /pieces of (\d+)/.exec(event.message)?.[1])).toEqual([
      "12",
      "6",
      "3",
    ]);
    expect(third.read("results.csv")).toMatch(/tokens,large,.*,ok,/);
    const none = await run({ most: 0, microBatch: "auto", cache: "none" });
    expect(none.execution.computed).toBeGreaterThan(0);
    expect(none.read("results.csv")).toMatch(/tokens,small,.*failed,.*a single image does not fit/);
  });

  it("leaves what failed otherwise failed, and tries it no second time", async () => {
    const { events } = await run({ most: 12, microBatch: "auto", cache: "once" });
    const started = events.flatMap((event) => (event.type === "node.started" ? [event.label] : []));
    const maps = started.filter((label) => label.includes("maps") && label.includes("large"));
    expect(maps.filter((label) => label.startsWith("train"))).toHaveLength(1);
  });

  it("ends a fail-fast run where something has failed", async () => {
    const { end, events } = await run({ most: 12, microBatch: "auto", cache: "fast", policy: "fail-fast" });
    expect(end).toBe("failed");
    expect(events.at(-1)).toMatchObject({ type: "run.finished" });
  });
});
