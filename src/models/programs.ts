/** The programs a model is run by: one training step, evaluation, features. They share state by tensor name. */

import type { Choice, Task } from "../catalog/types.js";
import { type AugmentPlan, augmentedImages } from "../program/augment/index.js";
import { gradients } from "../program/autodiff.js";
import { Builder } from "../program/builder.js";
import { ProgramError } from "../program/names.js";
import { simplify } from "../program/passes/index.js";
import { lowerPrecision } from "../program/passes/precision.js";
import { extentOf, formatShape, sameShape, sizeOf } from "../program/shape.js";
import { clipFactor } from "../program/training/clip.js";
import { binaryCrossEntropy, crossEntropy, type LossOptions, softCrossEntropy } from "../program/training/loss.js";
import { applyOptimizer, type Trained } from "../program/training/optimizer.js";
import { type LossScaling, lossScaling, precisionOf } from "../program/training/precision.js";
import type { Program, Value } from "../program/types.js";
import { type AttentionTap, attendedDistances } from "./attended.js";
import { DRAWS, dropsAnything } from "./blocks/dropout.js";
import { familyOf } from "./families.js";
import { traceModel } from "./trace.js";
import { frozenTensors, pacesOf, type TrainedParts } from "./trained.js";
import type { Mode, ModelInfo, ModelOutputs, ModelSpec } from "./types.js";

export interface StepOptions extends TrainedParts {
  readonly model: ModelSpec;
  /** Images a step. */
  readonly batch: number;
  readonly task: Task;
  readonly optimizer: Choice;
  /** Largest norm of all gradients together; `null` clips nothing. */
  readonly clipNorm: number | null;
  /** Catalogue choice: `f32` (as where it is absent), `bf16` or `fp16`. */
  readonly precision?: Choice;
  /** Images are augmented in the program; it is then fed what `augmentedImages` declares instead of `x`. */
  readonly augment?: AugmentPlan;
  /** Default plain cross-entropy. */
  readonly loss?: LossOptions;
  /** Labels are shares of the classes, f32 [N, classes], as mixing images gives them. */
  readonly softLabels?: boolean;
}

/** Labels are f32 [N, classes] for several labels an image, i32 [N] (class indices) where classes exclude each other. */
export function labelsAre(task: Task, classes: number): "indices" | "indicators" {
  return task === "multilabel" || classes === 1 ? "indicators" : "indices";
}

export function forward(b: Builder, model: ModelSpec, batch: number, mode: Mode, augment?: AugmentPlan): ModelOutputs {
  if (!Number.isInteger(batch) || batch < 1) throw new ProgramError(`a batch of ${batch} images`);
  const shape = [batch, model.channels, model.size, model.size];
  const images = augment === undefined ? b.feed("x", shape) : augmentedImages(b, augment, batch);
  if (!sameShape(images.shape, shape)) {
    throw new ProgramError(`${model.family} takes images ${formatShape(shape)}, not ${formatShape(images.shape)}`);
  }
  if (mode === "train" && dropsAnything(model)) b.feed(DRAWS, [batch, 2], "i32");
  return familyOf(model).build(b, images, model, mode);
}

/** Declares the labels. The mean over the images. */
export function lossOf(b: Builder, { model, batch, task, loss, softLabels }: StepOptions, logits: Value): Value {
  if (labelsAre(task, model.classes) === "indicators") {
    return binaryCrossEntropy(b, logits, b.feed("y", [batch, model.classes]), loss);
  }
  if (softLabels === true) return softCrossEntropy(b, logits, b.feed("y", [batch, model.classes]), loss);
  return crossEntropy(b, logits, b.feed("y", [batch], "i32"), loss);
}

/**
 * `step`: forward in training mode, loss, gradients, clipping, optimizer.
 * Feeds: `x` [N, C, H, W] normalized; `y` (see `labelsAre`); `lr` and, for Adam, `correction1` and `correction2`, scalars
 * (`stepScalars` makes them); `draws` i32 [N, 2] where the model drops something, a random key an image. State: the model's tensors and the optimizer's (`optimizerState` lists those).
 * Fetches: `loss`, and `gradientNorm` before clipping. Updates parameters, optimizer state, running statistics.
 * `fp16` adds the state of loss scaling (`precisionState`) and fetches `skipped` and `lossScale`; `correction1` and
 * `correction2` then count steps that were not skipped.
 */
export function buildStep(options: StepOptions): Program {
  const b = stepBuilder("step", options);
  const { logits } = forward(b, options.model, options.batch, "train", options.augment);
  const loss = lossOf(b, options, logits);
  const precision = precisionOf(options.precision);
  const scaling = lossScaling(b, precision);
  const trained = withGradients(b, options, scaling === undefined ? loss : scaling.scaled(loss));
  b.fetch("loss", loss);
  applyGradients(b, options, trained, scaling);
  const program = simplify(b.build());
  return precision.kind === "f32" ? program : lowerPrecision(program, precision.half);
}

export function stepBuilder(name: string, options: Pick<StepOptions, "model"> & TrainedParts): Builder {
  const { frozen = [], thawed } = options;
  if (frozen.length === 0 && thawed === undefined) return new Builder(name);
  return new Builder(name, { frozen: frozenTensors(traceModel(options.model), options) });
}

/** How fast tensors learn; undefined where all learn alike. */
export function stepPaces(options: Pick<StepOptions, "model"> & TrainedParts): ReturnType<typeof pacesOf> | undefined {
  if (options.layerDecay === undefined && options.thawed === undefined) return undefined;
  return pacesOf(traceModel(options.model), options);
}

/** Every trained tensor declared so far, and what `loss` says of it. */
export function withGradients(b: Builder, options: StepOptions, loss: Value): readonly Trained[] {
  const paces = stepPaces(options);
  const trained = b.tensors.flatMap(({ name, trainable }) => {
    const parameter = trainable ? b.stateValue(name) : undefined;
    return parameter === undefined ? [] : [{ name, parameter }];
  });
  const parameters = trained.map(({ parameter }) => parameter);
  const raw = gradients(b, loss, parameters);
  return trained.flatMap((tensor, index) => {
    const gradient = raw[index];
    return gradient === undefined ? [] : [{ ...tensor, gradient, pace: paces?.get(tensor.name) }];
  });
}

/** Clips (scaled) gradients, updates by them, and fetches their norm. */
export function applyGradients(
  b: Builder,
  options: Pick<StepOptions, "clipNorm" | "optimizer">,
  trained: readonly Trained[],
  scaling: LossScaling | undefined,
): void {
  const squares = b.sumSquares(trained.map(({ gradient }) => gradient));
  const unscale = scaling?.inverse();
  const norm = unscale === undefined ? b.sqrt(squares) : b.mul(b.sqrt(squares), unscale);
  const clip = options.clipNorm === null ? undefined : clipFactor(b, norm, options.clipNorm);
  const factor = clip === undefined || unscale === undefined ? (clip ?? unscale) : b.mul(clip, unscale);
  const reduced = ({ gradient }: Trained) => (factor === undefined ? gradient : b.mul(gradient, factor));
  applyOptimizer(
    b,
    options.optimizer,
    trained.map((tensor) => ({ ...tensor, gradient: reduced(tensor) })),
  );
  b.fetch("gradientNorm", norm);
  scaling?.finish(squares);
}

/** `augment`: fed what `augmentedImages` declares, fetches `x`, the normalized images a step is fed. */
export function buildAugment(plan: AugmentPlan, batch: number): Program {
  const b = new Builder("augment");
  b.fetch("x", augmentedImages(b, plan, batch));
  return simplify(b.build());
}

/**
 * `evaluate`: feed `x` [N, C, H, W], fetch `logits` [N, classes]. Running statistics, nothing updated.
 * @param stored under which name the session keeps a tensor, where that is not its own
 */
export function buildEvaluate(model: ModelSpec, batch: number, stored?: (tensor: string) => string): Program {
  const b = new Builder("evaluate", stored === undefined ? {} : { stored });
  b.fetch("logits", forward(b, model, batch, "evaluate").logits);
  return simplify(b.build());
}

/** `calibrate`: feed `x`; running statistics become the batch's (variance unbiased). Of a model with batch norm. */
export function buildCalibrate(model: ModelSpec, batch: number): Program {
  const b = new Builder("calibrate");
  forward(b, model, batch, "calibrate");
  return simplify(b.build());
}

/** Every module output `buildFeatures` can give: the probe layers and, between them, whole transformer blocks. */
export function tapNames(model: ModelSpec): readonly string[] {
  return [...forward(new Builder("taps"), model, 1, "evaluate").taps.keys()];
}

export interface FeatureOptions {
  /** Names from `ModelInfo.layers` or `tapNames`. */
  readonly layers: readonly string[];
  /** Layers fetched pooled as well, as `pooledTap.LAYER`, whatever `form` says of the others. */
  readonly pooledLayers?: readonly string[];
  /** Layers whose heads' mean attended distances are fetched, as `attended.LAYER` (see `attendedDistances`). */
  readonly attended?: readonly string[];
  /** `native`: timm's layout. `flat`: [N, features]. `pooled`: [N, D], mean over space or tokens. */
  readonly form: "native" | "flat" | "pooled";
  /**
   * What pooling makes of tokens: the class token, the mean of the patches, or both side by side (default).
   * Layers without a class token give the mean of their tokens.
   */
  readonly tokens?: "cls" | "patch" | "cls_patch";
}

function pooledTokens(b: Builder, tap: Value, tokens: NonNullable<FeatureOptions["tokens"]>): Value {
  const [batch, count, width] = [extentOf(tap.shape, 0), extentOf(tap.shape, 1), extentOf(tap.shape, 2)];
  const cls = () => b.reshape(b.sliceAxis(tap, 1, 0, 1), [batch, width]);
  const patch = () => b.mean(b.sliceAxis(tap, 1, 1, count), { axes: [1] });
  switch (tokens) {
    case "cls":
      return cls();
    case "patch":
      return patch();
    case "cls_patch":
      return b.concat([cls(), patch()], 1);
  }
}

function pooledTap(b: Builder, outputs: ModelOutputs, layer: string, tokens: FeatureOptions["tokens"]): Value {
  const tap = tapOf(outputs, layer);
  switch (tap.shape.length) {
    case 4:
      return b.mean(tap, { axes: outputs.maps === "NHWC" ? [1, 2] : [2, 3] });
    case 3:
      return outputs.withClassToken.has(layer)
        ? pooledTokens(b, tap, tokens ?? "cls_patch")
        : b.mean(tap, { axes: [1] });
    default:
      return tap;
  }
}

/**
 * `features`: feed `x`, fetch `logits`, `pooled` (the head's input), `tap.LAYER` for each layer asked for and
 * `pooledTap.LAYER` and `attended.LAYER` for those of `pooledLayers` and `attended`, in evaluation mode.
 */
export function buildFeatures(model: ModelSpec, batch: number, options: FeatureOptions): Program {
  const b = new Builder("features");
  const outputs = forward(b, model, batch, "evaluate");
  b.fetch("logits", outputs.logits);
  b.fetch("pooled", outputs.pooled);
  for (const layer of options.layers) b.fetch(`tap.${layer}`, tapIn(b, outputs, layer, options));
  for (const layer of options.pooledLayers ?? [])
    b.fetch(`pooledTap.${layer}`, pooledTap(b, outputs, layer, options.tokens));
  for (const layer of options.attended ?? [])
    b.fetch(`attended.${layer}`, attendedDistances(b, lookOf(outputs, layer)));
  return simplify(b.build());
}

function tapOf({ taps }: ModelOutputs, layer: string): Value {
  const tap = taps.get(layer);
  if (tap !== undefined) return tap;
  throw new ProgramError(`the model has no layer \`${layer}\`; there is ${[...taps.keys()].join(", ")}`);
}

function lookOf({ attention }: ModelOutputs, layer: string): AttentionTap {
  const look = attention?.get(layer);
  if (look !== undefined) return look;
  throw new ProgramError(`the model has no attention in \`${layer}\``);
}

/**
 * One program a model, whoever reads: an engine fuses around what a program fetches, so a program of fewer taps would
 * give other last bits, and a result would depend on which nodes happened to run together.
 */
export function buildAllFeatures(model: ModelSpec, batch: number, info: Pick<ModelInfo, "layers">): Program {
  const layers = info.layers.map(({ name }) => name);
  const attended = info.layers.flatMap(({ name, heads }) => (heads === undefined ? [] : [name]));
  return buildFeatures(model, batch, { layers, pooledLayers: layers, attended, form: "flat" });
}

function tapIn(b: Builder, outputs: ModelOutputs, layer: string, { form, tokens }: FeatureOptions): Value {
  const tap = tapOf(outputs, layer);
  switch (form) {
    case "native":
      return tap;
    case "flat":
      return b.reshape(tap, [extentOf(tap.shape, 0), sizeOf(tap.shape.slice(1))]);
    case "pooled":
      return pooledTap(b, outputs, layer, tokens);
  }
}
