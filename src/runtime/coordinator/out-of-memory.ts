/** What to tell of a node that found no memory: what the device had, what the node needs, and what would fit. */

import { runsForward, type SharedPassNode } from "../../compiler/plan/passes.js";
import type { NodeFor, PlanNode } from "../../compiler/plan/types.js";
import { evaluationBatch, memoryFactor, stepMemory, valueBytes } from "../../models/memory.js";
import type { StepOptions } from "../../models/programs.js";
import { largestBatch, type MemoryProfile } from "../../program/memory.js";
import { type Device, deviceName } from "../devices/types.js";
import { bytes } from "../ui/format.js";
import type { MemoryState } from "../workers/types.js";

/** What is said of a step that was not even tried. */
export const HOPELESS = "not tried: its values alone are more than that";

/** Whether a node's values alone, whatever the engine makes of them, are more than its device has. */
export function isHopeless({ op, estimate, signature }: PlanNode, device: Device | undefined): boolean {
  const memory = device === undefined || device.kind === "webgpu" ? null : device.memoryBytes;
  return op === "train" && memory !== null && estimate.deviceMemory / memoryFactor(signature?.engine ?? "") > memory;
}

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

/**
 * The same as results keep it: without what was measured just then (bytes held, free, fitting) and without the engine's
 * words, so that a study that fails in the same way twice leaves the same files.
 */
export function outOfMemoryReason(node: PlanNode, device: Device | undefined): string {
  const place = device === undefined ? "" : ` on ${device.kind}`;
  return `out of memory${place}: ${estimateOf(node)}`;
}

function estimateOf(node: PlanNode): string {
  if (node.op === "train") {
    const { options, engine } = stepOf(node);
    return `${estimateOfStep(options, engine)}; the journal says how much there was and what would have fitted`;
  }
  if (runsForward(node)) return estimateOfPass(node);
  return `it needs about ${bytes(node.estimate.memory)} by estimate; run fewer --jobs`;
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
  if (node.op !== "train") return estimateOf(node);
  const { options, engine } = stepOf(node);
  const { advice, batches } = needOfStep(options, engine, device, had);
  return batches === undefined || batches === 0 ? advice : `${advice}: lower \`batch\`, or run fewer --jobs`;
}

function stepOf({ params, signature }: NodeFor<"train">): {
  readonly options: StepOptions;
  readonly engine: string;
} {
  const { model, task, recipe } = params;
  const { optimizer, clipNorm, precision } = recipe;
  const batch = signature?.microBatch ?? recipe.batch;
  const options = { model, task, batch, optimizer, clipNorm, ...(precision === undefined ? {} : { precision }) };
  return { options, engine: signature?.engine ?? "" };
}

function estimateOfStep(options: StepOptions, engine: string): string {
  const need = memoryFactor(engine) * valueBytes(stepMemory(options));
  return `a step of batch ${options.batch} needs about ${bytes(need)} by estimate`;
}

function estimateOfPass({ params, estimate }: SharedPassNode): string {
  const images = evaluationBatch(params.model);
  const need = bytes(estimate.deviceMemory);
  return `a pass over batches of ${images} images needs about ${need} by estimate; run fewer --jobs, or on a device with more`;
}

/** What a step needs and what would fit; `batches` is undefined where no one knows what there is. */
function needOfStep(
  options: StepOptions,
  engine: string,
  device: Device | undefined,
  had: number | undefined,
): { readonly advice: string; readonly batches: number | undefined } {
  const { batch } = options;
  const profile = (size: number) => stepMemory({ ...options, batch: size });
  const need = estimateOfStep(options, engine);
  const batches = fitting(profile, { batch, factor: memoryFactor(engine) }, device, had);
  if (batches === undefined) return { advice: `${need}; lower \`batch\``, batches };
  if (batches === 0)
    return { advice: `${need}, and not even a batch of 1 would fit; use a smaller model or image`, batches };
  return { advice: `${need}; the largest batch that would fit is ${batches}`, batches };
}

/** The same of a step that is no node of a plan. */
export function stepOutOfMemory(
  options: StepOptions,
  engine: string,
  device: Device | undefined,
  told: string,
  state: MemoryState | undefined,
): string {
  const place = device === undefined ? "" : ` on ${placeOf(device, state)}`;
  return `out of memory${place}: ${needOfStep(options, engine, device, available(device, state)).advice} (${shortened(told)})`;
}

/** The failure has measured something as well: this batch does not fit, whatever the estimate says. */
function fitting(
  profile: (batch: number) => MemoryProfile,
  { batch, factor }: { readonly batch: number; readonly factor: number },
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
    return Math.max((factor * valueBytes(profile(size))) / room, largest / tensor);
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
