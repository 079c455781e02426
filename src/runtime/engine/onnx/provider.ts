/** How onnxruntime is asked to compute on a device, and the proof that it does so rightly. */

import type * as Ort from "onnxruntime-node";
import { complaintOf, EngineError } from "../errors.js";
import type { EngineOptions } from "../types.js";
import { hasCudaLibraries, INSTALL_CUDA_COMMAND } from "./cuda.js";
import { type Machine, plainMachine } from "./lower/context.js";
import { probeMachine } from "./machine.js";
import { selfCheck } from "./self-check.js";
import type { OrtModule } from "./state.js";

type Device = EngineOptions["device"];
type SessionOptions = Ort.InferenceSession.SessionOptions;

/**
 * `basic` validation puts an error scope around every run. Without it a buffer that could not be made, or a command that
 * was refused, is only logged and the numbers are zeros; with it the run fails (tested by failing every allocation).
 * Programs have static shapes, so buffers of exactly their sizes are used again.
 */
const WEBGPU: Ort.InferenceSession.WebGpuExecutionProviderOption = {
  name: "webgpu",
  validationMode: "basic",
  storageBufferCacheMode: "simple",
};

export function providerOptions(device: Device): SessionOptions {
  switch (device) {
    case "cpu":
      return { executionProviders: ["cpu"] };
    case "webgpu":
      return { executionProviders: [WEBGPU] };
    case "cuda":
      // a worker sees one device, its own
      return {
        executionProviders: [{ name: "cuda", deviceId: 0 }],
        extra: { session: { use_deterministic_compute: "1" } },
      };
    default:
      return device satisfies never;
  }
}

const checked = new Map<Device, Promise<Machine>>();

/**
 * What graphs for the device are shaped by. The first time, a GPU computes a small program whose numbers are known.
 * @throws EngineError where the device is not there, or computes anything else
 */
export function machineOf(ort: OrtModule, device: Device): Promise<Machine> {
  const known = checked.get(device);
  if (known !== undefined) return known;
  const made = device === "cpu" ? probeMachine(ort) : proven(ort, device);
  checked.set(device, made);
  made.catch(() => checked.delete(device));
  return made;
}

async function proven(ort: OrtModule, device: "cuda" | "webgpu"): Promise<Machine> {
  if (device === "cuda" && !hasCudaLibraries()) {
    throw new EngineError(
      `engine onnx has no CUDA libraries here; run \`${INSTALL_CUDA_COMMAND}\`, or use \`--device cpu\``,
    );
  }
  const machine: Machine = { ...plainMachine, device };
  const difference = await selfCheck(ort, machine, providerOptions(device)).catch((error: unknown) => {
    throw new EngineError(`${absence(device)} (${complaintOf(error)}); ${remedy(device)}, or use \`--device cpu\``);
  });
  if (difference === undefined) return machine;
  throw new EngineError(
    `engine onnx computes wrong numbers on ${device} here (${difference}); update the GPU's driver, or use \`--device cpu\``,
  );
}

const absence = (device: "cuda" | "webgpu"): string =>
  device === "cuda" ? "engine onnx finds no CUDA device it can use" : "engine onnx finds no WebGPU adapter";

const remedy = (device: "cuda" | "webgpu"): string =>
  device === "cuda" ? "see `xferc doctor`" : "install the GPU's driver (on Linux with Vulkan)";
