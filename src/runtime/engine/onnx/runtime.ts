/** onnxruntime itself, and what can be said of it without opening an engine; a plan asks for no more. */

import { EngineError } from "../errors.js";
import type { EngineReport } from "../types.js";
import { hasCudaLibraries } from "./cuda.js";
import type { OrtModule } from "./state.js";

/** Loaded when first used: the native library is tens of megabytes. */
export async function importRuntime(): Promise<OrtModule> {
  try {
    return (await import("onnxruntime-node")).default;
  } catch (error) {
    throw new EngineError("onnxruntime-node cannot be loaded; run `npm install` again on this machine", error);
  }
}

/** Whether onnxruntime loads here, and what this installation of it is made for. */
export async function reportOnnxEngine(): Promise<EngineReport> {
  try {
    const ort = await importRuntime();
    return { id: "onnx", found: true, version: versionOf(ort), devices: devicesOf(ort), missing: null, remedy: null };
  } catch (error) {
    return {
      id: "onnx",
      found: false,
      version: null,
      devices: [],
      missing: error instanceof Error ? error.message : String(error),
      remedy: "npm install",
    };
  }
}

function devicesOf(ort: OrtModule): EngineReport["devices"] {
  const bundled = ort.listSupportedBackends().some(({ name, bundled }) => name === "webgpu" && bundled);
  return ["cpu", ...(hasCudaLibraries() ? (["cuda"] as const) : []), ...(bundled ? (["webgpu"] as const) : [])];
}

export const versionOf = (ort: OrtModule): string => ort.env.versions.node ?? ort.env.versions.common;
