/** The WebGPU adapter, found by trying it: onnxruntime takes the system's first and tells nothing of it. */

import { fork } from "node:child_process";
import type { ShaderLimits } from "../engine/types.js";
import { childModule } from "../host/child-module.js";
import type { DeviceProblem, WebGpuDevice } from "./types.js";
import { ABSURD_BYTES, type WebGpuTrial } from "./webgpu-trial.js";

export interface WebGpuDiscovery {
  readonly device: WebGpuDevice | undefined;
  readonly problem: DeviceProblem | undefined;
}

export interface Tried {
  readonly trial: WebGpuTrial | { readonly status: "lost"; readonly how: string };
  /** What the child wrote to standard error. */
  readonly said: string;
}

const TIMEOUT_MS = 60_000;
const MAX_OUTPUT = 1 << 20;

let known: Promise<WebGpuDiscovery> | undefined;

/** The same answer for the life of the process. */
export function discoverWebGpu(): Promise<WebGpuDiscovery> {
  known ??= tryInChild().then(understood);
  return known;
}

export function understood({ trial, said }: Tried): WebGpuDiscovery {
  switch (trial.status) {
    case "works": {
      const device: WebGpuDevice = { kind: "webgpu", ...hardwareOf(said), limits: limitsOf(trial.words) };
      return { device, problem: undefined };
    }
    case "refused":
      return none(trial.message);
    case "lost":
      return none(`the process that tried WebGPU ${trial.how}`);
    default:
      return trial satisfies never;
  }
}

function none(problem: string): WebGpuDiscovery {
  const remedy = "install the GPU's driver (on Linux with Vulkan: mesa-vulkan-drivers, or the vendor's)";
  return { device: undefined, problem: { kind: "webgpu", problem, remedy } };
}

/** From onnxruntime's account of the system's hardware: its first GPU. */
function hardwareOf(said: string): Pick<WebGpuDevice, "name" | "hardware"> {
  for (const [, vendorId = "", deviceId = "", vendor = ""] of said.matchAll(
    /OrtHardwareDevice \{vendor_id:0x(\w+), device_id:0x(\w+), vendor:([^,]*), type:1\b/g,
  )) {
    const name = [vendor.trim(), `GPU ${vendorId}:${deviceId}`].filter((part) => part !== "").join(" ");
    return { name, hardware: "gpu" };
  }
  return { name: "software adapter", hardware: "software" };
}

/** "Too many storage buffers in shader. Current: 513, Max is 16": one input, and the absurd tensor in 512 pieces. */
function limitsOf(words: string): ShaderLimits | null {
  const [, current, most] = /Too many storage buffers in shader\. Current: (\d+), Max is (\d+)/.exec(words) ?? [];
  const pieces = Number(current) - 1;
  if (current === undefined || most === undefined || pieces < 1) return null;
  return { bindingBytes: Math.floor(ABSURD_BYTES / pieces), bindings: Number(most) };
}

function tryInChild(): Promise<Tried> {
  return new Promise((resolve) => {
    const child = fork(childModule("devices/webgpu-child.js"), {
      stdio: ["ignore", "ignore", "pipe", "ipc"],
      execArgv: [],
    });
    let said = "";
    child.stderr?.setEncoding("utf8");
    child.stderr?.on("data", (chunk: string) => {
      if (said.length < MAX_OUTPUT) said += chunk;
    });
    let trial: Tried["trial"] | undefined;
    child.on("message", (message) => {
      trial = message as WebGpuTrial;
    });
    const timer = setTimeout(() => {
      trial = { status: "lost", how: `gave no answer in ${TIMEOUT_MS / 1000} s` };
      child.kill("SIGKILL");
      child.unref();
      resolve({ trial, said });
    }, TIMEOUT_MS);
    child.once("error", (error) => {
      trial ??= { status: "lost", how: `could not start (${error.message})` };
    });
    child.once("close", (code, signal) => {
      clearTimeout(timer);
      const how = signal === null ? `ended with exit code ${code ?? "unknown"}` : `was ended by ${signal}`;
      resolve({ trial: trial ?? { status: "lost", how }, said });
    });
  });
}
