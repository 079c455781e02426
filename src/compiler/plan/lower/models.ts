/** Declared model × target → a traced model. */

import { entry } from "../../../catalog/index.js";
import { DROP_RATES } from "../../../models/blocks/dropout.js";
import { speedKey } from "../../../models/trace.js";
import type { ModelInfo, ModelSpec } from "../../../models/types.js";
import { ownCode } from "../../evaluate/models.js";
import { diagnostic } from "../../messages.js";
import type { ModelChoice } from "../../study.js";
import { checkPatch } from "../check/patch.js";
import type { TrainWork } from "../estimate.js";
import { digestOf } from "../key.js";
import { remembered } from "../memo.js";
import type { Estimate } from "../types.js";
import type { Context } from "./context.js";
import type { LoweredDataset } from "./datasets.js";

/** What is built, whatever it is called: one object a spec. */
export interface TracedModel {
  /** Without what acts in training alone: states and evaluations of equal networks are equal. */
  readonly spec: ModelSpec;
  readonly info: ModelInfo;
  readonly shapes: ReadonlyMap<string, readonly number[]>;
  readonly layers: readonly string[];
  /** By what is asked: equal work is estimated once. */
  readonly estimates: Map<string, Estimate>;
}
export interface LoweredModel extends TracedModel {
  readonly name: string;
  /** `spec` and what acts in training alone (dropout rates), where they are above 0. */
  readonly trainingSpec: ModelSpec;
  /** Classes and channels are not known yet. */
  readonly guessed: boolean;
}

export interface ModelMemo {
  readonly lowered: Map<ModelChoice, Map<string, LoweredModel | null>>;
  readonly traced: Map<string, TracedModel>;
}

const DEFAULT_SIZE = 224;

export function modelSpec(choice: ModelChoice, classes: number, channels: number): ModelSpec {
  const { size, ...params } = choice.family.params;
  const lasting = Object.entries(params).filter(([name]) => !actsInTraining(choice, name));
  return {
    family: choice.family.id,
    version: choice.family.version,
    params: Object.fromEntries(lasting) as ModelSpec["params"],
    classes,
    channels,
    size: typeof size === "number" ? size : DEFAULT_SIZE,
    ...ownCode(choice.family),
  };
}

/** Rates of dropping, whoever's the family is: of a plug-in's they are told by their names, which it is held to. */
function actsInTraining({ family }: ModelChoice, name: string): boolean {
  if (family.plugin !== undefined) return DROP_RATES.some((rate) => rate === name);
  return entry("model", family.id)?.parameters[name]?.phase === "training";
}

function trainingSpec(choice: ModelChoice, spec: ModelSpec): ModelSpec {
  const own = Object.entries(choice.family.params).filter(
    ([name, value]) => value !== 0 && actsInTraining(choice, name),
  );
  return own.length === 0
    ? spec
    : { ...spec, params: { ...spec.params, ...Object.fromEntries(own) } as ModelSpec["params"] };
}

/** Undefined, with a diagnostic, where there is no such network. */
export function lowerModel(context: Context, choice: ModelChoice, target: LoweredDataset): LoweredModel | undefined {
  const variants = remembered(context.models.lowered, choice, () => new Map());
  const variant = `${target.classes}:${target.channels}:${target.facts ? "" : "guessed"}`;
  let model = variants.get(variant);
  if (model === undefined) {
    model = build(context, choice, target) ?? null;
    variants.set(variant, model);
  }
  return model ?? undefined;
}

function build(context: Context, choice: ModelChoice, target: LoweredDataset): LoweredModel | undefined {
  const spec = modelSpec(choice, target.classes, target.channels);
  const patch = checkPatch(spec, choice.location);
  if (patch) {
    context.report(patch);
    return undefined;
  }
  try {
    const found = remembered(context.models.traced, digestOf(spec), () => traced(context, spec));
    return {
      ...found,
      name: choice.name,
      trainingSpec: trainingSpec(choice, found.spec),
      guessed: !target.facts,
    };
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    const { classes, channels, size } = spec;
    context.report(
      diagnostic(
        "model-impossible",
        { model: choice.name, dataset: target.spec.name, problem, classes, channels, size },
        choice.location,
      ),
    );
    return undefined;
  }
}

function traced(context: Context, spec: ModelSpec): TracedModel {
  const info = context.trace(spec);
  return {
    spec,
    info,
    shapes: new Map(info.tensors.map(({ name, shape }) => [name, shape])),
    layers: info.layers.map(({ name }) => name),
    estimates: new Map(),
  };
}

/** What an estimate of work on a model goes by. */
export function measuredBy({ info, spec }: TracedModel): Pick<TrainWork, "info" | "family" | "model"> {
  return { info, family: spec.family, model: speedKey(spec) };
}
