/** Init and composition rules → a manifest: for each tensor of the model, where it comes from. */

import type { ModelInfo, ModelSpec, TensorInfo } from "../../../models/types.js";
import type { PartRule, StateSpec, TensorSource } from "../../study.js";
import type { InputRef, ManifestEntry } from "../types.js";
import { type Assignment, assignRules } from "./assign.js";
import {
  constantEntry,
  type Draw,
  FAMILY_SCHEME,
  freshHeadEntry,
  randomEntry,
  stateEntry,
  statsEntry,
} from "./entries.js";

/** A state tensors can be taken from. */
export interface TensorSupply {
  readonly ref: Pick<InputRef, "node" | "output">;
  /** For people: `clothes`, `main[…].selected`. */
  readonly label: string;
  /** Shapes by tensor name; absent while the checkpoint or data behind it is unknown. */
  readonly shapes?: ReadonlyMap<string, readonly number[]>;
}

export interface ManifestRequest<S extends TensorSupply = TensorSupply> {
  readonly info: ModelInfo;
  readonly spec: ModelSpec;
  readonly task: string;
  readonly draw: Draw;
  readonly rules: readonly PartRule[];
  /** What tensors no rule names keep; absent in an init. */
  readonly base?: S;
  /** Asked for only when a rule in force draws from it. */
  readonly transfer: () => S | undefined;
  readonly state: (state: StateSpec) => S | undefined;
}

export type SupplyProblem =
  | { readonly kind: "no-source" }
  | { readonly kind: "missing"; readonly tensor: string; readonly supply: string }
  | {
      readonly kind: "misshapen";
      readonly tensor: string;
      readonly supply: string;
      readonly wanted: readonly number[];
      readonly found: readonly number[];
    }
  | { readonly kind: "uncovered"; readonly tensor: string };

export interface BuiltManifest<S extends TensorSupply = TensorSupply> {
  readonly manifest: readonly ManifestEntry[];
  /** In order of first use: what `state: i` of the origins means. */
  readonly states: readonly S[];
  readonly assignment: Assignment;
  readonly problems: readonly SupplyProblem[];
}

export function buildManifest<S extends TensorSupply>(request: ManifestRequest<S>): BuiltManifest<S> {
  const { info, rules, base } = request;
  const assignment = assignRules(rules, info, base ? "compose" : "init");
  const supplies = new Supplies(request);
  const problems: SupplyProblem[] = [];
  const manifest = info.tensors.map((tensor, index) => {
    const rule = rules[assignment.rule[index] ?? -1];
    if (rule) return fromSource(request, supplies, problems, tensor, index, rule.source);
    if (base) return transferred(request, supplies, problems, tensor, index, base);
    if (tensor.place.kind === "unit") problems.push({ kind: "uncovered", tensor: tensor.name });
    return fresh(request, tensor, index);
  });
  return { manifest, states: supplies.used, assignment, problems };
}

/** Each source of the rules resolved once, and numbered when first used. */
class Supplies<S extends TensorSupply> {
  readonly used: S[] = [];
  readonly #resolved = new Map<TensorSource, S | undefined>();

  constructor(private readonly request: ManifestRequest<S>) {}

  of(source: TensorSource): S | undefined {
    if (!this.#resolved.has(source)) {
      this.#resolved.set(source, source.kind === "state" ? this.request.state(source.state) : this.request.transfer());
    }
    return this.#resolved.get(source);
  }

  /** Two names of one state are one input. */
  number(supply: S): number {
    const { ref } = supply;
    const index = this.used.findIndex((other) => other.ref.node === ref.node && other.ref.output === ref.output);
    return index >= 0 ? index : this.used.push(supply) - 1;
  }
}

function fromSource<S extends TensorSupply>(
  request: ManifestRequest<S>,
  supplies: Supplies<S>,
  problems: SupplyProblem[],
  tensor: TensorInfo,
  index: number,
  source: TensorSource,
): ManifestEntry {
  if (source.kind === "random") return randomEntry(request.info, index, source.scheme, request.draw);
  const reset = source.kind === "stats" ? resetValue(tensor) : undefined;
  if (reset !== undefined) return constantEntry(request.info, index, reset);
  const supply = supplies.of(source);
  if (!supply) {
    if (!problems.some(({ kind }) => kind === "no-source")) problems.push({ kind: "no-source" });
    return fresh(request, tensor, index);
  }
  if (source.kind !== "stats") return transferred(request, supplies, problems, tensor, index, supply);
  return statsEntry(request.info, index, {
    ...request.draw,
    state: supplies.number(supply),
    sampler: source.sampler,
    source: [supply.ref.node, supply.ref.output],
    channels: adaptedChannels(request, problems, tensor, supply),
  });
}

/** Statistics transfer keeps no norm and no running statistic: scale 1, shift 0, running mean 0, variance 1. */
function resetValue(tensor: TensorInfo): number | undefined {
  switch (tensor.role) {
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
      return undefined;
    default:
      return tensor.role satisfies never;
  }
}

function transferred<S extends TensorSupply>(
  request: ManifestRequest<S>,
  supplies: Supplies<S>,
  problems: SupplyProblem[],
  tensor: TensorInfo,
  index: number,
  supply: S,
): ManifestEntry {
  const channels = adaptedChannels(request, problems, tensor, supply);
  return stateEntry(request.info, index, supplies.number(supply), channels);
}

function fresh({ info, spec, task, draw }: ManifestRequest, tensor: TensorInfo, index: number): ManifestEntry {
  if (tensor.place.kind === "unit") return randomEntry(info, index, FAMILY_SCHEME, draw);
  return freshHeadEntry(info, index, { family: spec.family, task }, draw);
}

/** Channels to adapt to where the source's first convolution has others; notes any other difference of shape. */
function adaptedChannels(
  { info }: ManifestRequest,
  problems: SupplyProblem[],
  tensor: TensorInfo,
  supply: TensorSupply,
): number | undefined {
  if (!supply.shapes) return undefined;
  const found = supply.shapes.get(tensor.name);
  if (!found) {
    problems.push({ kind: "missing", tensor: tensor.name, supply: supply.label });
    return undefined;
  }
  const wanted = tensor.shape;
  const differ =
    wanted.length === found.length ? wanted.flatMap((size, axis) => (size === found[axis] ? [] : [axis])) : [-1];
  if (differ.length === 0) return undefined;
  const firstConvolution =
    tensor.role === "conv" && tensor.place.kind === "unit" && tensor.place.unit === 0 && wanted[1] === info.input[0];
  if (firstConvolution && differ.length === 1 && differ[0] === 1) return wanted[1];
  problems.push({ kind: "misshapen", tensor: tensor.name, supply: supply.label, wanted, found });
  return undefined;
}
