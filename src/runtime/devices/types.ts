/** What there is to compute on. Data: found on this machine, or given by a file, so that placement needs no hardware. */

import type { ShaderLimits } from "../engine/types.js";

export interface CpuDevice {
  readonly kind: "cpu";
  readonly name: string;
  /** Processors this process may use, by affinity and control group. */
  readonly cores: number;
  /** What processes here may use at most: the machine's memory or a limit below it. */
  readonly memoryBytes: number;
  readonly freeBytes: number;
}

export interface CudaDevice {
  readonly kind: "cuda";
  /** As `--device cuda:N` counts: among those this process may see, in `nvidia-smi`'s order. */
  readonly index: number;
  /** `GPU-…`, or `MIG-…` for a part of one: what a worker's visibility is pinned by. */
  readonly uuid: string;
  readonly name: string;
  /** Null where the driver does not say (memory shared with the processor). */
  readonly memoryBytes: number | null;
  readonly freeBytes: number | null;
  /** `8.0`; null where the driver is too old to say. */
  readonly computeCapability: string | null;
  readonly driver: string;
}

export interface WebGpuDevice {
  readonly kind: "webgpu";
  /** What the system calls it; WebGPU itself names nothing here. */
  readonly name: string;
  /** A driver that computes on the processor: right, and slow. */
  readonly hardware: "gpu" | "software";
  /** Null where the adapter did not say. */
  readonly limits: ShaderLimits | null;
}

export type Device = CpuDevice | CudaDevice | WebGpuDevice;
export type DeviceKind = Device["kind"];

/** Why a device that may be there cannot be used, and what to do about it. */
export interface DeviceProblem {
  readonly kind: DeviceKind;
  readonly problem: string;
  readonly remedy: string;
}

export interface Discovery {
  readonly devices: readonly Device[];
  readonly problems: readonly DeviceProblem[];
}

/** `cpu`, `cuda:0`, `webgpu`: as `--device` takes it. */
export function deviceName(device: Device): string {
  return device.kind === "cuda" ? `cuda:${device.index}` : device.kind;
}
