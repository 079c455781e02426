/** The `onnx` engine: IR programs run by onnxruntime, embedded through npm. */

import type { Engine, EngineOptions } from "../types.js";
import { numericVersion } from "../version.js";
import { machineOf } from "./provider.js";
import { importRuntime, versionOf } from "./runtime.js";
import { openOnnxSession } from "./session.js";

export { importRuntime } from "./runtime.js";

export async function openOnnxEngine(options: EngineOptions): Promise<Engine> {
  const { device, threads } = options;
  const ort = await importRuntime();
  await machineOf(ort, device);
  return {
    id: "onnx",
    signature: {
      engine: "onnx",
      engineVersion: numericVersion("onnx", versionOf(ort), device),
      device,
      precision: "f32",
      threads,
    },
    open: (bundle) => openOnnxSession(ort, bundle, options),
  };
}
