/**
 * One row on one engine, in a process of its own, so that the peak memory is the row's; prints one JSON line.
 * usage: ours.js ROW ENGINE MODE THREADS STEPS [PROFILE]
 */

import { buildEvaluate, buildStep } from "../../src/models/programs.js";
import { traceModel } from "../../src/models/trace.js";
import type { ModelSpec } from "../../src/models/types.js";
import { sizeOf } from "../../src/program/shape.js";
import { optimizerState, stepScalars } from "../../src/program/training/optimizer.js";
import type { Program, Shape, TensorData } from "../../src/program/types.js";
import { openEngine } from "../../src/runtime/engine/index.js";
import { importRuntime } from "../../src/runtime/engine/onnx/index.js";
import { openOnnxSession } from "../../src/runtime/engine/onnx/session.js";
import type { Session } from "../../src/runtime/engine/types.js";
import { rows } from "./rows.js";

const [name = "", engine = "", mode = "train", threadsText = "2", stepsText = "12", profile] = process.argv.slice(2);
const [threads, steps] = [Number(threadsText), Number(stepsText)];
const row = rows[name]?.();
if (row === undefined) throw new Error(`no row ${name}`);
const { model, batch } = row;
const adam = { id: "adam", version: 1, params: { l2: 1e-5 } };

/** Small numbers without order: a step's time does not depend on them, its stability does. */
function spread(size: number, scale: number): Float32Array {
  return Float32Array.from({ length: size }, (_, i) => scale * Math.sin(i * 12.9898 + 78.233));
}

function initialState(of: ModelSpec): Map<string, TensorData> {
  const { tensors } = traceModel(of);
  const state = new Map<string, TensorData>();
  for (const { name: tensor, shape, role } of tensors) {
    const size = sizeOf(shape);
    const scale = shape.length > 1 ? 1 / Math.sqrt(size / (shape[0] ?? 1)) : 0;
    const one = role === "norm-scale" || role === "running-var";
    const data = role === "counter" ? new Int32Array(size) : one ? new Float32Array(size).fill(1) : spread(size, scale);
    state.set(tensor, { shape, data });
  }
  for (const { name: slot, shape } of optimizerState(adam, tensors)) {
    state.set(slot, { shape, data: new Float32Array(sizeOf(shape)) });
  }
  return state;
}

async function open(program: Program): Promise<Session> {
  if (engine === "onnx" && profile !== undefined) {
    return openOnnxSession(await importRuntime(), { programs: { program } }, { threads, profile });
  }
  if (engine !== "onnx" && engine !== "tensorflow") throw new Error(`no engine ${engine}`);
  return (await openEngine(engine, { device: "cpu", threads })).open({ programs: { program } });
}

const opening = performance.now();
const program =
  mode === "train"
    ? buildStep({ model, batch, task: "multiclass", optimizer: adam, clipNorm: 1 })
    : buildEvaluate(model, batch);
const session = await open(program);
await session.load(initialState(model));
const shape: Shape = [batch, model.channels, model.size, model.size];
const x = { shape, data: spread(sizeOf(shape), 1) };
const y = { shape: [batch], data: Int32Array.from({ length: batch }, (_, i) => i % model.classes) };
const ms: number[] = [];
const losses: number[] = [];
const warm = Math.max(1, Math.floor(steps / 4));
let openMs = 0;
let used = process.cpuUsage();
for (let step = 1; step <= steps; step++) {
  if (step === warm + 1) used = process.cpuUsage();
  const start = performance.now();
  const feeds = mode === "train" ? { x, y, ...stepScalars(adam, step, 1e-4) } : { x };
  const { loss, logits } = await session.run("program", feeds);
  const end = performance.now();
  if (step === 1) openMs = end - opening;
  ms.push(end - start);
  losses.push((loss ?? logits)?.data[0] ?? Number.NaN);
}
used = process.cpuUsage(used);
const measured = ms.slice(warm);
const sorted = [...measured].sort((a, b) => a - b);
console.log(
  JSON.stringify({
    ms_median: sorted[Math.floor(sorted.length / 2)],
    ms_best: sorted[0],
    cpu_ms: (used.user + used.system) / 1e3 / (steps - warm),
    peak_rss_bytes: process.resourceUsage().maxRSS * 1024,
    first_ms: openMs,
    last: losses.at(-1),
  }),
);
await session.close();
