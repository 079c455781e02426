/** A function of states → its node, by what its catalogue entry says it reads. */

import { entry } from "../../../catalog/index.js";
import type { Choice, StateEntry } from "../../../catalog/types.js";
import { evaluationBatch } from "../../../models/memory.js";
import type { Location } from "../../diagnostics.js";
import { diagnostic } from "../../messages.js";
import type { Cell } from "../../study.js";
import { checkSplit } from "../check/splits.js";
import { estimateHost, stateBytes } from "../estimate.js";
import type { Output } from "../graph.js";
import { remembered } from "../memo.js";
import type { StateOp, StateParams } from "../types.js";
import { type Context, sharedParams } from "./context.js";
import { type LoweredDataset, prepareSplit, splitImages } from "./datasets.js";
import type { LoweredModel } from "./models.js";
import { forward } from "./probe-estimate.js";
import { type LoweredState, stateOf } from "./sources.js";

export interface StateCall {
  readonly call: Choice;
  /** Of one model, in the entry's order. */
  readonly states: readonly LoweredState[];
  readonly model: LoweredModel;
  readonly dataset: LoweredDataset;
  readonly cell: Cell;
  readonly location: Location;
}

/** Undefined, with a diagnostic, where the images it reads are not there. */
export function lowerStateCall(context: Context, request: StateCall): LoweredState | undefined {
  const { call, states, model, dataset, cell, location } = request;
  const found = entry("state", call.id);
  const [first] = states;
  if (!found || !first) return undefined;
  const same = identical(found, request);
  if (same) return same;
  const places = Object.entries(found.images ?? {});
  const problem = places.flatMap(([, split]) => checkSplit(dataset, split, location) ?? []).at(0);
  if (problem) {
    context.report(problem);
    return undefined;
  }
  const runs = places.length > 0;
  const recipe = cell.train.at(-1);
  const batch = recipe?.batch ?? evaluationBatch(model.spec);
  const op = `state.${found.id}` as StateOp;
  const about = [model, dataset, call, runs ? batch : "", found.draws ? cell.seed : ""];
  const label = `${found.id}(${states.map((state) => state.label).join(", ")}${valuesOf(call)})`;
  const preparation = { size: recipe?.resize ?? model.spec.size, channels: model.spec.channels };
  const vertex = context.graph.node({
    op,
    params: sharedParams(
      context,
      op,
      about,
      (): StateParams => ({
        model: model.spec,
        ...(runs ? { normalize: dataset.normalize, batch } : {}),
        ...(found.draws ? { stream: { seed: cell.seed, purpose: found.draws, repeat: 0, about: [found.id] } } : {}),
        ...call.params,
      }),
    ),
    inputs: [
      ...states.map(({ output }, index): [string, Output] => [found.states[index] ?? "", output]),
      ...places.map(([role, split]): [string, Output] => [role, prepareSplit(context, dataset, split, preparation)]),
    ],
    computedBy: runs ? "engine" : "host",
    label,
    location,
    unknown: model.guessed ? true : undefined,
    estimate: () =>
      runs
        ? forward(context, model, {
            images: places.reduce((sum, [, split]) => sum + (splitImages(dataset, split) ?? 0), 0),
            extraFlops: 0,
            extraMemory: 0,
            outputBytes: stateBytes(model.info),
          })
        : remembered(model.estimates, op, () =>
            estimateHost({ images: 0, bytes: states.length * stateBytes(model.info) }, context.rates),
          ),
  });
  return stateOf({ vertex, output: "state" }, label, model);
}

/** The one of its states it is without being worked out: so equal states are one node and one key. */
function identical(found: StateEntry, { call, states, model }: StateCall): LoweredState | undefined {
  const [first] = states;
  const { changes } = found;
  if (changes && !model.info.tensors.some(({ role }) => role === changes)) return first;
  const alike = states.every(({ ref }) => ref.node === first?.ref.node && ref.output === first.ref.output);
  if (states.length > 1 && alike) return first;
  const at = found.same?.find(({ when }) => Object.entries(when).every(([name, value]) => call.params[name] === value));
  return at && states[found.states.indexOf(at.state)];
}

function valuesOf({ params }: Choice): string {
  return Object.values(params)
    .map((value) => `, ${String(value)}`)
    .join("");
}

/** States of one function must be of one model. */
export function reportUnlike(
  context: Context,
  call: Choice,
  states: readonly LoweredState[],
  model: LoweredModel,
  location: Location,
): void {
  const named = (state: LoweredState | undefined) =>
    state ? `${state.label} (${(state.model ?? model).name})` : `this cell's model (${model.name})`;
  const extras = { first: named(states[0]), second: named(states[1]), probe: call.id };
  context.report(diagnostic("states-differ", extras, location));
}
