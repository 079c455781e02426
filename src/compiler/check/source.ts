/** Sources: `weights("…")`, `pretrain(…)`, a table of one source a model, and a moment of a pretraining. */

import type { Call, Expression, Member } from "../../../grammar/syntax.js";
import type { CatalogEntry, Duration } from "../../catalog/types.js";
import type { DeclaredSymbol } from "../bind/scope.js";
import { matchArguments } from "../evaluate/arguments.js";
import type { Context } from "../evaluate/context.js";
import { convert, isConversion } from "../evaluate/convert.js";
import { type Environment, locate, sourceText } from "../evaluate/environment.js";
import { evaluate } from "../evaluate/evaluator.js";
import { unknownMember } from "../evaluate/members.js";
import { expected, report } from "../evaluate/report.js";
import { foreignState, momentOf } from "../evaluate/states.js";
import {
  type Pretraining,
  type Request,
  type SourceValue,
  type StateValue,
  UNKNOWN,
  type Value,
} from "../evaluate/values.js";
import { writtenValue } from "../evaluate/written.js";
import { parseHubName } from "../hub.js";
import type { DatasetSpec, SourceSpec } from "../study.js";
import { listed } from "../suggest.js";
import { durationOf, moment, pretrain } from "./pretrain.js";
import { WEIGHTS_NAMES, weightsNames } from "./weights-names.js";

export const WEIGHTS = {
  id: "weights",
  parameters: {
    path: {
      description:
        "a .safetensors, .pth or .pt file, relative to this study file, or `hf:OWNER/NAME[@REVISION][/FILE]` on the Hugging Face hub.",
    },
    data: { description: "the data set they were trained on, which `source.data` then is." },
    ...WEIGHTS_NAMES,
  },
  required: ["path"],
  positional: ["path"],
} as const satisfies Pick<CatalogEntry, "id" | "parameters" | "required" | "positional">;

export function declareSource(context: Context, symbol: DeclaredSymbol, environment: Environment): Value {
  const { body, name } = symbol.declaration;
  const written = writtenValue(context, symbol, environment);
  if (written !== undefined) {
    const found = namedSource(context, symbol.name, written.expression, written.environment);
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
  const rowOf = ({ model }: Request): SourceValue | undefined =>
    rows.get(model.name) ?? rows.get(model.base?.name ?? "");
  const pretrainings = [...rows.values()].flatMap((row) => row.pretrain ?? []);
  return {
    kind: "source",
    name: symbol.name,
    models: [...rows.keys()],
    resolve: (request) => rowOf(request)?.resolve(request),
    data: () => only([...rows.values()].map((row) => row.data?.())),
    ...(pretrainings.length < rows.size
      ? {}
      : { pretrain: together(pretrainings, (request) => rowOf(request)?.pretrain?.resolve(request)) }),
  };
}

/** A table of pretrainings has the moments that all of them have. */
function together(pretrainings: readonly Pretraining[], resolve: Pretraining["resolve"]): Pretraining {
  const [first, ...others] = pretrainings;
  const isKept = (at: Duration, { keep }: Pretraining): boolean =>
    keep.some(({ value, unit }) => value === at.value && unit === at.unit);
  return {
    on: only(pretrainings.map(({ on }) => on)),
    keep: (first?.keep ?? []).filter((at) => others.every((other) => isKept(at, other))),
    resolve,
  };
}

/** What all of them are. */
function only(found: readonly (DatasetSpec | undefined)[]): DatasetSpec | undefined {
  const [first, ...others] = found;
  return others.every((each) => each === first) ? first : undefined;
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
    return stateAsSource(context, state);
  }
  if (value.kind !== "state") {
    const names = [...environment.scope.names.values()]
      .filter((each) => each.kind === "source")
      .map((each) => each.name);
    expected(context, environment, expression, value, "a source", names);
  }
  return undefined;
}

function stateAsSource(context: Context, value: StateValue): SourceValue {
  const { slice } = value;
  return {
    kind: "source",
    name: value.text,
    data: () => {
      const cells = slice === undefined ? [] : (context.experiment(slice.symbol)?.experiment.cells ?? []);
      return only([...new Set(cells.map(({ target }) => target.base ?? target))]);
    },
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
  const hub = parseHubName(String(json.json));
  if (hub.kind === "bad") {
    return report(context, environment, path.value.span, "weights-name", {
      path: String(json.json),
      problem: hub.problem,
    });
  }
  const names = weightsNames(context, matched, environment);
  const dataset = trainedOn(context, matched?.get("data")?.value, environment);
  if (names === "wrong" || dataset === "wrong") {
    return UNKNOWN;
  }
  const spec: SourceSpec = {
    kind: "weights",
    name,
    weights: {
      path: String(json.json),
      declaredIn: environment.scope.file.path,
      ...(names === undefined ? {} : { names }),
      location: locate(environment, expression.span),
    },
  };
  return { kind: "source", name, resolve: () => spec, ...(dataset === undefined ? {} : { data: () => dataset }) };
}

function trainedOn(
  context: Context,
  written: Expression | undefined,
  environment: Environment,
): DatasetSpec | undefined | "wrong" {
  if (written === undefined) {
    return undefined;
  }
  const value = evaluate(context, written, environment);
  if (value.kind === "dataset") {
    return value.dataset;
  }
  const names = [...environment.scope.names.values()]
    .filter((each) => each.kind === "dataset")
    .map((each) => each.name);
  expected(context, environment, written, value, "a data set", names);
  return "wrong";
}

/** With its head, where a source elsewhere is the start of another task: `score(top1, of: imagenet.state, on: imagenet_1k.val)`. */
function wholeState(source: SourceValue): StateValue {
  return {
    kind: "state",
    text: `${source.name}.state`,
    own: false,
    make: (request) => {
      const found = source.resolve(request);
      return found && { kind: "compose", base: { kind: "source", source: found }, rules: [] };
    },
  };
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
    const dataset = source.data?.();
    return dataset === undefined
      ? report(context, environment, expression.span, "source-without-data", { source: source.name })
      : { kind: "dataset", dataset };
  }
  if (expression.name.text === "state") {
    return wholeState(source);
  }
  if (at === undefined) {
    const own = source.pretrain === undefined ? [] : ["selected", "last", "initial", "at"];
    const known = ["data", "state", ...own];
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
  if (at.value !== 0 && !keep.some((each) => each.value === at.value && each.unit === at.unit)) {
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
