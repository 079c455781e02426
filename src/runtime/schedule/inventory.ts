/** What scheduling knows of a machine: memory, devices, and a worker slot on one of them. Pure; hardware is data. */

import { type Device, deviceName } from "../devices/types.js";

export interface Place {
  readonly name: string;
  /** Its own memory that tasks may fill; undefined where it computes in the host's. */
  readonly memoryBytes: number | undefined;
}

/** What there is to run on; found on the machine or injected. */
export interface Inventory {
  /** What all workers together may hold in the host's memory. */
  readonly hostBytes: number;
  readonly places: readonly Place[];
  /** One worker may run in each slot; its place, as an index into `places`. */
  readonly slots: readonly number[];
}

export interface SlotWish {
  /** Workers at once; as many as pays unless given. */
  readonly jobs?: number | undefined;
  /** Threads of one worker. */
  readonly threads: number;
}

/** Share of a memory that workers may plan with; the rest is for the system and for estimates that were too low. */
const MEMORY_SHARE = 0.8;
/** More jobs on one GPU take turns on it rather than fill it. */
const MOST_PER_GPU = 4;
/** Of a worker on a GPU before it holds any model: the driver's context, the engine's kernels. */
export const CONTEXT_BYTES = 600e6;
/** Programs a worker keeps compiled on a GPU for its next nodes. */
export const KEPT_ON_GPU = 512 * 2 ** 20;

/** Slots on the devices an engine computes on, taken in turn; `cpu` has the host's memory and processors. */
export function planSlots(
  cpu: Extract<Device, { kind: "cpu" }>,
  devices: readonly Device[],
  { jobs, threads }: SlotWish,
): Inventory {
  const hostBytes = Math.floor(cpu.memoryBytes * MEMORY_SHARE);
  const workers = Math.max(1, Math.floor(cpu.cores / Math.max(1, threads)));
  const each = devices.map((device) => slotsOf(device, Math.ceil(workers / devices.length)));
  const wanted = jobs ?? each.reduce((sum, count) => sum + count, 0);
  const slots = Array.from({ length: Math.max(1, wanted) }, (_, slot) => slot % devices.length);
  const places = devices.map((device, index): Place => {
    const here = slots.filter((place) => place === index).length;
    return { name: deviceName(device), memoryBytes: ownBytes(device, here) };
  });
  return { hostBytes, places, slots };
}

function slotsOf(device: Device, workers: number): number {
  switch (device.kind) {
    case "cpu":
      return workers;
    case "cuda": {
      // where the driver does not say how much memory there is, one job at a time is all that is safe
      const fitting = device.memoryBytes === null ? 1 : Math.floor(device.memoryBytes / (4 * CONTEXT_BYTES));
      return Math.max(1, Math.min(MOST_PER_GPU, workers, fitting));
    }
    case "webgpu":
      return 1;
    default:
      return device satisfies never;
  }
}

function ownBytes(device: Device, slots: number): number | undefined {
  switch (device.kind) {
    case "cpu":
      return undefined;
    case "cuda": {
      if (device.memoryBytes === null) return Number.POSITIVE_INFINITY;
      const there = Math.min(device.memoryBytes * MEMORY_SHARE, device.freeBytes ?? Number.POSITIVE_INFINITY);
      return Math.max(0, Math.floor(there - slots * (CONTEXT_BYTES + KEPT_ON_GPU)));
    }
    case "webgpu":
      // a software adapter computes in the host's memory; of another nothing is known
      return device.hardware === "software" ? undefined : Number.POSITIVE_INFINITY;
    default:
      return device satisfies never;
  }
}

/** No more slots than there is work; never none. */
export function withSlotsAtMost(inventory: Inventory, most: number): Inventory {
  return { ...inventory, slots: inventory.slots.slice(0, Math.max(1, most)) };
}
