/** A catalogue model run on given tensors: how a checkpoint is held against another framework. Behind `xferc forward`. */

import { entries, validate } from "../catalog/index.js";
import type { Json, ModelEntry } from "../catalog/types.js";
import type { Violation } from "../catalog/validate.js";
import { familyOf } from "../models/families.js";
import { ModelError } from "../models/parameters.js";
import { presets, resolvePreset } from "../models/presets.js";
import { traceModel } from "../models/trace.js";
import type { ModelSpec, TensorInfo } from "../models/types.js";
import { Builder } from "../program/builder.js";
import { simplify } from "../program/passes/index.js";
import { formatShape, sameShape, sizeOf } from "../program/shape.js";
import type { Program, Shape, TensorData } from "../program/types.js";
import type { Engine, Session } from "./engine/types.js";
import { readSafetensors } from "./state/safetensors.js";

/** A file as it was read, with the name errors call it by. */
export interface TensorFile {
  readonly file: string;
  readonly bytes: Uint8Array;
}

export interface ForwardRequest {
  /** A catalogue id (`resnet`, `deit_small`) or a timm name (`deit_small_patch16_224`, with or without a `.tag`). */
  readonly model: string;
  /** Parameters of the family, over the preset's. */
  readonly params: { readonly [name: string]: Json };
  /** Every tensor of the model under its timm name, none else. */
  readonly weights: TensorFile;
  /** `x`, N×C×H×W float32, as the model takes it; other tensors are not looked at. */
  readonly input: TensorFile;
  readonly engine: Engine;
}

/** What is wrong with the request, and what to do about it. */
export class ForwardError extends Error {
  override readonly name = "ForwardError";
}

/** Images a call; more are run in turns. */
const CHUNK = 32;

/**
 * `logits` [N, classes], `pooled` [N, D] (the head's input) and `block.NAME`, every tap in timm's own layout
 * (N×C×H×W, N×tokens×D). Classes, channels and image size are those of the tensors given.
 * @throws ForwardError, SafetensorsError
 */
export async function forward(request: ForwardRequest): Promise<Map<string, TensorData>> {
  const weights = readSafetensors(request.weights.bytes, request.weights.file);
  const images = imagesOf(readSafetensors(request.input.bytes, request.input.file), request.input.file);
  const spec = specOf(request, weights, images.shape);
  const state = stateOf(spec, weights, request.weights.file);
  const [count = 0] = images.shape;
  const chunk = Math.min(count, CHUNK);
  const session = await request.engine.open({ programs: { forward: forwardProgram(spec, chunk) } });
  try {
    await session.load(state);
    return await runInChunks(session, images, chunk);
  } finally {
    await session.close();
  }
}

function imagesOf(tensors: ReadonlyMap<string, TensorData>, file: string): TensorData {
  const x = tensors.get("x");
  if (x === undefined) {
    const there = [...tensors.keys()].slice(0, 5).join(", ");
    throw new ForwardError(`${file} has no tensor \`x\` (it has ${there || "none"}); give the images that name`);
  }
  const [count = 0, channels = 0, height = 0, width = 0] = x.shape;
  if (x.shape.length !== 4 || !(x.data instanceof Float32Array)) {
    throw new ForwardError(`${file}: \`x\` is ${formatShape(x.shape)}; images are float32, N×C×H×W`);
  }
  if (height !== width) throw new ForwardError(`${file}: images of ${height}×${width} px; they must be square`);
  if (count < 1 || channels < 1 || height < 1)
    throw new ForwardError(`${file}: \`x\` ${formatShape(x.shape)} is empty`);
  return x;
}

/** Family and parameters a name stands for; a timm name may carry its weights' tag. */
export function resolve(model: string): { readonly family: ModelEntry; readonly params: ModelSpec["params"] } {
  const name = model.replace(/\.[^.]*$/, "");
  const preset = resolvePreset(name);
  const family = entries("model").find(({ id }) => id === (preset?.family ?? name));
  if (family !== undefined) return { family, params: preset?.params ?? {} };
  const families = entries("model").flatMap((entry) => (entry.preset === undefined ? [entry.id] : []));
  throw new ForwardError(`no model \`${model}\`; there is ${[...families, ...presets.keys()].sort().join(", ")}`);
}

function specOf(request: ForwardRequest, weights: ReadonlyMap<string, TensorData>, images: Shape): ModelSpec {
  const { family, params: preset } = resolve(request.model);
  const [, channels = 0, size = 0] = images;
  const validation = validate(family, { ...preset, ...request.params, size });
  if (!validation.ok)
    throw new ForwardError(`model \`${request.model}\`: ${validation.violations.map(sentence).join("; ")}`);
  const { size: _, ...params } = validation.choice.params;
  const spec = { family: family.id, version: family.version, params: params as ModelSpec["params"], channels, size };
  // the number of classes is the given head's own, so any head will do to find its name
  const head = tensorsOf({ ...spec, classes: 1 }).find(({ place, role }) => place.kind === "head" && role === "linear");
  const shape = head === undefined ? undefined : weights.get(head.name)?.shape;
  return { ...spec, classes: shape?.[0] ?? 1 };
}

export function sentence({ parameter, keyword }: Violation): string {
  switch (keyword) {
    case "required":
      return `\`${parameter}\` is missing; give it with --params`;
    case "additionalProperties":
      return `it has no parameter \`${parameter}\``;
    default:
      return `\`${parameter}\` is out of bounds (${keyword})`;
  }
}

function tensorsOf(spec: ModelSpec): readonly TensorInfo[] {
  try {
    return traceModel(spec).tensors;
  } catch (error) {
    if (error instanceof ModelError) throw new ForwardError(error.message);
    throw error;
  }
}

function stateOf(spec: ModelSpec, weights: ReadonlyMap<string, TensorData>, file: string): Map<string, TensorData> {
  const tensors = tensorsOf(spec);
  const expected = new Map(tensors.map((tensor) => [tensor.name, tensor]));
  const missing = tensors.filter(({ name, role }) => !weights.has(name) && role !== "counter").map(({ name }) => name);
  const extra = [...weights.keys()].filter((name) => !expected.has(name));
  if (missing.length > 0) {
    const prefix = commonPrefix(extra, missing);
    const hint =
      prefix === undefined ? "" : `; all its names begin with \`${prefix}\`, which timm's do not: save them without`;
    throw new ForwardError(`${file} lacks ${named(missing)} of ${tensors.length} tensors of the model${hint}`);
  }
  if (extra.length > 0) {
    throw new ForwardError(`${file} has ${named(extra)}, which this model has not; check the model and its parameters`);
  }
  for (const { name, shape, role } of tensors) {
    const given = weights.get(name);
    if (given !== undefined && !sameShape(given.shape, shape)) {
      throw new ForwardError(
        `${file}: ${name} is ${formatShape(given.shape)}; the model has ${formatShape(shape)}${why(role, spec)}`,
      );
    }
  }
  return new Map(tensors.map((tensor) => [tensor.name, numbersOf(tensor, weights.get(tensor.name))]));
}

function numbersOf({ shape, role }: TensorInfo, given: TensorData | undefined): TensorData {
  const data = given?.data ?? new Int32Array(sizeOf(shape));
  const integers = role === "counter";
  if (integers === data instanceof Int32Array) return { shape, data };
  return { shape, data: integers ? Int32Array.from(data) : Float32Array.from(data) };
}

function why(role: TensorInfo["role"], { size }: ModelSpec): string {
  return role === "position" ? ` at ${size} px: give images of the size it was trained with` : "";
}

/** A module path that all names carry in front of the wanted ones: `model.`, `w.`. */
function commonPrefix(names: readonly string[], wanted: readonly string[]): string | undefined {
  const [some] = wanted;
  const carrier = some === undefined ? undefined : names.find((name) => name.endsWith(`.${some}`));
  if (some === undefined || carrier === undefined) return undefined;
  const prefix = carrier.slice(0, carrier.length - some.length);
  return names.every((name) => name.startsWith(prefix)) ? prefix : undefined;
}

function named(names: readonly string[]): string {
  const shown = names.slice(0, 5).join(", ");
  return names.length > 5 ? `${shown} and ${names.length - 5} more` : shown;
}

/** Evaluation mode; fetches under the names of the result. */
function forwardProgram(spec: ModelSpec, batch: number): Program {
  const b = new Builder("forward");
  const images = b.feed("x", [batch, spec.channels, spec.size, spec.size]);
  const { logits, pooled, taps } = familyOf(spec).build(b, images, spec, "evaluate");
  b.fetch("logits", logits);
  b.fetch("pooled", pooled);
  for (const [name, tap] of taps) b.fetch(`block.${name}`, tap);
  return simplify(b.build());
}

/** The last call is filled up with empty images, whose outputs are dropped. */
async function runInChunks(session: Session, images: TensorData, chunk: number): Promise<Map<string, TensorData>> {
  const [count = 0, ...image] = images.shape;
  const width = sizeOf(image);
  const results = new Map<string, { shape: Shape; data: Float32Array }>();
  for (let start = 0; start < count; start += chunk) {
    const rows = Math.min(chunk, count - start);
    const data = new Float32Array(chunk * width);
    data.set(images.data.subarray(start * width, (start + rows) * width));
    const outputs = await session.run("forward", { x: { shape: [chunk, ...image], data } });
    for (const [name, output] of Object.entries(outputs)) {
      const inner = output.shape.slice(1);
      const whole = results.get(name) ?? { shape: [count, ...inner], data: new Float32Array(count * sizeOf(inner)) };
      whole.data.set(output.data.subarray(0, rows * sizeOf(inner)), start * sizeOf(inner));
      results.set(name, whole);
    }
  }
  return results;
}
