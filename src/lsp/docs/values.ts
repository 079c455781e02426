/** What a declaration comes to: its values with defaults filled in, counted where it can be counted. */

import type { Choice } from "../../catalog/types.js";
import type { DeclaredSymbol } from "../../compiler/bind/scope.js";
import { finishRecipe } from "../../compiler/check/recipe.js";
import type { Context } from "../../compiler/evaluate/context.js";
import { readDeclaration } from "../../compiler/evaluate/declarations.js";
import { modelSpec } from "../../compiler/evaluate/models.js";
import type { NumberValue, RecipeDraft, Value } from "../../compiler/evaluate/values.js";
import { Diagnostics } from "../../compiler/sink.js";
import type {
  CheckpointInterval,
  DatasetSpec,
  ModelChoice,
  PartSet,
  RecipeSpec,
  Selector,
} from "../../compiler/study.js";
import { ModelError } from "../../models/parameters.js";
import { traceModel } from "../../models/trace.js";
import type { ModelInfo } from "../../models/types.js";
import type { SlowReport } from "../slow/types.js";
import type { Analysis } from "../workspace/workspace.js";
import { jsonText } from "./markdown.js";

/** The compiler's context, asked without reporting. */
export function quietContext({ inspection }: Analysis): Context | undefined {
  return inspection && { ...inspection.context, sink: new Diagnostics() };
}

export function declaredValue(analysis: Analysis, symbol: DeclaredSymbol): Value | undefined {
  const context = quietContext(analysis);
  const scope = context?.scopes.get(fileOf(analysis, symbol));
  const same = scope?.own.get(symbol.name);
  if (context === undefined || scope === undefined || same === undefined) return undefined;
  return readDeclaration(context, same, { scope, locals: undefined });
}

/** The view and the analysis read the same texts, each for itself. */
function fileOf({ inspection }: Analysis, { file }: DeclaredSymbol): DeclaredSymbol["file"] {
  return inspection?.program.files.find((each) => each.path === file.path) ?? file;
}

export function choiceText({ id, params }: Choice): string {
  const given = Object.entries(params).map(([name, value]) => `${name}: ${jsonText(value)}`);
  return given.length === 0 ? id : `${id}(${given.join(", ")})`;
}

function numberText({ value, unit }: NumberValue): string {
  if (unit === "%") return `${Number((value * 100).toPrecision(10))}%`;
  return unit === undefined ? String(value) : `${value} ${unit}`;
}

/** Lines of Markdown; none where there is nothing to say. */
export function valueLines(analysis: Analysis, value: Value, report: SlowReport | undefined): readonly string[] {
  switch (value.kind) {
    case "number":
      return [`= ${numberText(value)}`];
    case "string":
      return [`= "${value.value}"`];
    case "boolean":
      return [`= ${value.value ? "yes" : "no"}`];
    case "metric":
      return [`= ${value.id}`];
    case "range":
      return [`${value.from} to ${value.to}, both included`];
    case "dataset":
      return datasetLines(value.dataset, report);
    case "split":
      return [`the ${value.split} split of ${value.dataset.name}`, ...datasetLines(value.dataset, report)];
    case "model":
      return modelLines(value.model);
    case "source":
      return value.models === undefined ? [] : [`a source for each of ${value.models.join(", ")}`];
    case "init":
      return value.rules.map(({ parts, except }) => {
        const without = except.length === 0 ? "" : ` except ${except.map(selectorText).join(", ")}`;
        return `\`${parts.map(selectorText).join(", ")}${without}\``;
      });
    case "recipe":
      return value.stages.flatMap((stage) => {
        const spec = recipeSpec(analysis, stage);
        return spec === undefined ? [] : recipeLines(spec);
      });
    case "part":
      return [value.parts.map(selectorText).join(", ")];
    case "layers":
      return [
        `${value.names.length} layers: ${value.names.slice(0, 8).join(", ")}${value.names.length > 8 ? ", …" : ""}`,
      ];
    case "layer":
      return [value.name];
    case "unknown":
    case "word":
    case "list":
    case "tuple":
    case "state":
    case "function":
    case "experiment":
    case "other":
    case "namespace":
      return [];
    default:
      return value satisfies never;
  }
}

function datasetLines(spec: DatasetSpec, report: SlowReport | undefined): readonly string[] {
  const { adapter, path, metric, split, name, declaredIn } = spec;
  const shares =
    split.kind === "official"
      ? "the adapter's own"
      : `train ${share(split.train)}, val ${share(split.val)}, test ${share(split.test)}`;
  const found = report?.datasets.find((each) => each.name === name && each.declaredIn === declaredIn);
  const lines = [`\`${adapter.id}("${path}")\`, metric ${metric}, split: ${shares}`];
  if (found === undefined) return lines;
  const { classes, splits, task, channels } = found.facts;
  const images = Object.entries(splits).map(([of, facts]) => `${of} ${facts.images}`);
  const pixels = channels === 1 ? "grey" : `${channels} channels`;
  return [...lines, `images: ${images.join(", ")}; ${classes.length} classes (${task}), ${pixels}`];
}

const share = (part: number): string => `${Number((part * 100).toPrecision(6))}%`;

function modelLines(model: ModelChoice): readonly string[] {
  const info = tracedModel(model);
  const counts =
    info === undefined
      ? []
      : [
          `${info.units.length} units, ${info.layers.length} layers, ${info.tensors.length} tensors, ${millions(info.parameterCount)} parameters (with a head of 2 classes)`,
        ];
  return [`\`${choiceText(model.family)}\``, ...counts];
}

function millions(count: number): string {
  return count < 1e6 ? `${(count / 1e3).toFixed(1)} k` : `${(count / 1e6).toFixed(1)} M`;
}

/** Tensors, units and layers are the same whatever the task, but for the head's size. */
export function tracedModel(model: ModelChoice): ModelInfo | undefined {
  try {
    return traceModel(modelSpec(model, { classes: 2, channels: 3 }));
  } catch (error) {
    if (error instanceof ModelError) return undefined;
    throw error;
  }
}

/** As a cell trains by it, for its metric is the target's; by itself where no cell does. */
export function recipeSpec(analysis: Analysis, draft: RecipeDraft): RecipeSpec | undefined {
  const { path, span } = draft.location;
  for (const { cells } of analysis.inspection?.experiments ?? []) {
    const stages = cells[0]?.train ?? [];
    const found = stages.find(({ location }) => location.path === path && location.span.start === span.start);
    if (found !== undefined) return found;
  }
  const context = quietContext(analysis);
  return context && finishRecipe(context, draft, undefined);
}

function recipeLines(spec: RecipeSpec): readonly string[] {
  const { optimizer, schedule, batch, duration, clipNorm, augment, resize, select, precision, checkpoint } = spec;
  if (spec.solver !== undefined) {
    return [`solver \`${choiceText(optimizer)}\`, l2 ${spec.solver.l2}`, ...partLines(spec)];
  }
  const selection =
    select.kind === "last" ? "last" : `best ${select.metric} on ${select.on} every ${amount(select.every)}`;
  return [
    `optimizer \`${choiceText(optimizer)}\``,
    ...(schedule.length === 0 ? [] : [`schedule \`${schedule.map(choiceText).join(" then ")}\``]),
    `batch ${batch} images, for ${amount(duration)}${spec.dropLast ? "" : ", with the last partial batch"}`,
    ...(clipNorm === undefined ? [] : [`clip_norm ${clipNorm}`]),
    ...(augment.length === 0 ? [] : [`augment \`${augment.map(choiceText).join(", ")}\``]),
    ...(resize === undefined ? [] : [`resize ${resize} px`]),
    `select ${selection}`,
    ...(precision === undefined ? [] : [`precision ${choiceText(precision)}`]),
    ...(checkpoint === undefined ? [] : [`checkpoint ${interval(checkpoint)}`]),
    ...(spec.loss === undefined ? [] : [`loss \`${choiceText(spec.loss)}\``]),
    ...(spec.mix === undefined ? [] : [`mix \`${spec.mix.map(choiceText).join(", ")}\``]),
    ...(spec.average === undefined ? [] : [`average \`${choiceText(spec.average)}\``]),
    ...(spec.stop === undefined ? [] : [`stop \`${choiceText(spec.stop)}\``]),
    ...partLines(spec),
  ];
}

function partLines({ freeze, trainable, layerDecay, unfreeze }: RecipeSpec): readonly string[] {
  const set = ({ parts, except }: PartSet) =>
    `${parts.map(selectorText).join(", ")}${except.length === 0 ? "" : ` except ${except.map(selectorText).join(", ")}`}`;
  return [
    ...(freeze === undefined ? [] : [`freeze ${set(freeze)}`]),
    ...(trainable === undefined ? [] : [`trainable ${set(trainable)}`]),
    ...(layerDecay === undefined ? [] : [`layer_decay ${layerDecay} per unit`]),
    ...(unfreeze === undefined ? [] : [`unfreeze units from head every ${amount(unfreeze)}`]),
  ];
}

const amount = ({ value, unit }: { readonly value: number; readonly unit: string }): string => `${value} ${unit}`;

function interval(checkpoint: CheckpointInterval): string {
  return "value" in checkpoint ? `every ${amount(checkpoint)}` : "never";
}

function selectorText(selector: Selector): string {
  switch (selector.kind) {
    case "units":
    case "layers":
      return selector.from === selector.to
        ? `${selector.kind}[${selector.from}]`
        : `${selector.kind}[${selector.from}..${selector.to}]`;
    case "layer":
      return `layers["${selector.name}"]`;
    case "pattern":
      return `"${selector.glob}"`;
    case "backbone":
    case "buffers":
    case "bias":
    case "norm":
    case "adapter":
    case "head":
    case "rest":
      return selector.kind;
    default:
      return selector satisfies never;
  }
}
