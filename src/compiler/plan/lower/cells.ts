/** A cell → its data, its start, its training; and every state of the algebra, seen from a cell. */

import { parentOf } from "../../init-parent.js";
import type { Cell, PartRule, StateSpec } from "../../study.js";
import type { Output } from "../graph.js";
import type { Context } from "./context.js";
import { lowerDataset } from "./datasets.js";
import { lowerComposition, lowerInit } from "./init.js";
import { type LoweredModel, lowerModel } from "./models.js";
import { type LoweredState, lowerSource, momentOf, stateOf } from "./sources.js";
import { lowerStateCall, reportUnlike } from "./state-calls.js";
import { lowerTraining, type Trained, type TrainRequest } from "./train.js";
import { lowerTuned } from "./tune.js";

/** Undefined, with a diagnostic, where it cannot be built. */
export function lowerCell(context: Context, cell: Cell): Trained | undefined {
  if (context.cells.has(cell)) return context.cells.get(cell);
  // a cell that (against the checker's promise) draws from itself finds nothing here
  context.cells.set(cell, undefined);
  const trained = trainCell(context, cell);
  context.cells.set(cell, trained);
  return trained;
}

function trainCell(context: Context, cell: Cell): Trained | undefined {
  if (cell.tuned !== undefined) return lowerTuned(context, cell, (other) => trainRequest(context, other));
  const request = trainRequest(context, cell);
  return request && lowerTraining(context, request);
}

function trainRequest(context: Context, cell: Cell): TrainRequest | undefined {
  const { seed, repeat } = cell;
  const dataset = lowerDataset(context, cell.target, seed);
  const model = lowerModel(context, cell.model, dataset);
  if (!model) return undefined;
  const initial = lowerInit(context, {
    init: cell.init,
    model,
    task: dataset.task,
    draw: { seed, repeat },
    label: cell.id,
    transferId: cell.source ? `${context.ids.of(cell.source)} ${parentOf(cell.init.rules)?.name ?? ""}` : "none",
    transfer: () => cellSource(context, cell),
    state: (state) => lowerState(context, state, cell),
  });
  return {
    model,
    dataset,
    initial,
    recipes: cell.train,
    keep: [],
    seed,
    repeat,
    fold: cell.fold,
    label: cell.id,
  };
}

function cellSource(context: Context, cell: Cell): LoweredState | undefined {
  const parent = parentOf(cell.init.rules);
  const drawer = parent === undefined ? cell : { ...cell, model: parent };
  return cell.source && lowerSource(context, cell.source, drawer, (state) => lowerState(context, state, cell));
}

/** A state as the cell sees it: its source, its seeds, its repeat. */
export function lowerState(context: Context, state: StateSpec, cell: Cell): LoweredState | undefined {
  switch (state.kind) {
    case "cell": {
      const trained = lowerCell(context, state.cell);
      return trained && momentOf(context, trained, state.moment, state.cell.id, state.cell);
    }
    case "source":
      return lowerSource(context, state.source, cell, (inner) => lowerState(context, inner, cell));
    case "compose": {
      const base = lowerState(context, state.base, cell);
      return base && compose(context, cell, base, state.rules);
    }
    case "call":
      return called(context, cell, state);
    case "predictions":
    case "features":
      // the checker leaves them to scores and probes of features, which ask for none of this
      return undefined;
    default:
      return state satisfies never;
  }
}

function compose(
  context: Context,
  cell: Cell,
  base: LoweredState,
  rules: readonly PartRule[],
): LoweredState | undefined {
  const dataset = lowerDataset(context, cell.target, cell.seed);
  const model = base.model ?? lowerModel(context, cell.model, dataset);
  if (!model) return undefined;
  return lowerComposition(context, {
    base,
    rules,
    model,
    task: dataset.task,
    draw: { seed: cell.seed, repeat: cell.repeat },
    label: `for ${cell.id}`,
    location: rules[0]?.location ?? cell.location,
    transfer: () => cellSource(context, cell),
    state: (inner) => lowerState(context, inner, cell),
  });
}

/** Of a model its states share, whose heads are then theirs; else of the cell's. */
function called(
  context: Context,
  cell: Cell,
  { call, states: specs, location }: Extract<StateSpec, { readonly kind: "call" }>,
): LoweredState | undefined {
  const states = specs.map((spec) => lowerState(context, spec, cell)).filter((state) => state !== undefined);
  if (states.length < specs.length) return undefined;
  const dataset = lowerDataset(context, cell.target, cell.seed);
  const shared = states[0]?.model;
  const isShared = shared && states.every((state) => state.model?.info === shared.info);
  const model = isShared ? shared : lowerModel(context, cell.model, dataset);
  if (!model) return undefined;
  if (states.some((state) => state.model && !alikeModels(state.model, model))) {
    reportUnlike(context, call, states, model, location);
    return undefined;
  }
  const seen = states.map((state) => seenThrough(context, state, model, cell, dataset.task));
  return lowerStateCall(context, { call, states: seen, model, dataset, cell, location });
}

/** Models of one family with the same layers, whatever their channels and classes. */
export function alikeModels(first: LoweredModel, second: LoweredModel): boolean {
  if (first.layers === second.layers) return true;
  return (
    first.spec.family === second.spec.family &&
    first.layers.length === second.layers.length &&
    first.layers.every((layer, index) => layer === second.layers[index])
  );
}

/**
 * A state of another model, seen through this one: its backbone, channels adapted, under this model's fresh head. So
 * a checkpoint or a pretrained source can be compared with what was trained on the target.
 */
export function seenThrough(
  context: Context,
  state: LoweredState,
  model: LoweredModel,
  cell: Cell,
  task: string,
): LoweredState {
  if (state.model?.info === model.info || state.given !== undefined) return state;
  const output: Output = lowerInit(context, {
    init: {
      name: state.label,
      rules: [{ parts: [{ kind: "backbone" }], except: [], source: { kind: "transfer" }, location: cell.location }],
      location: cell.location,
    },
    model,
    task,
    draw: { seed: cell.seed, repeat: cell.repeat },
    label: `${state.label} as ${model.name}`,
    transferId: "seen",
    transfer: () => state,
    state: () => undefined,
  });
  return stateOf(output, state.label, model);
}
