/** Takes training steps of one model in this process and measures them; runs in a child, so that its peak is the step's. */

import { buildStep, labelsAre, type StepOptions } from "../../models/programs.js";
import { traceModel } from "../../models/trace.js";
import { sizeOf } from "../../program/shape.js";
import { optimizerState, stepScalars } from "../../program/training/optimizer.js";
import type { Program, StateInput, TensorData } from "../../program/types.js";
import { peakRss } from "../devices/limits.js";
import type { Engine } from "../engine/types.js";
import { constantTensor, randomTensor } from "../init/random.js";
import { Stream } from "../random/stream.js";

export interface Measured {
  /** Of each measured step, in order. */
  readonly ms: readonly number[];
  /** The most the process held before it built anything. */
  readonly rssBefore: number;
  readonly peakRss: number;
}

/** The first calls plan memory and compile kernels. */
const WARM_UP = 3;
const LEAST_STEPS = 7;
const MOST_STEPS = 60;
/** Enough for a median that the next minute agrees with. */
const LEAST_MS = 3000;

export async function measureStep(engine: Engine, options: StepOptions): Promise<Measured> {
  const rssBefore = peakRss();
  const step = buildStep(options);
  const session = await engine.open({ programs: { step } });
  try {
    await session.load(initialState(step, options));
    // what it was loaded from is no part of a step
    globalThis.gc?.();
    const feeds = feedsOf(step, options);
    const ms: number[] = [];
    const started = performance.now();
    for (let index = 1; !isEnough(ms, performance.now() - started); index++) {
      const before = performance.now();
      await session.run("step", { ...feeds, ...stepScalars(options.optimizer, index, RATE) });
      if (index > WARM_UP) ms.push(performance.now() - before);
    }
    return { ms, rssBefore, peakRss: peakRss() };
  } finally {
    await session.close();
  }
}

/** Small, so that no loss runs away whatever the model. */
const RATE = 1e-5;

const isEnough = (ms: readonly number[], elapsed: number): boolean =>
  ms.length >= MOST_STEPS || (ms.length >= LEAST_STEPS && elapsed >= LEAST_MS);

/** As a training from scratch starts. */
function initialState(program: Program, { model, optimizer }: StepOptions): Map<string, TensorData> {
  const { tensors } = traceModel(model);
  const state = new Map<string, TensorData>();
  const scheme = { id: "family", version: 1, params: {} };
  for (const tensor of tensors) {
    const stream = new Stream({ seed: 1, purpose: "random", repeat: 0, about: [tensor.name] });
    state.set(tensor.name, randomTensor(tensor, scheme, stream));
  }
  for (const { name, shape } of optimizerState(optimizer, tensors)) state.set(name, zeros(shape));
  for (const { name, value } of program.state) if (!state.has(name)) state.set(name, zeroState(value));
  return state;
}

const zeros = (shape: readonly number[]): TensorData => ({ shape, data: new Float32Array(sizeOf(shape)) });
const zeroState = ({ shape, dtype }: StateInput["value"]): TensorData => constantTensor({ shape, dtype }, 0);

/** Noise for images, any class for labels. */
function feedsOf(program: Program, { model, task }: StepOptions): { readonly [name: string]: TensorData } {
  const feeds: { [name: string]: TensorData } = {};
  for (const { name, value } of program.feeds) {
    const { shape, dtype } = value;
    const count = sizeOf(shape);
    const stream = new Stream({ seed: 1, purpose: "images", repeat: 0, about: [name] });
    if (dtype === "i32") feeds[name] = { shape, data: Int32Array.from({ length: count }, (_, i) => i % model.classes) };
    else if (name === "y" && labelsAre(task, model.classes) === "indicators") feeds[name] = zeros(shape);
    else feeds[name] = { shape, data: Float32Array.from(stream.normals(count)) };
  }
  return feeds;
}
