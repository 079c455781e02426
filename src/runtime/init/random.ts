/** Tensors drawn without a source: the family's own scheme, or He's. */

import type { Choice } from "../../catalog/types.js";
import type { TensorInfo } from "../../models/types.js";
import type { TensorData } from "../../program/types.js";
import type { Stream } from "../random/stream.js";
import { gaborFilters } from "./gabor.js";

/** timm cuts its truncated normal at ±2, in absolute value. */
const TRUNCATION = 2;

/**
 * @param scheme `family`; `kaiming`: N(0, 2 / fan in) for convolutions and linear layers, else the family's; `gabor`: of
 * convolutions of at least 3×3
 */
export function randomTensor(tensor: TensorInfo, scheme: Choice, stream: Stream): TensorData {
  const { shape } = tensor;
  const count = shape.reduce((product, extent) => product * extent, 1);
  const scaled = (values: Float64Array, scale: number) => ({
    shape,
    data: Float32Array.from(values, (z) => z * scale),
  });
  if (scheme.id === "gabor") return gaborFilters(shape, fan(tensor, "in"), stream);
  if (scheme.id === "kaiming" && (tensor.role === "conv" || tensor.role === "linear")) {
    return scaled(stream.normals(count), Math.sqrt(2 / fan(tensor, "in")));
  }
  const { init } = tensor;
  switch (init.kind) {
    case "constant":
      return constantTensor(tensor, init.value);
    case "normal":
      return scaled(stream.normals(count), init.std);
    case "truncated-normal":
      return scaled(stream.truncatedNormals(count, init.std, TRUNCATION), 1);
    case "kaiming-normal":
      return scaled(stream.normals(count), Math.sqrt(2 / fan(tensor, init.fan)));
    case "uniform":
      return { shape, data: Float32Array.from(stream.uniforms(count), (u) => (2 * u - 1) * init.bound) };
    default:
      return init satisfies never;
  }
}

export function constantTensor({ shape, dtype }: Pick<TensorInfo, "shape" | "dtype">, value: number): TensorData {
  const count = shape.reduce((product, extent) => product * extent, 1);
  return { shape, data: (dtype === "i32" ? new Int32Array(count) : new Float32Array(count)).fill(value) };
}

/** Weights O×I (×H×W): I·H·W in, O·H·W out. */
function fan({ name, shape }: TensorInfo, side: "in" | "out"): number {
  const [out, into, ...window] = shape;
  if (out === undefined || into === undefined) throw new Error(`${name} has no fan: it has one axis`);
  return window.reduce((product, extent) => product * extent, side === "in" ? into : out);
}
