/**
 * Milliseconds and peak memory of one training step, or one evaluation, beside PyTorch in the same minutes.
 *
 *   npx tsc -p bench && node dist/bench/step.js [ROW…] [--engine onnx,tensorflow] [--mode train|evaluate] [--threads N]
 *     [--rounds N] [--steps N] [--profile DIR] [--format json]
 *
 * Rows: resnet, vit (32², 3 channels, batch 32), resnet28, vit28 (28², 1 channel); deit_small, resnet50, swin_tiny,
 * inception_v3 (224², batch 8); the first two by default. PyTorch is timed where XFER_REFERENCE_PYTHON names a Python
 * that has it (and timm, for the large rows), in both memory layouts for convolutional models; the faster counts. All
 * sides take turns, each in a process of its own, and medians over all rounds are compared: a busy machine slows all.
 */

import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { rows } from "./step/rows.js";

interface Timing {
  readonly ms_median: number;
  readonly ms_best: number;
  /** Processor time of a step, all threads together: what a busy machine distorts least. */
  readonly cpu_ms: number;
  readonly peak_rss_bytes: number;
}

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    engine: { type: "string", default: "onnx,tensorflow" },
    mode: { type: "string", default: "train" },
    threads: { type: "string", default: "2" },
    rounds: { type: "string", default: "3" },
    steps: { type: "string" },
    profile: { type: "string" },
    format: { type: "string", default: "text" },
  },
});
const python = process.env.XFER_REFERENCE_PYTHON;

function timed(program: string, args: readonly string[]): Timing | undefined {
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: "utf8" });
  if (status === 0) return JSON.parse(stdout.trim().split("\n").at(-1) ?? "") as Timing;
  console.error(`${args.slice(0, 3).join(" ")}: ${stderr.trim().split("\n").at(-1)}`);
  return undefined;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

function summary(timings: readonly Timing[]): Timing | undefined {
  if (timings.length === 0) return undefined;
  return {
    ms_median: median(timings.map((timing) => timing.ms_median)),
    ms_best: Math.min(...timings.map((timing) => timing.ms_best)),
    cpu_ms: median(timings.map((timing) => timing.cpu_ms)),
    peak_rss_bytes: median(timings.map((timing) => timing.peak_rss_bytes)),
  };
}

function describe(side: string, timing: Timing, torch: Timing | undefined): string {
  const { ms_median, ms_best, cpu_ms, peak_rss_bytes } = timing;
  const own = `${side}: ${ms_median.toFixed(1)} ms (best ${ms_best.toFixed(1)}, cpu ${cpu_ms.toFixed(1)}), peak ${(peak_rss_bytes / 2 ** 30).toFixed(2)} GiB`;
  if (torch === undefined || torch === timing) return own;
  const ratio = (pick: (t: Timing) => number): string => (pick(timing) / pick(torch)).toFixed(2);
  return `${own}; of PyTorch's ${ratio((t) => t.ms_median)} (best ${ratio((t) => t.ms_best)}, cpu ${ratio((t) => t.cpu_ms)}), memory ${ratio((t) => t.peak_rss_bytes)}`;
}

const chosen = positionals.length > 0 ? positionals : ["resnet", "vit"];
const unknown = chosen.filter((name) => rows[name] === undefined);
if (unknown.length > 0) {
  console.error(`no row ${unknown.join(", ")}; there is ${Object.keys(rows).join(", ")}`);
  process.exit(2);
}
const child = fileURLToPath(new URL("step/ours.js", import.meta.url));
for (const name of chosen) {
  const row = rows[name]?.();
  if (row === undefined) continue;
  const steps = flags.steps ?? (row.model.size > 100 ? "10" : "40");
  const convolutional = row.model.family === "resnet" || row.model.family === "inception";
  const layouts = convolutional ? ["contiguous", "channels_last"] : ["contiguous"];
  const sides = new Map<string, Timing[]>();
  const add = (side: string, timing: Timing | undefined) => {
    if (timing !== undefined) sides.set(side, [...(sides.get(side) ?? []), timing]);
  };
  for (let round = 0; round < Number(flags.rounds); round++) {
    for (const engine of flags.engine.split(",")) {
      const profile = flags.profile === undefined ? [] : [`${flags.profile}/${name}-${round}`];
      add(engine, timed(process.execPath, [child, name, engine, flags.mode, flags.threads, steps, ...profile]));
    }
    if (python === undefined) continue;
    for (const layout of layouts) {
      const numbers = { batch: row.batch, size: row.model.size, channels: row.model.channels, threads: flags.threads };
      const args = Object.entries({ mode: flags.mode, layout, ...numbers, steps }).flatMap(([key, value]) => [
        `--${key}`,
        String(value),
      ]);
      add(`PyTorch ${layout}`, timed(python, ["bench/step/pytorch.py", row.torch, ...args]));
    }
  }
  const summaries = [...sides].flatMap(([side, timings]) => {
    const timing = summary(timings);
    return timing === undefined ? [] : [{ side, timing }];
  });
  const torch = summaries
    .filter(({ side }) => side.startsWith("PyTorch"))
    .sort((a, b) => a.timing.ms_median - b.timing.ms_median)[0]?.timing;
  for (const { side, timing } of summaries) {
    console.log(
      flags.format === "json"
        ? JSON.stringify({ model: name, mode: flags.mode, threads: Number(flags.threads), side, ...timing })
        : `${name} ${flags.mode}, ${describe(side, timing, torch)}`,
    );
  }
}
