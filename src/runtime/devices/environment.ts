/** What a worker's process is told of its device: it sees that one alone, takes memory as it needs it, repeats itself. */

import { KEPT_ON_GPU } from "../schedule/inventory.js";
import type { Device } from "./types.js";

/** Bytes of compiled programs a worker may keep for later nodes. */
export const KEPT_VARIABLE = "XFERC_KEPT_BYTES";

export function workerEnvironment(device: Device | undefined): { readonly [name: string]: string } {
  if (device?.kind !== "cuda") {
    // a library built for CUDA would otherwise open every GPU there is
    return { CUDA_VISIBLE_DEVICES: "-1" };
  }
  return {
    CUDA_VISIBLE_DEVICES: device.uuid,
    CUDA_DEVICE_ORDER: "PCI_BUS_ID",
    // several workers share a device
    TF_FORCE_GPU_ALLOW_GROWTH: "true",
    [KEPT_VARIABLE]: String(KEPT_ON_GPU),
    // the same sums in the same order, and float32 that is float32: not TensorFloat-32's ten bits
    TF_DETERMINISTIC_OPS: "1",
    TF_CUDNN_DETERMINISTIC: "1",
    CUBLAS_WORKSPACE_CONFIG: ":4096:8",
    NVIDIA_TF32_OVERRIDE: "0",
  };
}
