/** A catalogue model run on given tensors: how a checkpoint is held against another framework. Behind `xferc forward`. */

import { type Catalog, validate } from "../catalog/index.js";
import type { Json } from "../catalog/types.js";
import { familyOf } from "../models/families.js";
import { ModelError } from "../models/parameters.js";
import { traceModel } from "../models/trace.js";
import type { ModelSpec, TensorInfo } from "../models/types.js";
import { Builder } from "../program/builder.js";
import { simplify } from "../program/passes/index.js";
import { formatShape, sizeOf } from "../program/shape.js";
import type { Program, Shape, TensorData } from "../program/types.js";
import type { Engine, Session } from "./engine/types.js";
import { type NamedModel, namedModel, UnknownModelError, violationText } from "./named-model.js";
import { readSafetensors } from "./state/safetensors.js";
import type { LoadedWeights } from "./weights/load.js";
import { strictState } from "./weights/strict.js";

/** A file as it was read, with the name errors call it by. */
export interface TensorFile {
  readonly file: string;
  readonly bytes: Uint8Array;
}

export interface ForwardRequest {
  /** A catalogue id (`resnet`, `deit_small`) or a timm name (`deit_small_patch16_224`, with or without a `.tag`). */
  readonly model: string;
  /** The project's, where a plug-in may bring the model; the built-in one unless given. */
  readonly catalog?: Catalog | undefined;
  /** Parameters of the family, over the preset's. */
  readonly params: { readonly [name: string]: Json };
  /** Every tensor of the model, none else. */
  readonly weights: LoadedWeights;
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
 * `logits` [N, classes], `pooled` [N, D] (the head's input) and `block.NAME`, every tap as timm's module gives
 * it (N×C×H×W, N×tokens×D, N×H×W×C; attention within windows as N·windows×tokens×D). Classes, channels and image size
 * are those of the tensors given.
 * @throws ForwardError, CheckpointError
 */
export async function forward(request: ForwardRequest): Promise<Map<string, TensorData>> {
  const images = imagesOf(readSafetensors(request.input.bytes, request.input.file), request.input.file);
  const spec = specOf(request, request.weights.tensors, images.shape);
  const state = strictState(tensorsOf(spec), request.weights);
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

function specOf(request: ForwardRequest, weights: ReadonlyMap<string, TensorData>, images: Shape): ModelSpec {
  const { family, params: preset } = modelOf(request);
  const [, channels = 0, size = 0] = images;
  const validation = validate(family, { ...preset, ...request.params, size });
  if (!validation.ok)
    throw new ForwardError(`model \`${request.model}\`: ${validation.violations.map(violationText).join("; ")}`);
  const { size: _, ...params } = validation.choice.params;
  const spec = {
    family: family.id,
    version: family.version,
    params: params as ModelSpec["params"],
    channels,
    size,
    ...(family.plugin === undefined ? {} : { plugin: family.plugin }),
  };
  // the number of classes is the given head's own, so any head will do to find its name
  const head = tensorsOf({ ...spec, classes: 1 }).find(({ place, role }) => place.kind === "head" && role === "linear");
  const shape = head === undefined ? undefined : weights.get(head.name)?.shape;
  return { ...spec, classes: shape?.[0] ?? 1 };
}

function modelOf({ model, catalog }: ForwardRequest): NamedModel {
  try {
    return namedModel(model, catalog);
  } catch (error) {
    if (error instanceof UnknownModelError) throw new ForwardError(error.message);
    throw error;
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

/** Evaluation mode; fetches under the names of the result. */
function forwardProgram(spec: ModelSpec, batch: number): Program {
  const b = new Builder("forward");
  const images = b.feed("x", [batch, spec.channels, spec.size, spec.size]);
  const { logits, pooled, taps, asTimm } = familyOf(spec).build(b, images, spec, "evaluate");
  b.fetch("logits", logits);
  b.fetch("pooled", pooled);
  for (const [name, tap] of taps) b.fetch(`block.${name}`, asTimm?.get(name) ?? tap);
  return simplify(b.build());
}

/** The last call is filled up with empty images, whose outputs are dropped. */
async function runInChunks(session: Session, images: TensorData, chunk: number): Promise<Map<string, TensorData>> {
  const [count = 0, ...image] = images.shape;
  const width = sizeOf(image);
  const results = new Map<string, { shape: Shape; data: Float32Array }>();
  for (let start = 0; start < count; start += chunk) {
    const taken = Math.min(chunk, count - start);
    const data = new Float32Array(chunk * width);
    data.set(images.data.subarray(start * width, (start + taken) * width));
    const outputs = await session.run("forward", { x: { shape: [chunk, ...image], data } });
    for (const [name, output] of Object.entries(outputs)) {
      const [rows = 0, ...inner] = output.shape;
      // an image may have several rows: the windows of a map
      const size = output.data.length / chunk;
      const shape = [(rows / chunk) * count, ...inner];
      const whole = results.get(name) ?? { shape, data: new Float32Array(count * size) };
      whole.data.set(output.data.subarray(0, taken * size), start * size);
      results.set(name, whole);
    }
  }
  return results;
}
