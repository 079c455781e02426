/** What can be said of the engine without loading it; a plan asks for no more. */

import type { EngineOptions, EngineReport } from "../types.js";
import { findTensorflow, type Installation } from "./location.js";

export const INSTALL_COMMAND = "xferc engine install tensorflow";

/** Whether an installation is there; it is not loaded for that. */
export async function reportTensorflowEngine(device?: EngineOptions["device"]): Promise<EngineReport> {
  const installation = await findTensorflow(process.env, device === "webgpu" ? undefined : device);
  if (installation === undefined) {
    return {
      id: "tensorflow",
      found: false,
      version: null,
      devices: [],
      missing: "it is not installed",
      remedy: INSTALL_COMMAND,
    };
  }
  return {
    id: "tensorflow",
    found: true,
    version: installation.manifest.tensorflow,
    devices: devicesOf(installation),
    missing: null,
    remedy: null,
  };
}

const devicesOf = ({ manifest }: Installation): EngineReport["devices"] => (manifest.cuda ? ["cuda", "cpu"] : ["cpu"]);
