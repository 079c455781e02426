/** `dataset d from idx("path") { metric top1; split train: 70%, val: 15%, test: 15%; normalize mean: […], std: […] }`. */

import type { Argument, Block, Expression, Setting } from "../../../grammar/syntax.js";
import type { Choice, ParameterSchema } from "../../catalog/types.js";
import type { DeclaredSymbol } from "../bind/scope.js";
import { choice } from "../evaluate/arguments.js";
import type { Context, Replacement } from "../evaluate/context.js";
import { convert, isConversion } from "../evaluate/convert.js";
import { type Environment, locate } from "../evaluate/environment.js";
import { evaluate } from "../evaluate/evaluator.js";
import { expected, report, suggestion } from "../evaluate/report.js";
import { UNKNOWN, type Value } from "../evaluate/values.js";
import { writtenValue } from "../evaluate/written.js";
import type { DatasetSpec, SplitSpec } from "../study.js";
import { metricOf } from "./metric.js";
import { clauseOf, settingsOf, withoutBody } from "./settings.js";
import { columnName } from "./subset.js";

const SETTINGS = ["metric", "split", "normalize"] as const;
const DEFAULT_METRIC = "top1";

export function declareDataset(context: Context, symbol: DeclaredSymbol, environment: Environment): Value {
  const { declaration } = symbol;
  const [from, ...others] = declaration.from;
  const written = writtenValue(context, symbol, environment);
  if (written !== undefined) {
    return sameDataset(context, symbol, written);
  }
  if (from === undefined) {
    return declaration.body === undefined
      ? UNKNOWN
      : report(context, environment, declaration.name.span, "dataset-without-data", { name: symbol.name });
  }
  if (others[0] !== undefined) {
    return report(context, environment, others[0].span, "one-from", { kind: "dataset" });
  }
  const adapter = choice(context, environment, "dataset", from, "dataset adapter");
  const settings = settingsOf(context, environment, declaration.body, SETTINGS, `the dataset \`${symbol.name}\``);
  const metric = metricSetting(context, symbol, settings.get("metric"), environment);
  const split = splitSetting(context, settings.get("split"), environment);
  const normalize = normalizeSetting(context, settings.get("normalize"), environment);
  if (adapter === undefined || metric === undefined || split === undefined || normalize === undefined) {
    return UNKNOWN;
  }
  const { path, ...params } = adapter.params;
  const spec: DatasetSpec = {
    name: symbol.name,
    adapter: { ...adapter, params } satisfies Choice,
    path: typeof path === "string" ? path : "",
    declaredIn: symbol.file.path,
    split,
    metric,
    ...(normalize === "data" ? {} : { normalize }),
    location: locate(environment, declaration.name.span),
  };
  return { kind: "dataset", dataset: spec };
}

/** `D with { metric top1; split train: 70%, val: 15%, test: 15% }`: the same files, what is said here in the place of D's. */
export function changedDataset(
  context: Context,
  dataset: DatasetSpec,
  body: Block,
  name: string,
  environment: Environment,
): Value {
  const settings = settingsOf(context, environment, body, SETTINGS, "a dataset");
  const written = settings.get("metric");
  const only = written && single(context, written, environment);
  const metric = written === undefined ? dataset.metric : only && metricOf(context, only, environment);
  const split = settings.has("split") ? splitSetting(context, settings.get("split"), environment) : dataset.split;
  const normalize = settings.has("normalize")
    ? normalizeSetting(context, settings.get("normalize"), environment)
    : dataset.normalize;
  if (metric === undefined || split === undefined || (normalize === undefined && settings.has("normalize"))) {
    return UNKNOWN;
  }
  const { normalize: _, ...same } = dataset;
  const files = dataset.files ?? dataset.name;
  const own = normalize === undefined || normalize === "data" ? {} : { normalize };
  return { kind: "dataset", dataset: { ...same, name, files, metric, split, ...own } };
}

/** Another's files under this name; data roots go by the other's. */
function sameDataset(context: Context, symbol: DeclaredSymbol, { expression, environment }: Replacement): Value {
  const found = evaluate(context, expression, environment);
  if (found.kind !== "dataset") {
    return expected(context, environment, expression, found, "a dataset");
  }
  const stated = context.replacements.of(symbol, "metric");
  const metric = stated ? metricOf(context, stated.expression, stated.environment) : found.dataset.metric;
  if (metric === undefined) {
    return UNKNOWN;
  }
  const files = found.dataset.files ?? found.dataset.name;
  return { kind: "dataset", dataset: { ...found.dataset, name: symbol.name, files, metric } };
}

function metricSetting(
  context: Context,
  symbol: DeclaredSymbol,
  setting: Setting | undefined,
  environment: Environment,
): string | undefined {
  const replacement = context.replacements.of(symbol, "metric");
  if (replacement !== undefined) {
    return metricOf(context, replacement.expression, replacement.environment);
  }
  if (setting === undefined) {
    return DEFAULT_METRIC;
  }
  const expression = single(context, setting, environment);
  return expression && metricOf(context, expression, environment);
}

function single(context: Context, setting: Setting, environment: Environment): Expression | undefined {
  withoutBody(context, setting, environment);
  const [first, second] = setting.args;
  if (first === undefined || second !== undefined) {
    report(context, environment, (second ?? setting).span, "one-value", { name: setting.name.text });
    return undefined;
  }
  return first.value;
}

const SHARE: ParameterSchema = {
  type: "number",
  unit: "fraction",
  minimum: 0,
  maximum: 1,
  description: "Share of the images.",
};

function splitSetting(context: Context, setting: Setting | undefined, environment: Environment): SplitSpec | undefined {
  if (setting === undefined) {
    return { kind: "official" };
  }
  withoutBody(context, setting, environment);
  const clause = clauseOf(context, setting, environment, ["by"]);
  const [written] = clause?.values ?? [];
  const by = written && columnName(context, written, environment);
  if (clause !== undefined && by === undefined) {
    return undefined;
  }
  const [only] = setting.args;
  if (
    setting.args.length === 1 &&
    only?.name === undefined &&
    only?.value.kind === "name" &&
    only.value.text === "official"
  ) {
    return { kind: "official" };
  }
  const shares = { train: 0, val: 0, test: 0 };
  const given = new Set<string>();
  for (const argument of setting.args) {
    const name = argument.name?.text;
    if (name !== "train" && name !== "val" && name !== "test") {
      const span = argument.name?.span ?? argument.span;
      report(
        context,
        environment,
        span,
        "split-name",
        {},
        suggestion(environment, span, name ?? "", Object.keys(shares)),
      );
      return undefined;
    }
    if (given.has(name)) {
      report(context, environment, argument.span, "argument-twice", { name });
      return undefined;
    }
    const share = convert(context, environment, name, SHARE, argument.value);
    if (!isConversion(share)) {
      return undefined;
    }
    given.add(name);
    shares[name] = Number(share.json);
  }
  const spec = checkShares(context, setting, shares, environment);
  return spec?.kind === "fractions" && by !== undefined ? { ...spec, by } : spec;
}

function checkShares(
  context: Context,
  setting: Setting,
  shares: { readonly train: number; readonly val: number; readonly test: number },
  environment: Environment,
): SplitSpec | undefined {
  const sum = shares.train + shares.val + shares.test;
  if (Math.abs(sum - 1) > 1e-9) {
    report(context, environment, setting.span, "split-sum", { sum: `${Number((sum * 100).toPrecision(6))}%` });
    return undefined;
  }
  if (Math.min(shares.train, shares.val, shares.test) <= 0) {
    const empty = (["train", "val", "test"] as const).find((name) => shares[name] <= 0) ?? "train";
    report(context, environment, setting.span, "split-empty", { split: empty });
    return undefined;
  }
  return { kind: "fractions", ...shares };
}

const CHANNELS: ParameterSchema = {
  type: "array",
  items: { type: "number" },
  minItems: 1,
  maxItems: 4,
  description: "One number a channel, of images in [0, 1].",
};

function normalizeSetting(
  context: Context,
  setting: Setting | undefined,
  environment: Environment,
): { readonly mean: readonly number[]; readonly std: readonly number[] } | "data" | undefined {
  if (setting === undefined) {
    return "data";
  }
  withoutBody(context, setting, environment);
  const mean = channels(context, setting, "mean", environment);
  const std = channels(context, setting, "std", environment);
  const stranger = setting.args.find((each) => each.name?.text !== "mean" && each.name?.text !== "std");
  if (stranger !== undefined) {
    const span = stranger.name?.span ?? stranger.span;
    report(
      context,
      environment,
      span,
      "unknown-argument",
      { callee: "normalize", name: stranger.name?.text ?? "" },
      { hint: "it takes `mean: […]` and `std: […]`." },
    );
    return undefined;
  }
  if (mean === undefined || std === undefined) {
    return undefined;
  }
  if (mean.length !== std.length) {
    report(context, environment, setting.span, "normalize-lengths", { mean: mean.length, std: std.length });
    return undefined;
  }
  if (std.some((value) => value <= 0)) {
    report(context, environment, setting.span, "normalize-zero", {});
    return undefined;
  }
  return { mean, std };
}

function channels(
  context: Context,
  setting: Setting,
  name: string,
  environment: Environment,
): readonly number[] | undefined {
  const argument: Argument | undefined = setting.args.find((each) => each.name?.text === name);
  if (argument === undefined) {
    report(context, environment, setting.span, "missing-argument", {
      callee: "normalize",
      name,
      doc: "one number a channel",
    });
    return undefined;
  }
  const value = convert(context, environment, name, CHANNELS, argument.value);
  return isConversion(value) && Array.isArray(value.json) ? value.json.map(Number) : undefined;
}
