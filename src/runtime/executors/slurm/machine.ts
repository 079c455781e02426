/** What a plan is made for when it will run on compute nodes: their kind of device, which this machine need not have. Pure. */

import type { Device } from "../../devices/types.js";
import { UsageError } from "../../host/errors.js";
import type { SlurmConfig } from "../../host/slurm-config.js";
import type { ComputeWish } from "../../run/engine.js";
import { PILOTS } from "./resources.js";

/** Rows on a screen, and workers an estimate reckons with. */
const MOST_LANES = 64;
/** More than any node's. */
const UNKNOWN_BYTES = 2 ** 50;

/** @throws UsageError for a device that no job can be asked for */
export function clusterWish(config: SlurmConfig, wish: ComputeWish): ComputeWish {
  const device = deviceOf(config, wish.device);
  const { workers = 1, pilots = PILOTS } = config;
  const lanes = Math.min(MOST_LANES, wish.jobs ?? pilots * workers);
  return { ...wish, device, jobs: lanes, elsewhere: devicesFor(device, config, lanes) };
}

/** `--jobs` is how many nodes are computed at once, in all jobs together. */
export function withJobs(config: SlurmConfig, jobs: number | undefined): SlurmConfig {
  return jobs === undefined ? config : { ...config, pilots: Math.max(1, Math.ceil(jobs / (config.workers ?? 1))) };
}

function deviceOf(config: SlurmConfig, wish: string): "cpu" | "cuda" {
  if (wish === "cpu" || wish === "cuda") return wish;
  if (wish !== "auto") {
    throw new UsageError(
      `--device ${wish} means nothing on a cluster`,
      "say cpu or cuda; Slurm chooses among its GPUs",
    );
  }
  if (config.device !== undefined) return config.device;
  const asked = [config, ...Object.values(config.ops ?? {})].some(({ gres }) => gres?.includes("gpu"));
  return asked ? "cuda" : "cpu";
}

function devicesFor(device: "cpu" | "cuda", { gpu = "GPU" }: SlurmConfig, lanes: number): readonly Device[] {
  const memory = { memoryBytes: UNKNOWN_BYTES, freeBytes: UNKNOWN_BYTES };
  const cpu: Device = { kind: "cpu", name: "compute node", cores: lanes, ...memory };
  if (device === "cpu") return [cpu];
  const unknown = { memoryBytes: null, freeBytes: null, computeCapability: null };
  return [cpu, { kind: "cuda", index: 0, uuid: "GPU-slurm", name: gpu, driver: "", ...unknown }];
}
