/**
 * Rows of manifest entries: every tensor of a model drawn in one way (copied from state 0; sampled from state 0 by
 * repeat 2; …). A manifest picks from a few rows, so a hundred thousand manifests cost an array of pointers each, an
 * entry is made once and only when it is picked, and what entries have in common is written once a row.
 */

import type { Choice } from "../../../catalog/types.js";
import { takesGabor } from "../../../models/gabor.js";
import type { ModelInfo, TensorInfo } from "../../../models/types.js";
import { canonicalJson } from "../canonical.js";
import { digestOf } from "../key.js";
import { remembered } from "../memo.js";
import { generalOrigin } from "../summary.js";
import type { Adaptation, ManifestEntry, TensorOrigin } from "../types.js";
import type { Fit } from "./adapt.js";

export class Row {
  readonly #entries: ManifestEntry[] = [];
  readonly #texts = new Map<string, string>();

  /** Tensors of one `likeness` have one origin, but for their names. */
  constructor(
    private readonly model: ModelInfo,
    private readonly likeness: readonly string[],
    private readonly origin: (tensor: TensorInfo, index: number) => TensorOrigin,
  ) {}

  entry(index: number): ManifestEntry {
    let entry = this.#entries[index];
    if (!entry) {
      const tensor = this.model.tensors[index];
      if (!tensor) throw new RangeError(`no tensor ${index}`);
      entry = { tensor: tensor.name, shape: tensor.shape, origin: this.origin(tensor, index) };
      this.#entries[index] = entry;
    }
    return entry;
  }

  /** Canonical JSON of the tensor's origin, with `{tensor}` for its name and `{source}` for its state. */
  general(index: number): string {
    const likeness = this.likeness[index] ?? "";
    return remembered(this.#texts, likeness, () => canonicalJson(generalOrigin(this.entry(index).origin)));
  }
}

export interface Draw {
  readonly seed: number;
  readonly repeat: number;
}

/** The family's own scheme, timm's. */
const FAMILY_SCHEME: Choice = { id: "family", version: 1, params: {} };

interface Rows {
  readonly byWay: Map<string, Row>;
  readonly byFit: WeakMap<Fit, Map<string, Row>>;
  /** The tensors' names as JSON. */
  readonly names: readonly string[];
  readonly likenesses: Map<string, readonly string[]>;
  /** Tensors statistics transfer resets, and to what. */
  readonly resets: readonly (number | undefined)[];
}
const tables = new WeakMap<ModelInfo, Rows>();

function tableOf(model: ModelInfo): Rows {
  return remembered(tables, model, () => ({
    byWay: new Map(),
    byFit: new WeakMap(),
    names: model.tensors.map(({ name }) => JSON.stringify(name)),
    likenesses: new Map(),
    resets: model.tensors.map(resetValue),
  }));
}

export function quotedNames(model: ModelInfo): readonly string[] {
  return tableOf(model).names;
}

/** Copied from input `state`. */
export function stateRow(model: ModelInfo, fit: Fit, state: number): Row {
  const rows = remembered(tableOf(model).byFit, fit, () => new Map());
  return remembered(
    rows,
    `state ${state}`,
    () => new Row(model, fit.likeness, (_, index) => ({ from: "state", state, ...adaptation(fit, index) })),
  );
}

export interface StatsDraw extends Draw {
  readonly state: number;
  readonly sampler: Choice;
  /** The source's node and output: what the draw is about, beside the tensor's name. */
  readonly source: readonly [node: string, output: string];
}

/** Sampled from the statistics of input `state`; tensors that are reset instead are in `resetRow`. */
export function statsRow(model: ModelInfo, fit: Fit, draw: StatsDraw): Row {
  const { state, sampler, source, seed, repeat } = draw;
  const rows = remembered(tableOf(model).byFit, fit, () => new Map());
  const origin = (tensor: TensorInfo, index: number): TensorOrigin => ({
    from: "stats",
    state,
    sampler,
    stream: { seed, purpose: "sample", repeat, about: [tensor.name, ...source] },
    ...adaptation(fit, index),
  });
  const way = `stats ${state} ${digestOf(sampler)} ${source[0]}:${source[1]} ${seed} ${repeat}`;
  return remembered(rows, way, () => new Row(model, fit.likeness, origin));
}

function adaptation(fit: Fit, index: number): { readonly adapt?: Adaptation } {
  const found = fit.fits[index];
  return found?.kind === "adapt" ? { adapt: found.adaptation } : {};
}

/** Whether statistics transfer resets the tensor, source or not. */
export function isReset(model: ModelInfo, index: number): boolean {
  return tableOf(model).resets[index] !== undefined;
}

/** What stands for places and the class: no weight of a layer. */
export function isPlaced(tensor: TensorInfo | undefined): boolean {
  return tensor?.role === "token" || tensor?.role === "position" || tensor?.role === "relative-position";
}

/** Norms to 1 and 0, running statistics to 0 and 1. Only where `isReset`. */
export function resetRow(model: ModelInfo): Row {
  const { byWay, resets } = tableOf(model);
  const origin = (_: TensorInfo, index: number): TensorOrigin => ({ from: "constant", value: resets[index] ?? 0 });
  return remembered(byWay, "reset", () => new Row(model, resets.map(String), origin));
}

function resetValue({ role }: TensorInfo): number | undefined {
  switch (role) {
    case "norm-scale":
    case "running-var":
      return 1;
    case "norm-shift":
    case "running-mean":
    case "counter":
      return 0;
    case "conv":
    case "linear":
    case "bias":
    case "token":
    case "position":
    case "relative-position":
      return undefined;
    default:
      return role satisfies never;
  }
}

/** Drawn by the family's scheme, `gabor` for wide convolutions, `kaiming` for those and linear layers; what the family sets constant is. */
export function randomRow(model: ModelInfo, scheme: Choice, { seed, repeat }: Draw): Row {
  const { byWay, likenesses } = tableOf(model);
  return remembered(byWay, `random ${digestOf(scheme)} ${seed} ${repeat}`, () => {
    const likeness = remembered(likenesses, scheme.id, () =>
      model.tensors.map((tensor) => schemeOf(tensor, scheme).like),
    );
    return new Row(model, likeness, (tensor) => {
      const drawn = schemeOf(tensor, scheme);
      if (drawn.kind === "constant") return { from: "constant", value: drawn.value };
      return {
        from: "random",
        scheme: drawn.scheme,
        stream: { seed, purpose: "random", repeat, about: [tensor.name] },
      };
    });
  });
}

type TensorScheme = { readonly like: string } & (
  | { readonly kind: "constant"; readonly value: number }
  | { readonly kind: "drawn"; readonly scheme: Choice }
);

function schemeOf(tensor: TensorInfo, scheme: Choice): TensorScheme {
  const { role, init } = tensor;
  if (scheme.id === "gabor" && takesGabor(tensor)) return { like: "own", kind: "drawn", scheme };
  if (scheme.id !== "family" && (role === "conv" || role === "linear")) {
    return { like: "he", kind: "drawn", scheme: { ...scheme, id: "kaiming" } };
  }
  if (init.kind === "constant") return { like: `constant ${init.value}`, kind: "constant", value: init.value };
  return { like: "family", kind: "drawn", scheme: FAMILY_SCHEME };
}

export interface HeadDraw extends Draw {
  readonly family: string;
  readonly task: string;
}

/**
 * Heads by the family's scheme, from a stream of the task: paired between inits, apart between tasks. What is no head
 * (a tensor left without a source, which is an error) is as in `random`.
 */
export function freshRow(model: ModelInfo, { family, task, seed, repeat }: HeadDraw): Row {
  const { byWay, likenesses } = tableOf(model);
  return remembered(byWay, `fresh ${family} ${task} ${seed} ${repeat}`, () => {
    const likeness = remembered(likenesses, "fresh", () =>
      model.tensors.map((tensor) => `${tensor.place.kind} ${schemeOf(tensor, FAMILY_SCHEME).like}`),
    );
    return new Row(model, likeness, (tensor) => {
      const drawn = schemeOf(tensor, FAMILY_SCHEME);
      if (drawn.kind === "constant") return { from: "constant", value: drawn.value };
      const stream =
        tensor.place.kind === "unit"
          ? ({ seed, purpose: "random", repeat, about: [tensor.name] } as const)
          : ({ seed, purpose: "head", repeat, about: [family, tensor.name, task, model.classes] } as const);
      return { from: "random", scheme: FAMILY_SCHEME, stream };
    });
  });
}
