/** The `tensorflow` engine: IR programs as one graph, run by libtensorflow through @tensorflow/tfjs-node-gpu's binding. */

import { EngineError } from "../errors.js";
import type { Engine, EngineOptions } from "../types.js";
import { loadBinding } from "./binding.js";
import { findTensorflow } from "./location.js";
import { INSTALL_COMMAND } from "./report.js";
import { openTensorflowSession } from "./session.js";

export async function openTensorflowEngine(options: EngineOptions): Promise<Engine> {
  const { device, threads } = options;
  if (device === "webgpu") {
    throw new EngineError("engine tensorflow computes on cpu or cuda, not on webgpu; use `--engine onnx`");
  }
  const installation = await findTensorflow(process.env, device);
  if (installation === undefined) {
    throw new EngineError(`engine tensorflow is not installed; run \`${INSTALL_COMMAND}\``);
  }
  if (device === "cuda" && !installation.manifest.cuda) {
    throw new EngineError(
      `the installed engine tensorflow has no CUDA; run \`${INSTALL_COMMAND} --cuda\` or use \`--device cpu\``,
    );
  }
  const binding = loadBinding(installation, { threads });
  if (device === "cuda" && !binding.isUsingGpuDevice()) {
    throw new EngineError("TensorFlow finds no GPU here; `xferc doctor` says what is missing");
  }
  return {
    id: "tensorflow",
    signature: {
      engine: "tensorflow",
      engineVersion: binding.TF_Version,
      device,
      precision: "f32",
      threads,
    },
    open: async (bundle) => openTensorflowSession(binding, bundle, device),
  };
}
