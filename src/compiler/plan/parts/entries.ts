/**
 * Manifest entries, shared: every manifest that draws a tensor in the same way holds the same object, so a hundred
 * thousand manifests cost an array of pointers each, and an entry is digested once.
 */

import type { Choice } from "../../../catalog/types.js";
import type { ModelInfo, TensorInfo } from "../../../models/types.js";
import { digestOf } from "../key.js";
import { remembered } from "../memo.js";
import type { ManifestEntry, StreamSpec, TensorOrigin } from "../types.js";

type EntryRow = (ManifestEntry | undefined)[];
const tables = new WeakMap<ModelInfo, Map<string, EntryRow>>();

/** `way` must tell apart any two origins the same tensor of the same model can have. */
function entry(
  model: ModelInfo,
  index: number,
  way: string,
  origin: (tensor: TensorInfo) => TensorOrigin,
): ManifestEntry {
  const ways = remembered(tables, model, () => new Map());
  const row = remembered(ways, way, () => []);
  let found = row[index];
  if (!found) {
    const tensor = model.tensors[index];
    if (!tensor) throw new RangeError(`no tensor ${index}`);
    found = { tensor: tensor.name, shape: tensor.shape, origin: origin(tensor) };
    row[index] = found;
  }
  return found;
}

export interface Draw {
  readonly seed: number;
  readonly repeat: number;
}

/** The family's own scheme, timm's. */
export const FAMILY_SCHEME: Choice = { id: "family", version: 1, params: {} };

export function constantEntry(model: ModelInfo, index: number, value: number): ManifestEntry {
  return entry(model, index, `constant ${value}`, () => ({ from: "constant", value }));
}

/** `channels`: input channels to adapt the source's first convolution to. */
export function stateEntry(
  model: ModelInfo,
  index: number,
  state: number,
  channels: number | undefined,
): ManifestEntry {
  return entry(model, index, `state ${state} ${channels ?? ""}`, () => ({
    from: "state",
    state,
    ...(channels === undefined ? {} : { adapt: { channels } }),
  }));
}

export interface StatsDraw extends Draw {
  readonly state: number;
  readonly sampler: Choice;
  /** The source's node and output: what the draw is about, beside the tensor's name. */
  readonly source: readonly [node: string, output: string];
  readonly channels: number | undefined;
}

export function statsEntry(model: ModelInfo, index: number, draw: StatsDraw): ManifestEntry {
  const { state, sampler, source, channels, seed, repeat } = draw;
  const way = `stats ${state} ${digestOf(sampler)} ${source.join(":")} ${channels ?? ""} ${seed} ${repeat}`;
  return entry(model, index, way, (tensor) => ({
    from: "stats",
    state,
    sampler,
    stream: { seed, purpose: "sample", repeat, about: [tensor.name, ...source] },
    ...(channels === undefined ? {} : { adapt: { channels } }),
  }));
}

/** A tensor the family (or `kaiming`) sets to a constant is one, whatever the stream. */
export function randomEntry(model: ModelInfo, index: number, scheme: Choice, draw: Draw): ManifestEntry {
  return drawn(model, index, scheme, `random ${digestOf(scheme)} ${draw.seed} ${draw.repeat}`, (tensor) => ({
    ...draw,
    purpose: "random",
    about: [tensor.name],
  }));
}

/** The head's stream is of the task, so heads are paired between inits, and apart between tasks. */
export function freshHeadEntry(
  model: ModelInfo,
  index: number,
  head: { readonly family: string; readonly task: string },
  draw: Draw,
): ManifestEntry {
  const way = `head ${head.family} ${head.task} ${draw.seed} ${draw.repeat}`;
  return drawn(model, index, FAMILY_SCHEME, way, (tensor) => ({
    ...draw,
    purpose: "head",
    about: [head.family, tensor.name, head.task, model.classes],
  }));
}

function drawn(
  model: ModelInfo,
  index: number,
  scheme: Choice,
  way: string,
  stream: (tensor: TensorInfo) => StreamSpec,
): ManifestEntry {
  const tensor = model.tensors[index];
  const own = scheme.id === "kaiming" && (tensor?.role === "conv" || tensor?.role === "linear");
  if (!own && tensor?.init.kind === "constant") return constantEntry(model, index, tensor.init.value);
  return entry(model, index, way, (info) => ({
    from: "random",
    scheme: own ? scheme : FAMILY_SCHEME,
    stream: stream(info),
  }));
}
