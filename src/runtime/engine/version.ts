/** What numbers of an engine stand under: its own version, and ours where what we make for it computes others. */

import type { DeviceKind } from "../devices/types.js";

/**
 * Raised where graphs for a device give other numbers than before under the same version of the engine
 * (docs/decisions/op-versions.md): 2 on WebGPU since convolutions of 6, 9, 15, … channels are right there.
 */
const REVISIONS: { readonly [engineAndDevice: string]: number } = { "onnx webgpu": 2 };

/** `1.30.0`, or `1.30.0+2`. */
export function numericVersion(engine: string, version: string, device: DeviceKind): string {
  const revision = REVISIONS[`${engine} ${device}`];
  return revision === undefined ? version : `${version}+${revision}`;
}
