/** What an outer `CUDA_VISIBLE_DEVICES` leaves to see: a cluster's scheduler or a colleague set it for a reason. */

import type { CudaDevice } from "./types.js";

/**
 * As CUDA reads it: numbers or beginnings of UUIDs, in that order, up to the first that is none. Numbers count in
 * `nvidia-smi`'s order; workers are pinned by UUID, so no other order of CUDA's can mix devices up.
 */
export function visibleTo<D extends Pick<CudaDevice, "uuid">>(
  devices: readonly D[],
  setting: string | undefined,
): readonly D[] {
  if (setting === undefined) return devices;
  const seen: D[] = [];
  for (const word of setting.split(",").map((part) => part.trim())) {
    const device = found(devices, word);
    if (device === undefined || seen.includes(device)) break;
    seen.push(device);
  }
  return seen;
}

function found<D extends Pick<CudaDevice, "uuid">>(devices: readonly D[], word: string): D | undefined {
  if (/^\d+$/.test(word)) return devices[Number(word)];
  const named = /^(GPU|MIG)-/.test(word) ? devices.filter(({ uuid }) => uuid.startsWith(word)) : [];
  return named.length === 1 ? named[0] : undefined;
}
