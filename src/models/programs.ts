/** The programs a model is run by: one training step, evaluation, features. They share state by tensor name. */

import type { Choice, Task } from "../catalog/types.js";
import { gradients } from "../program/autodiff.js";
import { Builder } from "../program/builder.js";
import { ProgramError } from "../program/names.js";
import { simplify } from "../program/passes/index.js";
import { extentOf, sizeOf } from "../program/shape.js";
import { clipFactor, globalNorm } from "../program/training/clip.js";
import { binaryCrossEntropy, crossEntropy } from "../program/training/loss.js";
import { applyOptimizer } from "../program/training/optimizer.js";
import type { Program, Value } from "../program/types.js";
import { familyOf } from "./families.js";
import type { Mode, ModelOutputs, ModelSpec } from "./types.js";

export interface StepOptions {
  readonly model: ModelSpec;
  /** Images a step. */
  readonly batch: number;
  readonly task: Task;
  readonly optimizer: Choice;
  /** Largest norm of all gradients together; `null` clips nothing. */
  readonly clipNorm: number | null;
}

/** Labels are f32 [N, classes] for several labels an image, i32 [N] (class indices) where classes exclude each other. */
export function labelsAre(task: Task, classes: number): "indices" | "indicators" {
  return task === "multilabel" || classes === 1 ? "indicators" : "indices";
}

function forward(b: Builder, model: ModelSpec, batch: number, mode: Mode): ModelOutputs {
  if (!Number.isInteger(batch) || batch < 1) throw new ProgramError(`a batch of ${batch} images`);
  const images = b.feed("x", [batch, model.channels, model.size, model.size]);
  return familyOf(model).build(b, images, model, mode);
}

function lossOf(b: Builder, { model, batch, task }: StepOptions, logits: Value): Value {
  if (labelsAre(task, model.classes) === "indices") return crossEntropy(b, logits, b.feed("y", [batch], "i32"));
  return binaryCrossEntropy(b, logits, b.feed("y", [batch, model.classes]));
}

/**
 * `step`: forward in training mode, loss, gradients, clipping, optimizer.
 * Feeds: `x` [N, C, H, W] normalized; `y` (see `labelsAre`); `lr` and, for Adam, `correction1` and `correction2`, scalars
 * (`stepScalars` makes them). State: the model's tensors and the optimizer's (`optimizerState` lists those).
 * Fetches: `loss`, and `gradientNorm` before clipping. Updates parameters, optimizer state, running statistics.
 */
export function buildStep(options: StepOptions): Program {
  const b = new Builder("step");
  const { logits } = forward(b, options.model, options.batch, "train");
  const loss = lossOf(b, options, logits);
  const trained = b.tensors.flatMap(({ name, trainable }) => {
    const parameter = trainable ? b.stateValue(name) : undefined;
    return parameter === undefined ? [] : [{ name, parameter }];
  });
  const raw = gradients(
    b,
    loss,
    trained.map(({ parameter }) => parameter),
  );
  const norm = globalNorm(b, raw);
  const factor = options.clipNorm === null ? undefined : clipFactor(b, norm, options.clipNorm);
  const clipped = raw.map((gradient) => (factor === undefined ? gradient : b.mul(gradient, factor)));
  applyOptimizer(
    b,
    options.optimizer,
    trained.flatMap((tensor, index) => {
      const gradient = clipped[index];
      return gradient === undefined ? [] : [{ ...tensor, gradient }];
    }),
  );
  b.fetch("loss", loss);
  b.fetch("gradientNorm", norm);
  return simplify(b.build());
}

/** `evaluate`: feed `x` [N, C, H, W], fetch `logits` [N, classes]. Running statistics, nothing updated. */
export function buildEvaluate(model: ModelSpec, batch: number): Program {
  const b = new Builder("evaluate");
  b.fetch("logits", forward(b, model, batch, "evaluate").logits);
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
 * `pooledTap.LAYER` for each of `pooledLayers`, in evaluation mode.
 */
export function buildFeatures(model: ModelSpec, batch: number, options: FeatureOptions): Program {
  const b = new Builder("features");
  const outputs = forward(b, model, batch, "evaluate");
  b.fetch("logits", outputs.logits);
  b.fetch("pooled", outputs.pooled);
  for (const layer of options.layers) b.fetch(`tap.${layer}`, tapIn(b, outputs, layer, options));
  for (const layer of options.pooledLayers ?? [])
    b.fetch(`pooledTap.${layer}`, pooledTap(b, outputs, layer, options.tokens));
  return simplify(b.build());
}

function tapOf({ taps }: ModelOutputs, layer: string): Value {
  const tap = taps.get(layer);
  if (tap !== undefined) return tap;
  throw new ProgramError(`the model has no layer \`${layer}\`; there is ${[...taps.keys()].join(", ")}`);
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
