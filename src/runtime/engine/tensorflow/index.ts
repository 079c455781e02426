/** The `tensorflow` engine: IR programs as one graph, run by libtensorflow through @tensorflow/tfjs-node-gpu's binding. */

import { EngineError } from "../errors.js";
import type { EngineReport } from "../index.js";
import type { Engine, EngineOptions } from "../types.js";
import { loadBinding } from "./binding.js";
import { findTensorflow, type Installation } from "./location.js";
import { openTensorflowSession } from "./session.js";

export const INSTALL_COMMAND = "xferc engine install tensorflow";

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
