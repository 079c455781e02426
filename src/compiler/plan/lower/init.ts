/** `init` nodes: the start of a training, and every composed state. */

import type { Location } from "../../diagnostics.js";
import type { InitSpec, PartRule, StateSpec } from "../../study.js";
import { estimateHost, stateBytes } from "../estimate.js";
import type { Output } from "../graph.js";
import { remembered } from "../memo.js";
import { type BuiltManifest, buildManifest } from "../parts/manifest.js";
import type { ManifestEntry } from "../types.js";
import type { Context } from "./context.js";
import type { LoweredModel } from "./models.js";
import { type LoweredState, stateOf } from "./sources.js";

export type InitMemo = Map<string, Output>;

export interface InitRequest {
  readonly init: InitSpec;
  readonly model: LoweredModel;
  readonly task: string;
  readonly draw: { readonly seed: number; readonly repeat: number };
  readonly label: string;
  /** Tells `transfer`'s states apart; equal ids must mean the same state. */
  readonly transferId: string;
  readonly transfer: () => LoweredState | undefined;
  readonly state: (state: StateSpec) => LoweredState | undefined;
}

/** One node however many cells begin alike: WT_ST(0) is ST, whatever either is called. */
export function lowerInit(context: Context, request: InitRequest): Output {
  const { init, model, task, draw } = request;
  const { ids, inits } = context;
  const id = `${ids.of(init.rules)} ${ids.of(model)} ${task} ${draw.seed} ${draw.repeat} ${request.transferId}`;
  const ownStates = init.rules.some(({ source }) => source.kind === "state");
  const known = ownStates ? undefined : inits.get(id);
  if (known) return known;
  const built = buildManifest({
    info: model.info,
    spec: model.spec,
    task,
    draw: { seed: draw.seed, repeat: draw.repeat },
    rules: init.rules,
    transfer: request.transfer,
    state: request.state,
  });
  context.rules.see(init.name, init.rules, built.assignment, model);
  context.supplies.see(init.name, init.location, built.problems, model);
  const output = initNode(context, model, built, `init ${init.name} for ${request.label}`, init.location);
  if (!ownStates) inits.set(id, output);
  return output;
}

export interface ComposeRequest extends Omit<InitRequest, "init" | "transferId"> {
  readonly base: LoweredState;
  readonly rules: readonly PartRule[];
  readonly location: Location;
}

/** `base with { … }`. Replacing nothing, or everything by the same state, is that state itself. */
export function lowerComposition(context: Context, request: ComposeRequest): LoweredState {
  const { base, model, rules, draw } = request;
  const built = buildManifest({
    info: model.info,
    spec: model.spec,
    task: request.task,
    draw: { seed: draw.seed, repeat: draw.repeat },
    rules,
    base,
    transfer: request.transfer,
    state: request.state,
  });
  context.rules.see(`${base.label} with`, rules, built.assignment, model);
  context.supplies.see(`${base.label} with`, request.location, built.problems, model);
  const only = built.states.length === 1 && built.manifest.every(isPlainCopy) ? built.states[0] : undefined;
  if (only && only.model?.info === model.info) return only;
  const output = initNode(context, model, built, `compose ${request.label}`, request.location);
  return stateOf(output, `${base.label} with …`, model);
}

function isPlainCopy({ origin }: ManifestEntry): boolean {
  return origin.from === "state" && origin.adapt === undefined;
}

function initNode(
  context: Context,
  model: LoweredModel,
  built: BuiltManifest<LoweredState>,
  label: string,
  location: Location,
): Output {
  const vertex = context.graph.node({
    op: "init",
    params: { model: model.spec, manifest: built.manifest },
    inputs: built.states.map(({ output }, index) => [`state${index}`, output] as const),
    computedBy: "host",
    label,
    location,
    unknown: model.guessed ? true : undefined,
    estimate: () =>
      remembered(model.estimates, "init", () =>
        estimateHost({ images: 0, bytes: stateBytes(model.info) }, context.rates),
      ),
  });
  return { vertex, output: "state" };
}
