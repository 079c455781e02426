/**
 * Logits of a state with one part changed, part by part. What a part changes is what comes after it: the activations
 * before it are made once for all parts, some batches at a time, and each part is run from there on. So a split need not fit
 * into memory, nor onto a disk.
 */

import { setImmediate } from "node:timers/promises";
import { buildAllFeatures } from "../../models/programs.js";
import { canonicalSpec, traceModel } from "../../models/trace.js";
import { frontierName, prefixFor, type Suffix, suffixOf } from "../../program/passes/suffix.js";
import { sizeOf } from "../../program/shape.js";
import type { TensorData, Value } from "../../program/types.js";
import type { Engine } from "../engine/types.js";
import { openBundle, stateFor } from "../ops/sessions.js";
import type { NamedTensors } from "../state/safetensors.js";
import { type BatchSource, imageBatch } from "../train/batches.js";
import { evaluationBatch } from "../train/evaluate.js";
import { type Reader, runPass } from "./features.js";

export interface ChangedPart {
  readonly name: string;
  readonly tensors: readonly string[];
  /** The whole state with it changed; made when it is asked for. */
  state(): NamedTensors;
}

export interface ChangedRequest {
  readonly engine: Engine;
  readonly state: NamedTensors;
  readonly source: BatchSource;
  readonly parts: readonly ChangedPart[];
  readonly signal: AbortSignal;
  readonly onProgress: (done: number, total: number) => void;
  /** Of activations, kept at a time. */
  readonly keptBytes?: number;
}

const KEPT_BYTES = 512 * 2 ** 20;

export interface ChangedLogits {
  /** By part, [images, classes]. */
  readonly logits: readonly Float32Array[];
  /** How many of the parts were run from where they begin. */
  readonly shortened: number;
}

export async function changedLogits(request: ChangedRequest): Promise<ChangedLogits> {
  const { source, parts } = request;
  const total = source.images.info.images;
  const { classes } = source.model;
  const logits = parts.map(() => new Float32Array(total * classes));
  const run = new Run(request, logits);
  const shorter = run.shortened();
  await run.whole(parts.flatMap((_, index) => (shorter.has(index) ? [] : [index])));
  await run.fromFrontiers(shorter);
  return { logits, shortened: shorter.size };
}

class Run {
  readonly #batch: number;
  readonly #total: number;
  #done = 0;

  constructor(
    readonly request: ChangedRequest,
    readonly logits: readonly Float32Array[],
  ) {
    this.#batch = evaluationBatch(request.source.model);
    this.#total = request.source.images.info.images;
  }

  /** Parts that can begin late: what changes is not read beside the images themselves. */
  shortened(): ReadonlyMap<number, Suffix> {
    const { model } = this.request.source;
    const program = buildAllFeatures(model, this.#batch, traceModel(model));
    const found = new Map<number, Suffix>();
    for (const [index, { tensors }] of this.request.parts.entries()) {
      const suffix = suffixOf(program, new Set(tensors));
      if (suffix !== undefined) found.set(index, suffix);
    }
    return found;
  }

  async whole(indices: readonly number[]): Promise<void> {
    const { engine, source, parts, signal } = this.request;
    const { classes } = source.model;
    for (const index of indices) {
      const reader: Reader = {
        flat: [],
        pooled: [],
        take: (batch) => {
          batch.indices.forEach((image, i) => {
            this.logits[index]?.set(batch.logits.subarray(i * classes, (i + 1) * classes), image * classes);
          });
        },
      };
      const state = parts[index]?.state() ?? new Map();
      await runPass({ engine, state, source, readers: [reader], signal, onProgress: () => undefined });
      this.#progress(this.#total);
    }
  }

  /** Some batches at a time: the rest once, then each part over these. */
  async fromFrontiers(shorter: ReadonlyMap<number, Suffix>): Promise<void> {
    if (shorter.size === 0) return;
    const { classes } = this.request.source.model;
    const values = new Map([...shorter.values()].flatMap(({ frontier }) => frontier.map((value) => [value.id, value])));
    const bytes = [...values.values()].reduce((sum, { shape }) => sum + 4 * sizeOf(shape), 0);
    const together = Math.max(1, Math.floor((this.request.keptBytes ?? KEPT_BYTES) / Math.max(1, bytes)));
    for (let from = 0; from < this.#total; from += together * this.#batch) {
      const until = Math.min(this.#total, from + together * this.#batch);
      const batches = Array.from({ length: Math.ceil((until - from) / this.#batch) }, (_, i) => {
        const start = from + i * this.#batch;
        return this.#range(start, Math.min(until, start + this.#batch));
      });
      const made = await this.#frontiers(shorter, batches);
      for (const [index, suffix] of shorter) {
        const session = await this.#open(index, suffix);
        for (const [i, images] of batches.entries()) {
          const found = await this.#runSuffix(session, suffix, made[i] ?? new Map());
          this.logits[index]?.set(found.subarray(0, images.length * classes), (images[0] ?? 0) * classes);
          this.#progress(images.length);
        }
      }
    }
  }

  /** What the parts begin from, by batch. */
  async #frontiers(
    parts: ReadonlyMap<number, Suffix>,
    batches: readonly (readonly number[])[],
  ): Promise<readonly ReadonlyMap<string, TensorData>[]> {
    const { engine, source, state } = this.request;
    const { model } = source;
    const values = new Map<number, Value>();
    for (const { frontier } of parts.values()) for (const value of frontier) values.set(value.id, value);
    if (values.size === 0) return batches.map(() => new Map());
    const names = [...values.values()].map(frontierName);
    const key = JSON.stringify(["prefix", canonicalSpec(model), this.#batch, names]);
    const bundle = await openBundle(engine, key, () => ({
      programs: { prefix: prefixFor(buildAllFeatures(model, this.#batch, traceModel(model)), [...values.values()]) },
    }));
    await bundle.session.load(stateFor(bundle, state));
    const made: Map<string, TensorData>[] = [];
    for (const images of batches) {
      await this.#turn();
      const fetched = await bundle.session.run("prefix", { x: imageBatch(source, images, this.#batch) }, names);
      made.push(new Map(Object.entries(fetched)));
    }
    return made;
  }

  async #open(index: number, { program }: Suffix) {
    const { engine, source, parts } = this.request;
    const part = parts[index];
    const key = JSON.stringify(["suffix", canonicalSpec(source.model), this.#batch, part?.tensors]);
    const bundle = await openBundle(engine, key, () => ({ programs: { suffix: program } }));
    await bundle.session.load(stateFor(bundle, part?.state() ?? new Map()));
    return bundle.session;
  }

  async #runSuffix(
    session: Awaited<ReturnType<Engine["open"]>>,
    { frontier }: Suffix,
    values: ReadonlyMap<string, TensorData>,
  ): Promise<Float32Array> {
    await this.#turn();
    const feeds = Object.fromEntries(
      frontier.map((value) => {
        const name = frontierName(value);
        const made = values.get(name);
        if (made === undefined) throw new Error(`${name} was not made`);
        return [name, made];
      }),
    );
    const { logits } = await session.run("suffix", feeds, ["logits"]);
    if (!(logits?.data instanceof Float32Array)) throw new Error("the program fetches no logits");
    return logits.data;
  }

  async #turn(): Promise<void> {
    await setImmediate();
    this.request.signal.throwIfAborted();
  }

  #progress(images: number): void {
    this.#done += images;
    this.request.onProgress(this.#done, this.#total * this.request.parts.length);
  }

  #range(from: number, to: number): readonly number[] {
    return Array.from({ length: to - from }, (_, i) => from + i);
  }
}
