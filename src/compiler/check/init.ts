/** Inits: where each tensor of a fresh model comes from. Rules are read in order, the first that names a tensor wins. */

import type { Expression, Rule, Statement } from "../../../grammar/syntax.js";
import { entry, fillDefaults } from "../../catalog/index.js";
import { FIXED_PARAMETERS } from "../../catalog/samplers/index.js";
import type { Choice } from "../../catalog/types.js";
import type { DeclaredSymbol } from "../bind/scope.js";
import { choice } from "../evaluate/arguments.js";
import type { Context } from "../evaluate/context.js";
import { type Environment, locate, sourceText } from "../evaluate/environment.js";
import { evaluate } from "../evaluate/evaluator.js";
import { nameOf } from "../evaluate/numbers.js";
import { expected, report } from "../evaluate/report.js";
import { selectors } from "../evaluate/selectors.js";
import { foreignState } from "../evaluate/states.js";
import {
  type InitValue,
  type Request,
  type RuleDraft,
  type StateValue,
  type TensorSourceDraft,
  UNKNOWN,
  type Value,
} from "../evaluate/values.js";
import type { InitSpec, ModelChoice, PartRule, TensorSource } from "../study.js";
import { misplaced } from "./settings.js";

export function declareInit(
  context: Context,
  symbol: DeclaredSymbol,
  environment: Environment,
  values: readonly Value[],
): Value {
  const { value, body, name } = symbol.declaration;
  const called =
    values.length === 0 ? symbol.name : `${symbol.name}(${values.map((each) => nameOf(each) ?? "…").join(", ")})`;
  if (value !== undefined) {
    const found = evaluate(context, value, environment);
    return found.kind === "init"
      ? initValue(called, found.rules, locate(environment, name.span))
      : expected(context, environment, value, found, "an init", [
          "transfer",
          "stats",
          "random",
          ...initNames(environment),
        ]);
  }
  if (body === undefined) {
    return UNKNOWN;
  }
  if (body.statements.length === 0) {
    return report(context, environment, name.span, "init-without-rules", { name: symbol.name });
  }
  const rules = rulesOf(context, body.statements, environment, "init");
  return rules === undefined ? UNKNOWN : initValue(called, rules, locate(environment, name.span));
}

function initNames(environment: Environment): readonly string[] {
  return [...environment.scope.names.values()].filter((each) => each.kind === "init").map((each) => each.name);
}

function initValue(name: string, rules: readonly RuleDraft[], location: InitSpec["location"]): InitValue {
  const fixed: PartRule[] = [];
  for (const { source, ...rule } of rules) {
    if (source.kind === "fixed") {
      fixed.push({ ...rule, source: source.source });
    }
  }
  return {
    kind: "init",
    name,
    rules,
    fixed: fixed.length === rules.length ? { name, rules: fixed, location } : undefined,
    location,
  };
}

/** The init of one cell; the same object for every cell where no rule depends on one. */
export function resolveInit(value: InitValue, request: Request): InitSpec | undefined {
  if (value.fixed !== undefined) {
    return value.fixed;
  }
  const rules = resolveRules(value.rules, request);
  return rules && { name: value.name, rules, location: value.location };
}

export function resolveRules(drafts: readonly RuleDraft[], request: Request): readonly PartRule[] | undefined {
  const rules: PartRule[] = [];
  for (const { source, ...rule } of drafts) {
    if (source.kind === "fixed") {
      rules.push({ ...rule, source: source.source });
      continue;
    }
    const state = source.state.make(request);
    if (state === undefined) {
      return undefined;
    }
    rules.push({ ...rule, source: { kind: "state", state } });
  }
  return rules;
}

/** Whether some tensor is drawn from the cell's source. */
export function needsSource(rules: readonly RuleDraft[]): "transfer" | "stats" | undefined {
  for (const { source } of rules) {
    if (source.kind === "fixed" && (source.source.kind === "transfer" || source.source.kind === "stats")) {
      return source.source.kind;
    }
  }
  return undefined;
}

/** The rules of an init, or of `S with { … }`. `undefined` where one was reported. */
export function rulesOf(
  context: Context,
  statements: readonly Statement[],
  environment: Environment,
  where: "init" | "state",
): readonly RuleDraft[] | undefined {
  const rules: RuleDraft[] = [];
  let sound = true;
  let rest: Rule | undefined;
  for (const statement of statements) {
    if (statement.kind !== "rule") {
      const subject = where === "init" ? "an init" : "a changed state";
      misplaced(context, environment, statement, subject);
      sound = false;
      continue;
    }
    if (rest !== undefined) {
      report(
        context,
        environment,
        statement.span,
        "rule-after-rest",
        {},
        {
          related: [{ location: locate(environment, rest.span), message: "takes everything that is left" }],
        },
      );
      sound = false;
    }
    const rule = ruleOf(context, statement, environment, where);
    if (rule === undefined) {
      sound = false;
    } else {
      rules.push(rule);
    }
    if (statement.except.length === 0 && statement.parts.some((part) => part.kind === "name" && part.text === "rest")) {
      rest = statement;
    }
  }
  return sound && oneParent(context, rules, environment, where) ? rules : undefined;
}

/** One init takes from one model of the source; a composition takes from what its cell has. */
function oneParent(
  context: Context,
  rules: readonly RuleDraft[],
  environment: Environment,
  where: "init" | "state",
): boolean {
  const taking = rules.flatMap(({ source, location }) =>
    source.kind === "fixed" && source.source.kind !== "random" && source.source.kind !== "state"
      ? [{ from: source.source.from, span: location.span }]
      : [],
  );
  const wrong = taking.find(({ from }) =>
    where === "state" ? from !== undefined : from?.name !== taking[0]?.from?.name,
  );
  if (wrong !== undefined) {
    report(context, environment, wrong.span, "parents-of-one-init", {});
  }
  return wrong === undefined;
}

function ruleOf(
  context: Context,
  rule: Rule,
  environment: Environment,
  where: "init" | "state",
): RuleDraft | undefined {
  const parts = rule.parts.map((part) => selectors(context, part, environment));
  const except = rule.except.map((part) => selectors(context, part, environment));
  const source = tensorSource(context, rule.source, environment, where);
  if (source === undefined || parts.includes(undefined) || except.includes(undefined)) {
    return undefined;
  }
  return {
    parts: parts.flatMap((part) => part?.parts ?? []),
    except: [...parts.flatMap((part) => part?.except ?? []), ...except.flatMap((part) => part?.parts ?? [])],
    source,
    location: locate(environment, rule.span),
  };
}

function tensorSource(
  context: Context,
  expression: Expression,
  environment: Environment,
  where: "init" | "state",
): TensorSourceDraft | undefined {
  const value = evaluate(context, expression, environment);
  switch (value.kind) {
    case "init": {
      const [only, ...others] = value.rules;
      if (only !== undefined && others.length === 0 && only.parts.some((part) => part.kind === "rest")) {
        return only.source;
      }
      report(context, environment, expression.span, "init-in-rule", { name: value.name });
      return undefined;
    }
    case "state": {
      const state = where === "init" ? foreignState(context, value, expression.span, environment) : value;
      return state && { kind: "state", state };
    }
    case "source":
      return { kind: "state", state: sourceAsState(value) };
    default:
      expected(context, environment, expression, value, "where tensors come from", [
        "transfer",
        "stats",
        "random",
        ...(where === "state" ? ["initial", "selected", "last"] : []),
        ...initNames(environment),
      ]);
      return undefined;
  }
}

export function sourceAsState(value: Extract<Value, { kind: "source" }>): StateValue {
  return {
    kind: "state",
    text: value.name,
    own: false,
    make: (request) => {
      const source = value.resolve(request);
      return source && { kind: "source", source };
    },
  };
}

/** `transfer`, `stats`, `random` where no declaration has that name. */
export function initFromName(
  context: Context,
  name: string,
  expression: Expression,
  environment: Environment,
): Value | undefined {
  return entry("init", name) && initFromCatalog(context, name, expression, environment);
}

export function initFromCall(
  context: Context,
  name: string,
  expression: Expression,
  environment: Environment,
): Value | undefined {
  return initFromName(context, name, expression, environment);
}

function initFromCatalog(context: Context, name: string, expression: Expression, environment: Environment): Value {
  const parent = name === "random" ? undefined : parentArgument(expression);
  const chosen = choice(context, environment, "init", parent?.without ?? expression, "init");
  const from = parent && parentModel(context, parent.value, environment);
  if (chosen === undefined || (parent !== undefined && from === undefined)) {
    return UNKNOWN;
  }
  const idle = Object.keys(FIXED_PARAMETERS).find((param) => chosen.params[param] !== undefined);
  if (idle !== undefined && chosen.params.sampler !== "fixed") {
    return report(context, environment, expression.span, "sampler-without-moments", {
      sampler: String(chosen.params.sampler),
      name: idle,
    });
  }
  const location = locate(environment, expression.span);
  const source: TensorSource = fixedSource(name, chosen, from);
  const rule: RuleDraft = { parts: [{ kind: "rest" }], except: [], source: { kind: "fixed", source }, location };
  return initValue(sourceText(environment, expression.span), [rule], location);
}

/** `from: resnet50` of `transfer` and `stats`: a model, which no schema converts. */
function parentArgument(
  expression: Expression,
): { readonly value: Expression; readonly without: Expression } | undefined {
  if (expression.kind !== "call") {
    return undefined;
  }
  const found = expression.args.find(({ name }) => name?.text === "from");
  const others = expression.args.filter((each) => each !== found);
  return found && { value: found.value, without: { ...expression, args: others } };
}

function parentModel(context: Context, expression: Expression, environment: Environment): ModelChoice | undefined {
  const value = evaluate(context, expression, environment);
  if (value.kind === "model") {
    return value.model;
  }
  if (value.kind !== "unknown") {
    const got = `\`${sourceText(environment, expression.span)}\``;
    report(context, environment, expression.span, "parent-of-nothing", { got });
  }
  return undefined;
}

function fixedSource(name: string, chosen: Choice, from: ModelChoice | undefined): TensorSource {
  const parent = from === undefined ? {} : { from };
  switch (name) {
    case "stats": {
      const { sampler, treatment } = chosen.params;
      const found = entry("sampler", String(sampler));
      const own = Object.entries(chosen.params).filter(([param]) => found && param in found.parameters);
      return {
        kind: "stats",
        sampler: found ? fillDefaults(found, Object.fromEntries(own)) : chosen,
        ...(treatment === "as_published" ? { treatment } : {}),
        ...parent,
      };
    }
    case "random":
      return { kind: "random", scheme: { id: String(chosen.params.scheme), version: chosen.version, params: {} } };
    default:
      return { kind: "transfer", ...parent };
  }
}
