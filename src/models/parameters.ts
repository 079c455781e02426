/** Reads a family's parameters out of a model spec. The catalogue's schema has checked types; here sizes must fit. */

import type { ModelSpec } from "./types.js";

/** A model that cannot be built; the message names the family, the parameter and what would fit. */
export class ModelError extends Error {
  override readonly name: string = "ModelError";
}

/** Whether it can be built is being found out elsewhere: who does not wait takes it for built, and asks again. */
export class PendingModel extends ModelError {
  override readonly name = "PendingModel";
}

/** Bounds that keep tracing fast whatever a study asks for. */
const LIMITS = { depth: 1024, width: 65_536, size: 8192, classes: 1_000_000 };

function fail(spec: ModelSpec, reason: string): never {
  throw new ModelError(`${spec.family}: ${reason}`);
}

export function checkThat(spec: ModelSpec, condition: boolean, reason: string): asserts condition {
  if (!condition) fail(spec, reason);
}

function isWhole(value: unknown, limit: number): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= limit;
}

export function wholeNumber(spec: ModelSpec, name: string, limit: number = LIMITS.width): number {
  const value = spec.params[name];
  if (isWhole(value, limit)) return value;
  return fail(spec, `\`${name}\` must be a whole number from 1 to ${limit}, not ${JSON.stringify(value)}`);
}

export function positiveNumber(spec: ModelSpec, name: string, fallback: number): number {
  const value = spec.params[name] ?? fallback;
  if (typeof value === "number" && Number.isFinite(value) && value > 0) return value;
  return fail(spec, `\`${name}\` must be a number above 0, not ${JSON.stringify(value)}`);
}

export function wholeNumbers(spec: ModelSpec, name: string): readonly number[] {
  const value = spec.params[name];
  if (Array.isArray(value) && value.length > 0 && value.every((item) => isWhole(item, LIMITS.width))) return value;
  return fail(spec, `\`${name}\` must be a list of whole numbers above 0, not ${JSON.stringify(value)}`);
}

export function choice<const T extends string>(spec: ModelSpec, name: string, options: readonly T[], fallback: T): T {
  const value = spec.params[name] ?? fallback;
  const chosen = options.find((option) => option === value);
  return chosen ?? fail(spec, `\`${name}\` must be ${options.join(" or ")}, not ${JSON.stringify(value)}`);
}

export function checkDepth(spec: ModelSpec, name: string, depth: number): void {
  checkThat(spec, depth <= LIMITS.depth, `\`${name}\` asks for ${depth} blocks; at most ${LIMITS.depth}`);
}

/** The sizes every model has. */
export function checkImage(spec: ModelSpec): void {
  checkThat(spec, isWhole(spec.size, LIMITS.size), `\`size\` must be from 1 to ${LIMITS.size} px, not ${spec.size}`);
  checkThat(spec, isWhole(spec.channels, 1024), `images have 1 to 1024 channels, not ${spec.channels}`);
  checkThat(
    spec,
    isWhole(spec.classes, LIMITS.classes),
    `a task has 1 to ${LIMITS.classes} classes, not ${spec.classes}`,
  );
}
