import { createHash } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Builder } from "../../../src/program/builder.js";
import type { ProgramBundle, TensorData } from "../../../src/program/types.js";
import type { Engine, Session } from "../../../src/runtime/engine/types.js";
import { openBundle, stateFor } from "../../../src/runtime/ops/sessions.js";
import { writeSafetensors } from "../../../src/runtime/state/safetensors.js";
import type { Manifest } from "../../../src/runtime/store/types.js";
import { Bench, rowsOf } from "./harness.js";

/** An engine that compiles nothing and remembers what it was asked. */
class CountingEngine implements Engine {
  readonly id = "reference";
  readonly signature = { engine: "x", engineVersion: "1", device: "cpu", precision: "f32", threads: 1 } as const;
  opened = 0;
  closed = 0;
  async open(): Promise<Session> {
    this.opened += 1;
    const nothing = async () => ({});
    return {
      load: async () => undefined,
      run: nothing,
      read: async () => new Map(),
      close: async () => {
        this.closed += 1;
      },
    };
  }
}

function bundle(width: number): ProgramBundle {
  const b = new Builder("p");
  const x = b.feed("x", [width]);
  b.fetch("y", b.add(x, b.state("w", [width])));
  return { programs: { p: b.build() } };
}

describe("compiled programs", () => {
  it("are opened once a key, and closed when there is no room for them", async () => {
    const engine = new CountingEngine();
    const first = await openBundle(engine, "a", () => bundle(3));
    expect(await openBundle(engine, "a", () => bundle(3))).toBe(first);
    expect(engine.opened).toBe(1);
    const huge = 100_000_000; // 0.8 GB of values each, three times that in the interpreter
    await openBundle(engine, "b", () => bundle(huge));
    expect(engine.closed).toBe(0);
    await openBundle(engine, "c", () => bundle(huge));
    expect([engine.opened, engine.closed]).toEqual([3, 2]);
    await openBundle(engine, "c", () => bundle(huge));
    expect(engine.opened).toBe(3);
  });

  it("take of a state what they use", async () => {
    const open = await openBundle(new CountingEngine(), "a", () => bundle(3));
    const w = { shape: [3], data: new Float32Array(3) };
    const state = stateFor(
      open,
      new Map<string, TensorData>([
        ["w", w],
        ["num_batches_tracked", { shape: [], data: new Int32Array(1) }],
      ]),
    );
    expect([...state.keys()]).toEqual(["w"]);
  });
});

describe("weights.import", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "xferc-weights-"));
  });
  afterEach(() => rm(folder, { recursive: true }));
  const bench = new Bench(new CountingEngine());

  it("takes a checkpoint whose digest is the planned one", async () => {
    const bytes = writeSafetensors(new Map([["w", { shape: [2], data: new Float32Array([1, 2]) }]]));
    const digest = createHash("sha256").update(bytes).digest("hex");
    const path = join(folder, "x.safetensors");
    await writeFile(path, bytes);
    const manifest = await bench.one("weights.import", { digest }, {}, path);
    expect(await bench.state({ manifest, output: "state" })).toEqual(
      new Map([["w", { shape: [2], data: new Float32Array([1, 2]) }]]),
    );
    await expect(bench.one("weights.import", { digest: "other" }, {}, path)).rejects.toThrow(
      /x\.safetensors changed after the study was planned/,
    );
    await writeFile(join(folder, "x.pth"), "PK\u0003\u0004");
    const cut = createHash("sha256").update("PK\u0003\u0004").digest("hex");
    await expect(bench.one("weights.import", { digest: cut }, {}, join(folder, "x.pth"))).rejects.toThrow(
      /x\.pth: as a zip archive it is damaged/,
    );
    await expect(bench.one("weights.import", { digest })).rejects.toThrow(/are not on this machine/);
  });
});

describe("probe.history", () => {
  it("reads the checks a training left", async () => {
    const bench = new Bench(new CountingEngine());
    const checks = [
      { step: 10, top1: 0.4 },
      { step: 20, top1: null },
      { step: 30, top1: 0.8 },
    ];
    const history = { metric: "top1", steps: { step: [], loss: [], lr: [] }, checks };
    const ref = await bench.blobs.put(new TextEncoder().encode(JSON.stringify(history)));
    const manifest = { key: "k", op: "train", outputs: { history: ref }, value: null } as unknown as Manifest;
    const ask = (params: { [name: string]: number }) =>
      bench.one(
        "probe.history",
        { measure: "steps_to", metric: "top1", options: { id: "steps_to", version: 2, params } },
        { train: { manifest, output: "history" } },
      );
    expect(rowsOf(await ask({ share_of_best: 0.5 }))).toEqual([{ inner: {}, value: 10 }]);
    const never = await ask({ value: 0.9 });
    const reason = /^top1 did not reach 0\.9 within \d+ steps$/;
    expect(never.value).toEqual({
      rows: [{ inner: {}, value: null, reason: expect.stringMatching(reason), above: expect.any(Number) }],
      warnings: [expect.stringMatching(reason)],
    });
  });
});
