/** What a kernel is: it computes an operation's outputs from its inputs, in float64. */

import type { OpAttributes, OpKind, Shape } from "../types.js";
import type { Tensor } from "./tensor.js";

export interface KernelCall<K extends OpKind> {
  readonly attributes: OpAttributes[K];
  /** Shapes of the outputs, as inferred when the program was built. */
  readonly shapes: readonly Shape[];
  input(index: number): Tensor;
  readonly inputs: readonly Tensor[];
  /** Shape of the first output. */
  readonly shape: Shape;
}

export type Kernel<K extends OpKind> = (call: KernelCall<K>) => readonly Tensor[];
export type Kernels<K extends OpKind> = { readonly [P in K]: Kernel<P> };
