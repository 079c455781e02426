/** `xferc bench step`. */

import { counted } from "../../compiler/counted.js";
import { benchStep, type StepFigures } from "../../runtime/bench/step.js";
import { projectCache } from "../../runtime/host/project-cache.js";
import { bytes } from "../../runtime/ui/format.js";
import { EXIT, type ExitCode, type Io, print } from "../io.js";
import { parseParams } from "../params.js";
import { pluginsOfModel } from "../plugin-models.js";
import type { EngineName } from "../study-options.js";

export interface BenchStepFlags {
  readonly batch: number;
  readonly size?: number;
  readonly params?: string;
  readonly engine: EngineName;
  readonly device: string;
  readonly threads?: number;
  readonly cache?: string;
  /** False where `--no-plugins` was given. */
  readonly plugins?: boolean;
  readonly format: "text" | "json";
}

export async function benchStepCommand(io: Io, model: string, flags: BenchStepFlags): Promise<ExitCode> {
  const { batch, size, engine, device, threads } = flags;
  const cache = projectCache({ cwd: io.cwd, environment: io.env, cache: flags.cache });
  const figures = await benchStep({
    model,
    params: parseParams(flags.params),
    batch,
    size,
    plugins: await pluginsOfModel(io, model, flags),
    wish: { engine, device, threads, jobs: 1, environment: io.env },
    cache,
  });
  print(io, flags.format === "json" ? JSON.stringify(figures, null, 2) : printFigures(figures));
  return EXIT.success;
}

export function printFigures(figures: StepFigures): string {
  const { batch, size, parameters, threads, engine_reason: why } = figures;
  const where = figures.device === "cpu" ? "cpu" : `${figures.device} (${figures.device_name})`;
  const rows: readonly (readonly [string, string])[] = [
    ["model", `${figures.model}: ${millions(parameters)} parameters, ${size} px, batch ${batch}, ${figures.optimizer}`],
    ["engine", `${figures.engine} ${figures.engine_version} on ${where}, ${counted(threads, "thread")}`],
    ...(why === null ? [] : [["", why] as const]),
    [
      "step",
      `${ms(figures.ms_median)} ms median of ${figures.steps} (${ms(figures.ms_min)}–${ms(figures.ms_max)}), ` +
        `${figure(figures.images_per_second)} images/s, ${figure(figures.flops_per_second / 1e9)} GFLOP/s`,
    ],
    ["memory", memoryOf(figures)],
    ["largest batch", largestOf(figures)],
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, text]) => `${name.padEnd(width)}  ${text}`).join("\n");
}

function memoryOf({ peak_rss_bytes: peak, base_rss_bytes: base, peak_device_bytes: device }: StepFigures): string {
  const onDevice = device === null ? "" : `, ${bytes(device)} on the GPU`;
  return `${bytes(peak)} at most, ${bytes(base)} of that before the model was there${onDevice}`;
}

function largestOf({ largest_batch: largest, free_bytes: free }: StepFigures): string {
  if (largest === null || free === null) return "unknown: this device does not say how much memory it has";
  return `about ${largest}, by what this step took and the ${bytes(free)} that are free now`;
}

const ms = (value: number): string => (value >= 100 ? value.toFixed(0) : value.toPrecision(3));
const figure = (value: number): string => (value >= 100 ? value.toFixed(0) : value.toPrecision(3));
const millions = (count: number): string => (count >= 1e6 ? `${(count / 1e6).toFixed(1)} M` : String(count));
