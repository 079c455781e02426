/** `--device`: `auto`, `cpu`, `cuda`, `cuda:0,2`, `webgpu`. */

import { UsageError } from "../host/errors.js";

export type DeviceWish =
  | { readonly kind: "auto" | "cpu" | "webgpu" }
  /** These alone, by their numbers in `xferc doctor`; all where undefined. */
  | { readonly kind: "cuda"; readonly indices?: readonly number[] };

/** @throws UsageError */
export function parseDeviceWish(text: string): DeviceWish {
  if (text === "auto" || text === "cpu" || text === "webgpu" || text === "cuda") return { kind: text };
  const list = /^cuda:(\d+(?:,\d+)*)$/.exec(text)?.[1];
  if (list !== undefined) return { kind: "cuda", indices: [...new Set(list.split(",").map(Number))] };
  throw new UsageError(`--device ${text} is no device`, "must be auto, cpu, cuda, cuda:N, cuda:N,M or webgpu");
}
