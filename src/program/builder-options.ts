/** What the builder's methods take beside values, and how short forms are filled in. */

import type { FamilyInit, TensorRole } from "./declarations.js";
import type { Padding, PoolAttributes, StoredType } from "./types.js";

export interface BuilderOptions {
  /** Full names of tensors that no call changes: no parameter of the optimizer, no statistics to follow. */
  readonly frozen?: ReadonlySet<string>;
  /** Under which name the session keeps a model's tensor, where that is not its own. */
  readonly stored?: (tensor: string) => string;
}
export interface ParameterOptions {
  readonly role: TensorRole;
  readonly init: FamilyInit;
  /** Default true. */
  readonly trainable?: boolean;
}
export interface BufferOptions {
  readonly role: TensorRole;
  readonly init: FamilyInit;
  /** Default f32. */
  readonly dtype?: StoredType;
}
/** Windows in pixels; a lone number is used for both axes, a lone padding for all four sides. */
export interface ConvOptions {
  readonly stride?: number | readonly [number, number];
  readonly padding?: number | Padding;
  readonly groups?: number;
}
export interface PoolOptions {
  readonly window: number | readonly [number, number];
  /** Default: the window. */
  readonly stride?: number | readonly [number, number];
  readonly padding?: number | Padding;
}
export interface AxesOptions {
  readonly axes?: readonly number[];
  readonly keepDims?: boolean;
}
export interface MatmulOptions {
  readonly transposeA?: boolean;
  readonly transposeB?: boolean;
  readonly alpha?: number;
}

export const pair = (size: number | readonly [number, number]): readonly [number, number] =>
  typeof size === "number" ? [size, size] : size;
export const sides = (padding: number | Padding): Padding =>
  typeof padding === "number" ? [padding, padding, padding, padding] : padding;

export function poolAttributes(options: PoolOptions): PoolAttributes {
  const window = pair(options.window);
  return { window, stride: pair(options.stride ?? window), padding: sides(options.padding ?? 0) };
}
