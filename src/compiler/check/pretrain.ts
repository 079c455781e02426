/** `pretrain(on: D, using: recipe, from: other, init: …, keep: [1, 10] epochs, repeats: own)`. */

import type { Call, Expression, Span } from "../../../grammar/syntax.js";
import { asDuration } from "../../catalog/duration.js";
import type { CatalogEntry, Duration } from "../../catalog/types.js";
import { type Matched, matchArguments } from "../evaluate/arguments.js";
import type { Context } from "../evaluate/context.js";
import { convert, convertDuration, isConversion } from "../evaluate/convert.js";
import { type Environment, locate } from "../evaluate/environment.js";
import { evaluate } from "../evaluate/evaluator.js";
import { expected, report } from "../evaluate/report.js";
import { type Pretraining, type SourceValue, UNKNOWN, type Value } from "../evaluate/values.js";
import { seeded } from "../plan/views.js";
import type { DatasetSpec, PretrainSpec, SourceSpec, StateMoment } from "../study.js";
import { initFromName, needsSource, resolveInit } from "./init.js";
import { finishRecipe } from "./recipe.js";
import { sourceOf } from "./source.js";

/** Not in the catalogue's kinds, but checked like one of its entries. */
export const PRETRAIN = {
  id: "pretrain",
  parameters: {
    on: { description: "the dataset it is trained on." },
    using: { description: "the recipe." },
    from: { description: "the source it starts from itself." },
    init: { description: "how it is initialized." },
    keep: { description: "checkpoints to keep: `[1, 10] epochs`." },
    repeats: { description: "`shared` by all repeats, or each its `own`." },
  },
  required: ["on", "using"],
} as const satisfies Pick<CatalogEntry, "id" | "parameters" | "required">;

interface PretrainParts {
  readonly on: DatasetSpec;
  readonly using: PretrainSpec["using"];
  readonly from: SourceValue | undefined;
  readonly init: Extract<Value, { kind: "init" }>;
  readonly keep: readonly Duration[];
  readonly repeats: "shared" | "own";
}

export function pretrain(context: Context, expression: Call, environment: Environment, name: string): Value {
  const matched = matchArguments(context, environment, PRETRAIN, expression.args, expression.span);
  const parts = matched && pretrainParts(context, matched, expression.span, environment);
  if (parts === undefined) {
    return UNKNOWN;
  }
  const { from, init, ...fixed } = parts;
  const location = locate(environment, expression.span);
  const { on } = parts;
  const specs = new Map<SourceSpec | undefined, PretrainSpec>();
  const pretraining: Pretraining = {
    on,
    keep: parts.keep,
    resolve: (request) => {
      const source = from?.resolve(request);
      let spec = specs.get(source);
      // of a study that imports this one, the data are drawn by its own seed
      if (spec !== undefined && spec.on !== seeded(on, request.seed)) spec = undefined;
      if (spec === undefined && (source !== undefined || from === undefined)) {
        const resolved = resolveInit(init, request);
        spec = resolved && {
          name,
          ...fixed,
          on: seeded(on, request.seed),
          init: resolved,
          ...(source === undefined ? {} : { from: source }),
          location,
        };
        if (spec !== undefined && init.fixed !== undefined) {
          specs.set(source, spec);
        }
      }
      return spec;
    },
  };
  return moment(name, pretraining, { kind: "selected" }, from?.models);
}

export function moment(
  name: string,
  pretraining: Pretraining,
  at: StateMoment,
  models?: readonly string[],
): SourceValue {
  const sources = new WeakMap<PretrainSpec, SourceSpec>();
  return {
    kind: "source",
    name,
    pretrain: pretraining,
    data: () => pretraining.on,
    ...(models === undefined ? {} : { models }),
    resolve: (request) => {
      const spec = pretraining.resolve(request);
      if (spec === undefined) {
        return undefined;
      }
      let source = sources.get(spec);
      if (source === undefined) {
        source = { kind: "pretrain", name, pretrain: spec, at };
        sources.set(spec, source);
      }
      return source;
    },
  };
}

function pretrainParts(
  context: Context,
  matched: Matched,
  span: Span,
  environment: Environment,
): PretrainParts | undefined {
  const written = (name: string): Expression | undefined => matched.get(name)?.value;
  const on = written("on");
  const using = written("using");
  if (on === undefined || using === undefined) {
    return undefined;
  }
  const dataset = evaluate(context, on, environment);
  const recipe = evaluate(context, using, environment);
  const from = written("from");
  const source = from && sourceOf(context, from, evaluate(context, from, environment), environment);
  const init = pretrainInit(context, written("init"), from !== undefined, span, environment);
  const keep = keptMoments(context, written("keep"), environment);
  const repeats = repeatsOf(context, written("repeats"), environment);
  if (dataset.kind !== "dataset") {
    expected(context, environment, on, dataset, "a dataset", namesOf(environment, "dataset"));
    return undefined;
  }
  if (recipe.kind !== "recipe") {
    expected(context, environment, using, recipe, "a recipe", namesOf(environment, "recipe"));
    return undefined;
  }
  const stages = recipe.stages.map((stage) => finishRecipe(context, stage, dataset.dataset));
  if (
    init === undefined ||
    keep === undefined ||
    repeats === undefined ||
    (from !== undefined && source === undefined)
  ) {
    return undefined;
  }
  const whole = stages.filter((stage) => stage !== undefined);
  return whole.length === stages.length
    ? { on: dataset.dataset, using: whole, from: source, init, keep, repeats }
    : undefined;
}

function namesOf(environment: Environment, kind: string): readonly string[] {
  return [...environment.scope.names.values()].filter((each) => each.kind === kind).map((each) => each.name);
}

/** Without a word: the source's weights where there is one, else the family's own scheme. */
function pretrainInit(
  context: Context,
  expression: Expression | undefined,
  hasSource: boolean,
  span: Span,
  environment: Environment,
): Extract<Value, { kind: "init" }> | undefined {
  if (expression === undefined) {
    const word = hasSource ? "transfer" : "random";
    const value = initFromName(context, word, { kind: "name", text: word, span }, environment);
    return value?.kind === "init" ? { ...value, ...renamed(value, word) } : undefined;
  }
  const value = evaluate(context, expression, environment);
  if (value.kind !== "init") {
    expected(context, environment, expression, value, "an init", [
      "transfer",
      "stats",
      "random",
      ...namesOf(environment, "init"),
    ]);
    return undefined;
  }
  const need = needsSource(value.rules);
  if (need !== undefined && !hasSource) {
    report(context, environment, expression.span, "no-source-in-pretrain", { need });
    return undefined;
  }
  return value;
}

function renamed(value: Extract<Value, { kind: "init" }>, name: string) {
  return { name, fixed: value.fixed && { ...value.fixed, name } };
}

/** `[1, 10] epochs`, `[100 steps, 1 epochs]`, `5 epochs`. */
function keptMoments(
  context: Context,
  expression: Expression | undefined,
  environment: Environment,
): readonly Duration[] | undefined {
  if (expression === undefined) {
    return [];
  }
  const value = evaluate(context, expression, environment);
  if (value.kind === "unknown") {
    return undefined;
  }
  const items = value.kind === "list" ? value.items : [{ label: undefined, value, expression }];
  const kept: Duration[] = [];
  for (const item of items) {
    const duration = durationOf(context, "keep", item.value, item.expression, environment);
    if (duration === undefined) {
      return undefined;
    }
    kept.push(duration);
  }
  return kept;
}

export function durationOf(
  context: Context,
  name: string,
  value: Value,
  expression: Expression,
  environment: Environment,
): Duration | undefined {
  if (value.kind === "unknown") {
    return undefined;
  }
  const result = convertDuration(context, environment, name, value, expression);
  return isConversion(result) ? asDuration(result.json) : undefined;
}

function repeatsOf(
  context: Context,
  expression: Expression | undefined,
  environment: Environment,
): "shared" | "own" | undefined {
  if (expression === undefined) {
    return "shared";
  }
  const schema = { type: "string", enum: ["shared", "own"], description: "who shares it" } as const;
  const result = convert(context, environment, "repeats", schema, expression);
  return isConversion(result) ? (result.json === "own" ? "own" : "shared") : undefined;
}
