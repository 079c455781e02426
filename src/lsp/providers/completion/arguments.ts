/** Inside of parentheses and square brackets: names of arguments, their values, points of an axis. */

import { type CompletionItem, CompletionItemKind } from "vscode-languageserver/node";
import * as T from "../../../../grammar/tokens.js";
import { functionNamed } from "../../../catalog/functions/index.js";
import { settingIn } from "../../../catalog/settings/index.js";
import type { ParameterSchema } from "../../../catalog/types.js";
import type { DeclaredSymbol } from "../../../compiler/bind/scope.js";
import { FEATURES } from "../../../compiler/check/features.js";
import { PREDICTIONS } from "../../../compiler/check/predictions.js";
import { type CallSite, type CursorContext, callAt, headWords } from "../../cursor/context.js";
import { blockAround } from "../../cursor/typed-block.js";
import { type Callable, type CallableParameter, callableOf, functionCallable } from "../../docs/callables.js";
import { WORDS } from "../../docs/words.js";
import { experimentsOf } from "../../names/experiments.js";
import { experimentNames } from "../../names/symbols.js";
import type { Place } from "../place.js";
import { givesAt, settingKindAt } from "../signature.js";
import { callableItem, entryItem, item, parameterItem, wordItem } from "./items.js";
import { names, ofSlot, settingItems, stateItems, tableSymbols, typeItems } from "./values.js";

export async function argumentItems(place: Place, context: CursorContext): Promise<readonly CompletionItem[]> {
  const call = callAt(context);
  if (call === undefined) return [];
  const head = headWords(context.frames.at(-1)?.head ?? []);
  const declares = context.frames.length === 1 && call.bracket === "(" && head.length === 2 && call.callee.length === 1;
  if (declares && ["init", "recipe", "dataset", "model", "source", "part"].includes(head[0] ?? "")) {
    return call.argument === undefined ? [] : typeItems();
  }
  if (call.bracket === "[" && call.callee.length > 0 && !["in", "units", "layers"].includes(call.callee.at(-1) ?? "")) {
    return await sliceItems(place, call);
  }
  if (call.bracket === "[" || call.callee.length === 0) return listItems(place, context);
  const callable = callableOf(place.view, call.callee, settingKindAt(context), givesAt(context));
  if (callable === undefined) return names(place, () => true);
  if (call.argument !== undefined) {
    const parameter = callable.parameters.find(({ name }) => name === call.argument);
    return parameter === undefined ? [] : parameterValues(place, context, parameter);
  }
  const positional = callable.parameters.filter((each) => each.positional)[call.unnamed];
  const started = context.tokens.length > 0 && context.tokens.at(-1)?.tokenType !== T.Comma;
  if (started) return names(place, () => true);
  const values = positional === undefined ? [] : parameterValues(place, context, positional);
  return [...values, ...callable.parameters.filter(({ name }) => !call.named.includes(name)).map(parameterItem)];
}

/** A list is of whatever its statement takes: the points of an axis, a setting's values. */
function listItems(place: Place, context: CursorContext): readonly CompletionItem[] {
  const outer = context.frames.findLast(
    (frame, index) => context.frames[index - 1]?.bracket !== "[" && frame.bracket !== "{",
  );
  const words = headWords(outer?.head ?? []);
  if (words[0] === "vary") return ofSlot(place, words.at(-2) ?? "");
  const block = blockAround(context);
  const setting = block.kind === undefined ? undefined : settingIn(block.kind, words[0] ?? "");
  return setting === undefined ? names(place, () => true) : settingItems(place, setting.value, block);
}

const SPLITS = ["train", "val", "test"];

function parameterValues(
  place: Place,
  context: CursorContext,
  { name, schema, description, takes }: CallableParameter,
): readonly CompletionItem[] {
  if (takes !== undefined) return takenItems(place, context, takes);
  const enumerated = schema?.enum?.map((value) => wordItem(String(value), name)) ?? [];
  const aliases = Object.keys(schema?.aliases ?? {}).map((alias) => wordItem(alias, name));
  if (enumerated.length > 0) return [...enumerated, ...aliases];
  if (schema?.type === "boolean") return ["yes", "no"].map((word) => wordItem(word, name));
  return [...referred(place, schema, context), ...sourceArguments(place, name, description)];
}

/** Of a function of numbers. */
function takenItems(
  place: Place,
  context: CursorContext,
  takes: NonNullable<CallableParameter["takes"]>,
): readonly CompletionItem[] {
  const block = blockAround(context);
  switch (takes) {
    case "quantity":
    case "terms":
      return settingItems(place, { kind: "quantity" }, block);
    case "axes":
      return settingItems(place, { kind: "axes" }, block);
    case "interval":
      return [callableItem(bootstrapCallable(), "interval")];
    default:
      return takes satisfies never;
  }
}

function bootstrapCallable(): Callable {
  const found = functionNamed("bootstrap");
  return found === undefined ? { id: "bootstrap", doc: "", parameters: [] } : functionCallable(found);
}

function referred(
  place: Place,
  schema: ParameterSchema | undefined,
  context: CursorContext,
): readonly CompletionItem[] {
  switch (schema?.refers) {
    case "metric":
      return [
        wordItem("target.metric", "the target's own"),
        ...place.view.catalog.entries("metric").map((each) => entryItem(each)),
      ];
    case "split":
      return SPLITS.map((word) => wordItem(word, "split"));
    case "state":
      return [
        ...stateItems(place),
        item("predictions", CompletionItemKind.Function, "state", PREDICTIONS.doc, 'predictions("${1:./theirs.csv}")'),
        item("features", CompletionItemKind.Function, "state", FEATURES.doc, 'features("${1:./theirs.parquet}")'),
      ];
    case "interval":
      return [callableItem(bootstrapCallable(), "interval")];
    case "dataset":
    case "model":
      return names(place, (kind) => kind === schema.refers);
    case "layer":
      return tableSymbols(place, blockAround(context)).axes.map((axis) => wordItem(axis, "axis"));
    case undefined:
      return names(place, (kind) => kind === "param");
    default:
      return [];
  }
}

/** `pretrain(on: …, using: …)`. */
function sourceArguments(place: Place, name: string, description: string): readonly CompletionItem[] {
  switch (name) {
    case "on":
      return description.startsWith("the dataset") ? ofSlot(place, "target") : [];
    case "using":
      return ofSlot(place, "train");
    case "from":
      return ofSlot(place, "source");
    case "init":
      return ofSlot(place, "init");
    case "repeats":
      return ["shared", "own"].map((word) => wordItem(word, name));
    default:
      return [];
  }
}

/** `main.test[|`, `main[init: |`. */
async function sliceItems(place: Place, { callee, argument }: CallSite): Promise<readonly CompletionItem[]> {
  const { scope, scopes, path } = place.view;
  const span = { start: 0, end: 0 };
  const tables = experimentsOf(
    callee.map((text) => ({ kind: "name", text, span }) as const),
    scope,
    scopes,
  );
  if (argument === undefined) {
    const axes = new Set(tables.flatMap((table) => [...experimentNames(table).axes.keys()]));
    // the other repeats' states are asked for on a state alone
    return [...axes, "repeat"].map((axis) => ({ ...wordItem(axis, "axis"), insertText: `${axis}: ` }));
  }
  if (argument === "repeat") return [wordItem("other", "point", WORDS.other)];
  const analysis = await place.workspace.analysis(path);
  const labels = tables.flatMap((table) => pointLabels(table, argument, analysis?.inspection?.experiments ?? []));
  return [...new Set(labels)].map((label) => wordItem(label, "point"));
}

function pointLabels(
  table: DeclaredSymbol,
  axis: string,
  experiments: readonly {
    readonly name: string;
    readonly axes: readonly { readonly name: string; readonly points: readonly { readonly label: string }[] }[];
  }[],
): readonly string[] {
  const known = experiments.find(({ name }) => name === table.name)?.axes.find(({ name }) => name === axis);
  return known?.points.map(({ label }) => label) ?? [...(experimentNames(table).labels.get(axis)?.keys() ?? [])];
}
