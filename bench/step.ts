/**
 * Milliseconds of one training step on this machine, beside PyTorch in the same minutes.
 *
 *   npx tsc -p bench && node dist/bench/step.js [ROW…] [--threads N] [--rounds N] [--steps N] [--profile DIR] [--format json]
 *
 * Rows: resnet, vit (32², 3 channels, batch 32), resnet28, vit28 (28², 1 channel), deit_small, resnet50 (224², batch 8);
 * the first four by default. PyTorch is timed where XFER_REFERENCE_PYTHON names a Python that has it. The two sides take
 * turns, and the medians over all rounds are compared: a busy machine slows both.
 */

import { spawnSync } from "node:child_process";
import { parseArgs } from "node:util";
import { buildStep } from "../src/models/programs.js";
import { traceModel } from "../src/models/trace.js";
import type { ModelSpec } from "../src/models/types.js";
import { sizeOf } from "../src/program/shape.js";
import { optimizerState, stepScalars } from "../src/program/training/optimizer.js";
import type { Shape, TensorData } from "../src/program/types.js";
import { importRuntime } from "../src/runtime/engine/onnx/index.js";
import { openOnnxSession } from "../src/runtime/engine/onnx/session.js";

interface Row {
  readonly torch: string;
  readonly model: ModelSpec;
  readonly batch: number;
}

const smallResnet = { block: "basic", blocks: [1, 1, 1], widths: [16, 32, 64], stem: "small" } as const;
const smallVit = { dim: 64, depth: 4, heads: 4, patch: 4, mlp_ratio: 4 } as const;
const bigResnet = { block: "bottleneck", blocks: [3, 4, 6, 3], widths: [64, 128, 256, 512], stem: "imagenet" } as const;
const bigVit = { dim: 384, depth: 12, heads: 6, patch: 16, mlp_ratio: 4 } as const;

function spec(family: "resnet" | "vit", params: ModelSpec["params"], channels: number, size: number): ModelSpec {
  return { family, version: 1, params, classes: 10, channels, size };
}

const rows: { readonly [name: string]: Row } = {
  resnet: { torch: "resnet", model: spec("resnet", smallResnet, 3, 32), batch: 32 },
  vit: { torch: "vit", model: spec("vit", smallVit, 3, 32), batch: 32 },
  resnet28: { torch: "resnet", model: spec("resnet", smallResnet, 1, 28), batch: 32 },
  vit28: { torch: "vit", model: spec("vit", smallVit, 1, 28), batch: 32 },
  deit_small: { torch: "deit_small", model: spec("vit", bigVit, 3, 224), batch: 8 },
  resnet50: { torch: "resnet50", model: spec("resnet", bigResnet, 3, 224), batch: 8 },
};

const adam = { id: "adam", version: 1, params: { l2: 1e-5 } };

/** Small numbers without order: a step's time does not depend on them, its stability does. */
function spread(size: number, scale: number): Float32Array {
  return Float32Array.from({ length: size }, (_, i) => scale * Math.sin(i * 12.9898 + 78.233));
}

function initialState(model: ModelSpec): Map<string, TensorData> {
  const { tensors } = traceModel(model);
  const state = new Map<string, TensorData>();
  for (const { name, shape, role } of tensors) {
    const size = sizeOf(shape);
    const scale = shape.length > 1 ? 1 / Math.sqrt(size / (shape[0] ?? 1)) : 0;
    const one = role === "norm-scale" || role === "running-var";
    const data = role === "counter" ? new Int32Array(size) : one ? new Float32Array(size).fill(1) : spread(size, scale);
    state.set(name, { shape, data });
  }
  for (const { name, shape } of optimizerState(adam, tensors)) {
    state.set(name, { shape, data: new Float32Array(sizeOf(shape)) });
  }
  return state;
}

interface Timing {
  readonly openMs: number;
  readonly losses: readonly number[];
  readonly ms: readonly number[];
  /** Processor time of a step, all threads together: what a busy machine distorts least. */
  readonly cpuMs: number;
}

async function timeSteps(row: Row, steps: number, options: { threads: number; profile?: string }): Promise<Timing> {
  const { model, batch } = row;
  const program = buildStep({ model, batch, task: "multiclass", optimizer: adam, clipNorm: 1 });
  const ort = await importRuntime();
  const opening = performance.now();
  const session = await openOnnxSession(ort, { programs: { step: program } }, options);
  const openMs = performance.now() - opening;
  await session.load(initialState(model));
  const shape: Shape = [batch, model.channels, model.size, model.size];
  const x = { shape, data: spread(sizeOf(shape), 1) };
  const y = { shape: [batch], data: Int32Array.from({ length: batch }, (_, i) => i % model.classes) };
  const ms: number[] = [];
  const losses: number[] = [];
  const warm = Math.floor(steps / 4);
  let used = process.cpuUsage();
  for (let step = 1; step <= steps; step++) {
    if (step === warm + 1) used = process.cpuUsage();
    const start = performance.now();
    const { loss } = await session.run("step", { x, y, ...stepScalars(adam, step, 1e-4) });
    ms.push(performance.now() - start);
    losses.push(loss?.data[0] ?? Number.NaN);
  }
  used = process.cpuUsage(used);
  await session.close();
  return { openMs, losses, ms: ms.slice(warm), cpuMs: (used.user + used.system) / 1e3 / (steps - warm) };
}

interface TorchTiming {
  readonly ms_median: number;
  readonly ms_best: number;
  readonly cpu_ms: number;
}

function timeTorch(python: string, row: Row, steps: number, threads: number): TorchTiming | null {
  const numbers = { batch: row.batch, size: row.model.size, channels: row.model.channels, threads, steps };
  const flags = Object.entries(numbers).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const { status, stdout, stderr } = spawnSync(python, ["bench/torch_step.py", row.torch, ...flags], {
    encoding: "utf8",
  });
  if (status !== 0) {
    console.error(`PyTorch was not timed: ${stderr.trim().split("\n").at(-1)}`);
    return null;
  }
  return JSON.parse(stdout) as TorchTiming;
}

interface Report {
  readonly model: string;
  readonly threads: number;
  readonly ms_median: number;
  readonly ms_best: number;
  readonly cpu_ms: number;
  readonly torch: TorchTiming | null;
  readonly open_ms: number;
  readonly peak_rss_bytes: number;
  readonly loss: number | null;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    threads: { type: "string", default: "2" },
    rounds: { type: "string", default: "3" },
    steps: { type: "string", default: "40" },
    profile: { type: "string" },
    format: { type: "string", default: "text" },
  },
});
const threads = Number(flags.threads);
const steps = Number(flags.steps);
const python = process.env.XFER_REFERENCE_PYTHON;
const chosen = positionals.length > 0 ? positionals : ["resnet", "vit", "resnet28", "vit28"];
const unknown = chosen.filter((name) => rows[name] === undefined);
if (unknown.length > 0) {
  console.error(`no row ${unknown.join(", ")}; there is ${Object.keys(rows).join(", ")}`);
  process.exit(2);
}
for (const name of chosen) {
  const row = rows[name];
  if (row === undefined) continue;
  const ours: Timing[] = [];
  const theirs: TorchTiming[] = [];
  for (let round = 0; round < Number(flags.rounds); round++) {
    const profile = flags.profile === undefined ? {} : { profile: `${flags.profile}/${name}-${round}` };
    ours.push(await timeSteps(row, steps, { threads, ...profile }));
    const torch = python === undefined ? null : timeTorch(python, row, steps, threads);
    if (torch !== null) theirs.push(torch);
  }
  const loss = ours[0]?.losses.at(-1);
  const report: Report = {
    model: name,
    threads,
    ms_median: median(ours.flatMap((timing) => timing.ms)),
    ms_best: Math.min(...ours.flatMap((timing) => timing.ms)),
    cpu_ms: median(ours.map((timing) => timing.cpuMs)),
    torch: theirs.length === 0 ? null : summary(theirs),
    open_ms: median(ours.map((timing) => timing.openMs)),
    peak_rss_bytes: process.resourceUsage().maxRSS * 1024,
    loss: loss ?? null,
  };
  console.log(flags.format === "json" ? JSON.stringify(report) : describe(report));
}

function summary(timings: readonly TorchTiming[]): TorchTiming {
  return {
    ms_median: median(timings.map((timing) => timing.ms_median)),
    ms_best: Math.min(...timings.map((timing) => timing.ms_best)),
    cpu_ms: median(timings.map((timing) => timing.cpu_ms)),
  };
}

function describe(report: Report): string {
  const { torch } = report;
  const show = (t: TorchTiming): string =>
    `${t.ms_median.toFixed(1)} ms (best ${t.ms_best.toFixed(1)}, cpu ${t.cpu_ms.toFixed(1)})`;
  const ratio = (pick: (t: TorchTiming) => number): string =>
    torch === null ? "" : (pick(report) / pick(torch)).toFixed(2);
  const beside =
    torch === null
      ? ""
      : ` · PyTorch ${show(torch)} · ratio ${ratio((t) => t.ms_median)} (best ${ratio((t) => t.ms_best)}, cpu ${ratio((t) => t.cpu_ms)})`;
  return (
    `${report.model}: ${show(report)} a step${beside}` +
    ` · opens in ${report.open_ms.toFixed(0)} ms · peak ${(report.peak_rss_bytes / 2 ** 30).toFixed(2)} GiB · loss ${report.loss?.toFixed(4)}`
  );
}
