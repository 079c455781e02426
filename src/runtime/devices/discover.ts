/** All there is to compute on here. */

import { readInventory } from "./inventory-file.js";
import { cpuDevice } from "./limits.js";
import { discoverCuda } from "./nvidia.js";
import type { DeviceKind, Discovery } from "./types.js";
import { discoverWebGpu } from "./webgpu.js";

/** A file of devices that stand for this machine's. */
const INVENTORY_VARIABLE = "XFERC_INVENTORY";

/**
 * Devices of the kinds asked for; the cpu always. WebGPU takes a second to find, so it is looked for where it is wanted.
 * @throws UsageError where `XFERC_INVENTORY` names no inventory
 */
export async function discoverDevices(
  kinds: readonly DeviceKind[],
  environment: NodeJS.ProcessEnv,
): Promise<Discovery> {
  const injected = environment[INVENTORY_VARIABLE];
  if (injected) {
    const devices = readInventory(injected).filter(({ kind }) => kind === "cpu" || kinds.includes(kind));
    return { devices: devices.some(({ kind }) => kind === "cpu") ? devices : [cpuDevice(), ...devices], problems: [] };
  }
  const [cuda, webgpu] = await Promise.all([
    kinds.includes("cuda") ? discoverCuda(environment) : { devices: [], problem: undefined },
    kinds.includes("webgpu") ? discoverWebGpu() : { device: undefined, problem: undefined },
  ]);
  return {
    devices: [cpuDevice(), ...cuda.devices, ...(webgpu.device === undefined ? [] : [webgpu.device])],
    problems: [cuda.problem, webgpu.problem].filter((problem) => problem !== undefined),
  };
}
