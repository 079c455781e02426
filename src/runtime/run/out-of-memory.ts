/** What to tell of a node that found no memory: what the device had, what the node needs, and what would fit. */

import type { PlanNode } from "../../compiler/plan/types.js";
import { engineBytes, evaluationBatch, stepMemory } from "../../models/memory.js";
import { largestBatch, type MemoryProfile } from "../../program/memory.js";
import { type Device, deviceName } from "../devices/types.js";
import { bytes } from "../ui/format.js";
import type { MemoryState } from "../workers/types.js";

/** A worker before it holds any model: Node, the engine's library. */
const WORKER_BYTES = 250e6;

/**
 * @param told the engine's or the system's own words
 * @param state of the worker's process when it happened; unknown where it is gone
 */
export function outOfMemory(
  node: PlanNode,
  device: Device | undefined,
  told: string,
  state: MemoryState | undefined,
): string {
  const had = available(device, state);
  const place = device === undefined ? "" : ` on ${placeOf(device, state)}`;
  return `out of memory${place}: ${needOf(node, device, had)} (${shortened(told)})`;
}

/** `cuda:0 (NVIDIA T4, 16 GB of which 3.0 GB were free)`. */
function placeOf(device: Device, state: MemoryState | undefined): string {
  const name = device.kind === "cpu" ? "cpu" : `${deviceName(device)} (${device.name}`;
  switch (device.kind) {
    case "cpu": {
      const limit = state?.limitBytes ?? device.memoryBytes;
      const held = state === undefined ? "" : `, of which the worker held ${bytes(state.heldBytes)}`;
      return `${name} (${bytes(limit)} for this process${held})`;
    }
    case "cuda": {
      const { memoryBytes, freeBytes } = device;
      if (memoryBytes === null) return `${name})`;
      const free = freeBytes === null ? "" : ` of which ${bytes(freeBytes)} were free`;
      return `${name}, ${bytes(memoryBytes)}${free})`;
    }
    case "webgpu":
      return `${name})`;
    default:
      return device satisfies never;
  }
}

/** Bytes an engine could have had; undefined where no one knows. */
function available(device: Device | undefined, state: MemoryState | undefined): number | undefined {
  if (device?.kind === "cuda") return device.freeBytes ?? device.memoryBytes ?? undefined;
  if (device?.kind === "webgpu" && device.hardware === "gpu") return undefined;
  if (state === undefined) return device?.kind === "cpu" ? device.freeBytes - WORKER_BYTES : undefined;
  return Math.min(state.limitBytes, state.freeBytes + state.heldBytes) - WORKER_BYTES;
}

function needOf(node: PlanNode, device: Device | undefined, had: number | undefined): string {
  switch (node.op) {
    case "train": {
      const { model, task, recipe } = node.params;
      const { batch } = recipe;
      const profile = (size: number) => stepMemory({ ...recipe, model, task, batch: size });
      const need = `a step of batch ${batch} needs about ${bytes(engineBytes(profile(batch)))} by estimate`;
      const fits = fitting(profile, batch, device, had);
      if (fits === undefined) return `${need}; lower \`batch\``;
      if (fits === 0) return `${need}, and not even a batch of 1 would fit; use a smaller model or image`;
      return `${need}; the largest batch that would fit is ${fits}: lower \`batch\`, or run fewer --jobs`;
    }
    case "predict":
    case "probe.cka":
    case "probe.knn": {
      const images = evaluationBatch(node.params.model);
      const need = bytes(node.estimate.deviceMemory);
      return `a pass over batches of ${images} images needs about ${need} by estimate; run fewer --jobs, or on a device with more`;
    }
    default:
      return `it needs about ${bytes(node.estimate.memory)} by estimate; run fewer --jobs`;
  }
}

/** The failure has measured something as well: this batch does not fit, whatever the estimate says. */
function fitting(
  profile: (batch: number) => MemoryProfile,
  batch: number,
  device: Device | undefined,
  had: number | undefined,
): number | undefined {
  const limits = device?.kind === "webgpu" ? device.limits : null;
  const tensor = limits === null ? Number.POSITIVE_INFINITY : (limits.bindingBytes * limits.bindings) / 4;
  if (had === undefined && limits === null) return undefined;
  const room = had ?? Number.POSITIVE_INFINITY;
  if (room <= 0) return 0;
  const share = (size: number) => {
    const { largest } = profile(size);
    return Math.max(engineBytes(profile(size)) / room, largest / tensor);
  };
  const missed = share(batch) / MARGIN;
  return Math.min(
    batch - 1,
    largestBatch((size) => share(size) / Math.min(1, missed), 1),
  );
}
/** What failed needed at least this much more than there was. */
const MARGIN = 1.1;

function shortened(told: string): string {
  const line = told.split("\n", 1)[0] ?? told;
  return line.length > 160 ? `${line.slice(0, 159)}…` : line;
}
