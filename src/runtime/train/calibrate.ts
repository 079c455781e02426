/** Running statistics of batch norms estimated anew: means over the batches of one epoch. */

import { setImmediate } from "node:timers/promises";
import { buildCalibrate } from "../../models/programs.js";
import { canonicalSpec } from "../../models/trace.js";
import type { ModelInfo, ModelSpec } from "../../models/types.js";
import type { Program, TensorData } from "../../program/types.js";
import type { Engine } from "../engine/types.js";
import { openBundle, stateFor } from "../ops/sessions.js";
import type { Stream } from "../random/stream.js";
import type { NamedTensors } from "../state/safetensors.js";
import { type BatchSource, imageBatch } from "./batches.js";

export interface CalibrateRequest {
  readonly engine: Engine;
  readonly info: ModelInfo;
  readonly state: NamedTensors;
  readonly source: BatchSource;
  readonly batch: number;
  /** Of the images' order. */
  readonly order: Pick<Stream, "order">;
  readonly signal: AbortSignal;
  readonly onProgress: (done: number, total: number) => void;
}

/** The state with its statistics replaced; counters count the batches. Batches are normalized by their own statistics. */
export async function calibrate(request: CalibrateRequest): Promise<Map<string, TensorData>> {
  const { engine, info, state, source, batch, order, signal, onProgress } = request;
  const total = source.images.info.images;
  const statistics = info.tensors.filter(({ role }) => role === "running-mean" || role === "running-var");
  const bundle = await openCalibration(engine, source.model, batch, total);
  await bundle.session.load(stateFor(bundle, state));
  const positions = order.order(source.images.hashes);
  const sums = new Map(statistics.map(({ name, shape }) => [name, { shape, data: new Float64Array(sizeOf(shape)) }]));
  const names = [...sums.keys()];
  let batches = 0;
  for (let from = 0; from < total; from += batch) {
    await setImmediate();
    signal.throwIfAborted();
    const indices = positions.subarray(from, from + batch);
    await bundle.session.run(programName(indices.length), { x: imageBatch(source, indices, indices.length) });
    for (const [name, { data }] of await bundle.session.read(names)) {
      const sum = sums.get(name);
      for (let i = 0; sum !== undefined && i < data.length; i++) sum.data[i] = (sum.data[i] ?? 0) + (data[i] ?? 0);
    }
    batches += 1;
    onProgress(Math.min(from + batch, total), total);
  }
  return new Map(
    info.tensors.map(({ name, role, shape }) => {
      const sum = sums.get(name);
      if (sum !== undefined) return [name, { shape, data: Float32Array.from(sum.data, (value) => value / batches) }];
      if (role === "counter") return [name, { shape, data: Int32Array.of(batches) }];
      const kept = state.get(name);
      if (kept === undefined) throw new Error(`the state has no tensor ${name}`);
      return [name, kept];
    }),
  );
}

const sizeOf = (shape: readonly number[]): number => shape.reduce((product, extent) => product * extent, 1);
const programName = (images: number): string => `calibrate${images}`;

function openCalibration(engine: Engine, model: ModelSpec, batch: number, total: number) {
  const sizes = [...new Set([Math.min(batch, total), total % batch])].filter((size) => size > 0);
  return openBundle(engine, JSON.stringify(["calibrate", canonicalSpec(model), sizes]), () => ({
    programs: Object.fromEntries(
      sizes.map((size): [string, Program] => [programName(size), buildCalibrate(model, size)]),
    ),
  }));
}
