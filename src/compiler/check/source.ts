/** Sources: `weights("…")`, `pretrain(…)`, a table of one source a model, and a moment of a pretraining. */

import type { Call, Expression, Member, Span } from "../../../grammar/syntax.js";
import type { CatalogEntry, Duration } from "../../catalog/types.js";
import type { DeclaredSymbol } from "../bind/scope.js";
import { type Matched, matchArguments } from "../evaluate/arguments.js";
import type { Context } from "../evaluate/context.js";
import { convert, convertDuration, isConversion } from "../evaluate/convert.js";
import { type Environment, locate, sourceText } from "../evaluate/environment.js";
import { evaluate } from "../evaluate/evaluator.js";
import { unknownMember } from "../evaluate/members.js";
import { expected, report } from "../evaluate/report.js";
import { foreignState, momentOf } from "../evaluate/states.js";
import { type Pretraining, type SourceValue, type StateValue, UNKNOWN, type Value } from "../evaluate/values.js";
import type { DatasetSpec, PretrainSpec, SourceSpec, StateMoment } from "../study.js";
import { listed } from "../suggest.js";
import { initFromName, needsSource, resolveInit } from "./init.js";
import { later } from "./later.js";
import { finishRecipe } from "./recipe.js";

/** Not in the catalogue's kinds, but checked like one of its entries. */
const PRETRAIN = {
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

const WEIGHTS = {
  id: "weights",
  parameters: { path: { description: "a safetensors file, relative to this study file." } },
  required: ["path"],
  positional: ["path"],
} as const satisfies Pick<CatalogEntry, "id" | "parameters" | "required" | "positional">;

export function declareSource(context: Context, symbol: DeclaredSymbol, environment: Environment): Value {
  const { value, body, name } = symbol.declaration;
  if (value !== undefined) {
    const found = namedSource(context, symbol.name, value, environment);
    return found ?? UNKNOWN;
  }
  if (body === undefined) {
    return UNKNOWN;
  }
  const rows = new Map<string, SourceValue>();
  for (const statement of body.statements) {
    if (statement.kind !== "assignment") {
      report(context, environment, statement.span, "source-table-row", {});
      continue;
    }
    const [key, ...others] = statement.path.segments;
    if (key === undefined || others.length > 0) {
      report(context, environment, statement.path.span, "source-table-row", {});
      continue;
    }
    const model = evaluate(context, { kind: "name", text: key.text, span: key.span }, environment);
    const source = namedSource(context, symbol.name, statement.value, environment);
    if (model.kind !== "model") {
      expected(
        context,
        environment,
        { kind: "name", text: key.text, span: key.span },
        model,
        "a model",
        modelNames(environment),
      );
    } else if (rows.has(model.model.name)) {
      report(context, environment, key.span, "argument-twice", { name: key.text });
    } else if (source !== undefined) {
      rows.set(model.model.name, source);
    }
  }
  if (rows.size === 0) {
    return body.statements.length > 0
      ? UNKNOWN
      : report(context, environment, name.span, "source-empty", { name: symbol.name });
  }
  return {
    kind: "source",
    name: symbol.name,
    models: [...rows.keys()],
    resolve: (request) => rows.get(request.model.name)?.resolve(request),
  };
}

function modelNames(environment: Environment): readonly string[] {
  return [...environment.scope.names.values()].filter((each) => each.kind === "model").map((each) => each.name);
}

function namedSource(
  context: Context,
  name: string,
  expression: Expression,
  environment: Environment,
): SourceValue | undefined {
  if (expression.kind === "call" && expression.callee.kind === "name") {
    const { text } = expression.callee;
    if (text === "weights" || text === "pretrain") {
      const value = sourceCall(context, text, expression, environment, name);
      return value.kind === "source" ? value : undefined;
    }
  }
  const value = sourceOf(context, expression, evaluate(context, expression, environment), environment);
  return value && { ...value, name };
}

/** A value in a source's place: a source, or a state of another experiment. */
export function sourceOf(
  context: Context,
  expression: Expression,
  value: Value,
  environment: Environment,
): SourceValue | undefined {
  if (value.kind === "source") {
    return value;
  }
  const state = value.kind === "state" ? foreignState(context, value, expression.span, environment) : undefined;
  if (state !== undefined) {
    return stateAsSource(state);
  }
  if (value.kind !== "state") {
    const names = [...environment.scope.names.values()]
      .filter((each) => each.kind === "source")
      .map((each) => each.name);
    expected(context, environment, expression, value, "a source", names);
  }
  return undefined;
}

function stateAsSource(value: StateValue): SourceValue {
  return {
    kind: "source",
    name: value.text,
    resolve: (request) => {
      const state = value.make(request);
      return state && { kind: "state", name: value.text, state };
    },
  };
}

/** `weights(…)` and `pretrain(…)`. */
export function sourceCall(
  context: Context,
  callee: "weights" | "pretrain",
  expression: Call,
  environment: Environment,
  name: string = sourceText(environment, expression.span),
): Value {
  return callee === "weights"
    ? weights(context, expression, environment, name)
    : pretrain(context, expression, environment, name);
}

function weights(context: Context, expression: Call, environment: Environment, name: string): Value {
  const matched = matchArguments(context, environment, WEIGHTS, expression.args, expression.span);
  const path = matched?.get("path");
  if (path === undefined) {
    return UNKNOWN;
  }
  const json = convert(context, environment, "path", { type: "string", description: "a file" }, path.value);
  if (!isConversion(json)) {
    return UNKNOWN;
  }
  const spec: SourceSpec = {
    kind: "weights",
    name,
    weights: {
      path: String(json.json),
      declaredIn: environment.scope.file.path,
      location: locate(environment, expression.span),
    },
  };
  return { kind: "source", name, resolve: () => spec };
}

interface PretrainParts {
  readonly on: DatasetSpec;
  readonly using: PretrainSpec["using"];
  readonly from: SourceValue | undefined;
  readonly init: Extract<Value, { kind: "init" }>;
  readonly keep: readonly Duration[];
  readonly repeats: "shared" | "own";
}

function pretrain(context: Context, expression: Call, environment: Environment, name: string): Value {
  const matched = matchArguments(context, environment, PRETRAIN, expression.args, expression.span);
  const parts = matched && pretrainParts(context, matched, expression.span, environment);
  if (parts === undefined) {
    return UNKNOWN;
  }
  const { from, init, ...fixed } = parts;
  const location = locate(environment, expression.span);
  const specs = new Map<SourceSpec | undefined, PretrainSpec>();
  const pretraining: Pretraining = {
    keep: parts.keep,
    resolve: (request) => {
      const source = from?.resolve(request);
      let spec = specs.get(source);
      if (spec === undefined && (source !== undefined || from === undefined)) {
        const resolved = resolveInit(init, request);
        spec = resolved && {
          name,
          ...fixed,
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

function moment(name: string, pretraining: Pretraining, at: StateMoment, models?: readonly string[]): SourceValue {
  const sources = new WeakMap<PretrainSpec, SourceSpec>();
  return {
    kind: "source",
    name,
    pretrain: pretraining,
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
  return isConversion(result) ? (result.json as unknown as Duration) : undefined;
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

/** `clothes.last`, `clothes.selected`, `clothes.initial`. */
export function sourceMember(
  context: Context,
  source: SourceValue,
  expression: Member,
  environment: Environment,
): Value {
  const at = momentOf(expression.name.text);
  if (expression.name.text === "data") {
    return later(context, environment, expression.span, "source-data");
  }
  if (at === undefined) {
    const known = source.pretrain === undefined ? [] : ["selected", "last", "initial", "at"];
    return unknownMember(context, `the source \`${source.name}\``, known, expression, environment);
  }
  if (source.pretrain === undefined) {
    return report(context, environment, expression.name.span, "moment-of-weights", { source: source.name });
  }
  return moment(sourceText(environment, expression.span), source.pretrain, at, source.models);
}

/** `clothes.at(10 epochs)`: a checkpoint that `keep:` names. */
export function checkpoint(context: Context, expression: Call, callee: Member, environment: Environment): Value {
  const source = evaluate(context, callee.object, environment);
  if (source.kind !== "source") {
    return expected(context, environment, callee.object, source, "a source");
  }
  const [first, second] = expression.args;
  if (source.pretrain === undefined) {
    return report(context, environment, callee.name.span, "moment-of-weights", { source: source.name });
  }
  if (first === undefined || second !== undefined) {
    return report(context, environment, (second ?? expression).span, "one-value", { name: "at" });
  }
  const value = evaluate(context, first.value, environment);
  const at = durationOf(context, "at", value, first.value, environment);
  if (at === undefined) {
    return UNKNOWN;
  }
  const { keep } = source.pretrain;
  if (!keep.some((each) => each.value === at.value && each.unit === at.unit)) {
    const kept = keep.map((each) => `${each.value} ${each.unit}`);
    const wanted = `${at.value} ${at.unit}`;
    return report(
      context,
      environment,
      first.span,
      "not-kept",
      { source: source.name, at: wanted },
      {
        hint:
          keep.length === 0
            ? `add \`keep: [${at.value}] ${at.unit}\` to its \`pretrain\`.`
            : `it keeps ${listed(kept)}.`,
      },
    );
  }
  return moment(sourceText(environment, expression.span), source.pretrain, { kind: "checkpoint", at }, source.models);
}
