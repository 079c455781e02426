/**
 * A step in pieces: gradients of micro-batches are added up and applied once, so that a batch needs the memory of a
 * piece. The same mean over the same images; only the order of additions, and so the rounding, is another.
 */

import { Builder } from "../program/builder.js";
import { ProgramError } from "../program/names.js";
import { simplify } from "../program/passes/index.js";
import { lowerPrecision } from "../program/passes/precision.js";
import { lossScaling, precisionOf } from "../program/training/precision.js";
import type { Program, Shape } from "../program/types.js";
import {
  applyGradients,
  forward,
  lossOf,
  type StepOptions,
  stepBuilder,
  stepPaces,
  withGradients,
} from "./programs.js";
import { canonicalSpec, traceModel } from "./trace.js";
import { type TrainedParts, trainedTensors } from "./trained.js";
import type { ModelSpec } from "./types.js";

const GRADIENT = "gradient.";

/** State that is zero between steps: gradients so far, one for each trained tensor. */
export function gradientState(
  model: ModelSpec,
  parts: TrainedParts = {},
): readonly { readonly name: string; readonly shape: Shape }[] {
  return trainedTensors(traceModel(model), parts).map(({ name, shape }) => ({ name: `${GRADIENT}${name}`, shape }));
}

export const isGradientState = (name: string): boolean => name.startsWith(GRADIENT);

/**
 * `accumulate`: forward in training mode, loss and gradients of `batch` images. Fed as a step is, but for the optimizer's
 * scalars, and `share`, the part of the whole batch that these images are. Fetches `loss`, their part of the batch's.
 */
export function buildAccumulate(options: StepOptions): Program {
  const reason = entangles(options.model, options);
  if (reason !== undefined) throw new ProgramError(`a batch cannot be taken in pieces: ${reason}`);
  const b = stepBuilder("accumulate", options);
  const { logits } = forward(b, options.model, options.batch, "train", options.augment);
  const loss = b.mul(lossOf(b, options, logits), b.feed("share", []));
  const precision = precisionOf(options.precision);
  const scaling = lossScaling(b, precision);
  const scaled = scaling === undefined ? loss : scaling.scaled(loss);
  for (const { name, parameter, gradient } of withGradients(b, options, scaled)) {
    const sum = b.state(`${GRADIENT}${name}`, parameter.shape);
    b.update(`${GRADIENT}${name}`, b.add(sum, gradient));
  }
  b.fetch("loss", loss);
  const program = simplify(b.build());
  return precision.kind === "f32" ? program : lowerPrecision(program, precision.half);
}

/**
 * `apply`: what a step does with its gradients, clipping and optimizer, on the sums; they are zero afterwards. Fed the
 * optimizer's scalars; fetches what a step does, without the loss.
 */
export function buildApply(
  options: Pick<StepOptions, "model" | "clipNorm" | "optimizer" | "precision"> & TrainedParts,
): Program {
  const b = new Builder("apply");
  const paces = stepPaces(options);
  const trained = trainedTensors(traceModel(options.model), options).map(({ name, shape }) => ({
    name,
    parameter: b.state(name, shape),
    gradient: b.state(`${GRADIENT}${name}`, shape),
    pace: paces?.get(name),
  }));
  applyGradients(b, options, trained, lossScaling(b, precisionOf(options.precision)));
  // After loss scaling has put its guard on all updates before it: a skipped step leaves no gradients either.
  for (const { name, gradient } of trained) b.update(`${GRADIENT}${name}`, b.filled(0, gradient.shape));
  return simplify(b.build());
}

/** An editor session may try many models; the memory starts afresh beyond this many. */
const MOST_REASONS = 512;
const reasons = new Map<string, string | undefined>();

/** Why a model's images cannot be taken a few at a time in training; undefined where they can. */
export function entangles(model: ModelSpec, { frozen = [], thawed }: TrainedParts = {}): string | undefined {
  const key = JSON.stringify([canonicalSpec(model), frozen, thawed]);
  if (!reasons.has(key)) {
    if (reasons.size >= MOST_REASONS) reasons.clear();
    reasons.set(key, entanglement(model, thawed === undefined ? { frozen } : { frozen, thawed }));
  }
  return reasons.get(key);
}

function entanglement(model: ModelSpec, parts: TrainedParts): string | undefined {
  const b = stepBuilder("train", { model, ...parts });
  forward(b, model, 2, "train");
  const { operations, updates } = b.build();
  if (operations.some(({ kind }) => kind === "batchNorm")) {
    return "batch normalization takes its mean and variance over the whole batch";
  }
  return updates.length > 0 ? "its forward pass changes its state" : undefined;
}
