/** Trainings that are broken off at any call of the engine and gone on with, for tests. */

import { mkdtempSync, rmSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { NodeKey, OpParams, StreamSpec } from "../../../src/compiler/plan/types.js";
import type { CheckpointInterval } from "../../../src/compiler/study.js";
import { dropsAnything } from "../../../src/models/blocks/dropout.js";
import { traceModel } from "../../../src/models/trace.js";
import type { ModelSpec } from "../../../src/models/types.js";
import { loadImages } from "../../../src/runtime/data/images.js";
import type { Engine, Session } from "../../../src/runtime/engine/types.js";
import { type NamedTensors, writeSafetensors } from "../../../src/runtime/state/safetensors.js";
import { type FileSystem, nodeFileSystem, sha256 } from "../../../src/runtime/store/index.js";
import { openPartial, type PartialWork } from "../../../src/runtime/store/partial.js";
import { type StageNote, type StageRequest, type StageResult, trainStage } from "../../../src/runtime/train/loop.js";
import { Bench } from "../ops/harness.js";

const choice = (id: string, params: OpParams["train"]["recipe"]["optimizer"]["params"] = {}) => ({
  id,
  version: 1,
  params,
});
const stream = (purpose: StreamSpec["purpose"]): StreamSpec => ({ seed: 7, purpose, repeat: 1, about: [] });

/** Everything that is drawn, scheduled, selected, kept or scaled. */
export function lively(model: ModelSpec, recipe: Partial<OpParams["train"]["recipe"]> = {}): OpParams["train"] {
  return {
    model,
    recipe: {
      optimizer: choice("adam", { lr: 0.02, l2: 1e-5 }),
      schedule: [
        choice("warmup", { duration: { value: 2, unit: "steps" }, from: 1e-8 }),
        choice("plateau", { factor: 0.5, patience: { value: 0, unit: "checks" } }),
      ],
      batch: 24,
      dropLast: false,
      duration: { value: 9, unit: "steps" },
      clipNorm: 1,
      augment: [choice("flip", { h: 0.5, v: 0 })],
      select: { kind: "best", metric: "top1", on: "val", every: { value: 2, unit: "steps" } },
      keep: [
        { value: 0, unit: "steps" },
        { value: 3, unit: "steps" },
      ],
      ...recipe,
    },
    metric: "top1",
    task: "multiclass",
    normalize: { kind: "data" },
    streams: {
      order: stream("order"),
      augment: stream("augment"),
      ...(dropsAnything(model) ? { dropout: stream("dropout") } : {}),
    },
  };
}

/** Without waiting for the disk. */
export const quickFiles: FileSystem = {
  ...nodeFileSystem,
  writeNew: (path, data) => writeFile(path, data, { flag: "wx" }),
  syncFolder: async () => undefined,
};

export class Killed extends Error {}

export interface Break {
  /** `kill`: gone on the spot; `stop`: asked to stop. */
  readonly how: "kill" | "stop";
  /** At which call of the engine, from 1. */
  readonly at: number;
}

export class Trainings {
  readonly folder = mkdtempSync(join(tmpdir(), "xferc-resume-"));
  #before: () => void = () => undefined;
  /** One for all runs, so that a program is compiled once; a break comes before a call, so it leaves none half done. */
  readonly engine: Engine;
  private constructor(
    engine: Engine,
    readonly params: OpParams["train"],
    readonly given: Pick<StageRequest, "initial" | "train" | "val" | "info" | "microBatch">,
  ) {
    this.engine = watched(engine, () => this.#before());
  }

  /** On the bundled digits: 60 images to train on, 100 to check. */
  static async of(engine: Engine, params: OpParams["train"], microBatch?: number): Promise<Trainings> {
    const bench = new Bench(engine);
    const { model } = params;
    const info = traceModel(model);
    const manifest = info.tensors.map(({ name, shape }) => ({
      tensor: name,
      shape,
      origin: { from: "random" as const, scheme: choice("family"), stream: stream("random") },
    }));
    const init = await bench.one("init", { model, manifest });
    const data = await bench.data("digits-few", model.size);
    const images = async (ref: typeof data.train) => loadImages(ref.manifest, bench.blobs);
    const initial = await bench.state({ manifest: init, output: "state" });
    const given = { initial, info, train: await images(data.train), val: await images(data.val), microBatch };
    return new Trainings(engine, params, given);
  }

  partial(name: string, files: FileSystem = quickFiles): PartialWork {
    return openPartial(this.folder, sha256(name) as NodeKey, files);
  }

  /** @returns the result, or undefined where it was broken off */
  async run(options: {
    readonly work?: PartialWork;
    readonly every?: CheckpointInterval;
    readonly until?: Break;
    readonly now?: () => number;
    readonly engine?: Engine;
  }): Promise<{
    readonly result: StageResult | undefined;
    readonly notes: readonly StageNote[];
    readonly calls: number;
  }> {
    const { work, every = { value: 2, unit: "steps" }, until, now } = options;
    const notes: StageNote[] = [];
    const stop = new AbortController();
    let calls = 0;
    this.#before = () => {
      calls += 1;
      if (calls !== until?.at) return;
      if (until.how === "kill") throw new Killed();
      stop.abort();
    };
    const request: StageRequest = {
      ...this.given,
      params: this.params,
      engine: options.engine ?? this.engine,
      signal: stop.signal,
      onProgress: () => undefined,
      checkpoints: work && { work, every, onNote: (note) => notes.push(note), ...(now ? { now } : {}) },
    };
    try {
      return { result: await trainStage(request), notes, calls };
    } catch (error) {
      if (error instanceof Killed || (stop.signal.aborted && error === stop.signal.reason))
        return { result: undefined, notes, calls };
      throw error;
    }
  }

  close(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** The same engine, with something to do before every call. */
function watched(engine: Engine, before: () => void): Engine {
  return {
    id: engine.id,
    signature: engine.signature,
    open: async (bundle) => {
      const session = await engine.open(bundle);
      const run: Session["run"] = (...call) => {
        before();
        return session.run(...call);
      };
      return {
        run,
        load: (state) => session.load(state),
        read: (names) => session.read(names),
        close: () => session.close(),
      };
    },
  };
}

/** Every bit of what a training leaves. */
export function printed(result: StageResult | undefined) {
  if (result === undefined) return undefined;
  const digest = (state: NamedTensors) => sha256(writeSafetensors(state));
  return {
    selected: digest(result.selected),
    last: digest(result.last),
    kept: result.kept.map(digest),
    history: JSON.stringify(result.history.json()),
    selectedStep: result.selectedStep,
    selectedValue: result.selectedValue,
  };
}
