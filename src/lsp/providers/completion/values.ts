/** Behind a setting's name or an operator: declared names and the catalogue's, by what the place takes. */

import type { TokenType } from "chevrotain";
import { type CompletionItem, CompletionItemKind } from "vscode-languageserver/node";
import { PREPOSITIONS } from "../../../../grammar/syntax.js";
import * as T from "../../../../grammar/tokens.js";
import { FUNCTIONS } from "../../../catalog/functions/index.js";
import { entries } from "../../../catalog/index.js";
import { type SettingValue, settingIn } from "../../../catalog/settings/index.js";
import type { CatalogKind } from "../../../catalog/types.js";
import { SLOTS } from "../../../compiler/check/experiment.js";
import { settablePaths } from "../../../compiler/overrides/paths.js";
import { type CursorContext, headWords } from "../../cursor/context.js";
import { blockAround, type TypedBlock } from "../../cursor/typed-block.js";
import { functionCallable, sourceCallable } from "../../docs/callables.js";
import { CLAUSES, TYPE_DOCS, WORDS } from "../../docs/words.js";
import { experimentsOf } from "../../names/experiments.js";
import { experimentNames } from "../../names/symbols.js";
import type { Place } from "../place.js";
import { bindingItem, callableItem, entryItem, item, wordItem } from "./items.js";
import { partItems } from "./statements.js";

export async function valueItems(
  place: Place,
  context: CursorContext,
  position: "first" | "further",
): Promise<readonly CompletionItem[]> {
  const block = blockAround(context);
  const words = headWords(context.tokens);
  const last = context.tokens.at(-1);
  if (context.frames.length === 0) return topItems(place, context, words);
  if (last?.tokenType === T.Arrow) return [...inits(place), ...stateItems(place)];
  if (block.kind === "init" || block.kind === "part") {
    return last?.tokenType === T.Comma || last?.tokenType === T.Except ? partItems(place.view) : clauseItems("init");
  }
  const [name = ""] = words;
  if (last?.tokenType === T.With) return changes(place, name);
  if (name === "vary") return varied(place, words, last?.tokenType === T.In);
  if (name === "tune") return tuned(place, last?.tokenType);
  if (name === "measure") return last?.tokenType === T.Equal ? ofKind(place, "probe") : clauseItems("measure");
  if (block.kind === "profile" || block.kind === "source")
    return last?.tokenType === T.Equal ? names(place, () => true) : [];
  const setting = block.kind === undefined ? undefined : settingIn(block.kind, name);
  const expects =
    position === "first" || last?.tokenType === T.Comma || last?.tokenType === T.Then || joins(last?.image);
  if (setting === undefined) return expects ? names(place, () => true) : [];
  const wordy = last?.tokenType === T.Except;
  return expects || wordy ? settingItems(place, setting.value, block) : clauseItems(name);
}

/** Behind a value: what the statement goes on with. */
function clauseItems(statement: string): readonly CompletionItem[] {
  return Object.entries(CLAUSES[statement] ?? {}).map(([word, doc]) => wordItem(word, "and then", doc));
}

/** `with |`: a block of settings, or what is done to every image of a data set. */
function changes(place: Place, slot: string): readonly CompletionItem[] {
  const block = item("{ … }", CompletionItemKind.Snippet, "the same but for this", undefined, "{ $1 }");
  return slot === "target" || slot === "dataset" || slot === "vary" ? [...ofKind(place, "transform"), block] : [block];
}

/** `tune |`, `tune finetune.lr in |`. */
function tuned({ view }: Place, last: TokenType | undefined): readonly CompletionItem[] {
  if (last === T.In) return pointItems();
  if (last !== T.Tune && last !== T.Comma) return [wordItem("in", "and its points")];
  return [...settablePaths(view.scope).values()].flatMap(({ path, symbol, name }) =>
    symbol?.kind === "recipe" && name !== "" ? [item(path, CompletionItemKind.Property, "setting", undefined)] : [],
  );
}

/** States, and functions of them. */
export function stateItems(place: Place): readonly CompletionItem[] {
  return [
    ...["initial", "selected", "last"].map((word) => wordItem(word, "state", WORDS[word])),
    ...ofKind(place, "state"),
    ...names(place, (kind) => kind === "experiment" || kind === "source"),
  ];
}

function joins(image: string | undefined): boolean {
  return image !== undefined && PREPOSITIONS.some((each) => each === image);
}

/** `derive gain = |`, `table t from |`, `model m = |`, `init x(n: |`. */
function topItems(place: Place, context: CursorContext, words: readonly string[]): readonly CompletionItem[] {
  const [keyword, , third] = words;
  const last = context.tokens.at(-1);
  const readsTables = keyword === "table" || keyword === "figure" || keyword === "derive";
  if (readsTables) {
    if (last?.tokenType === T.Identifier && third === undefined && keyword !== "derive") return clauseItems(keyword);
    const read = names(place, (kind) => kind === "experiment" || kind === "derive" || kind === "namespace");
    return keyword === "derive" ? [...read, ...outputWords(place)] : read;
  }
  if (last?.tokenType === T.From && keyword === "dataset") return ofKind(place, "dataset");
  if (keyword === "import") return clauseItems("import");
  if (last?.tokenType === T.With && keyword !== undefined) return changes(place, keyword);
  if (keyword === "dataset" && last?.tokenType === T.In)
    return [callableItem(sourceCallable("split_classes"), "classes")];
  if (last?.tokenType !== T.Equal && last?.tokenType !== T.Then) return clauseItems(keyword ?? "");
  switch (keyword) {
    case "model":
      return [
        ...place.view.catalog.entries("model").map((each) => entryItem(each)),
        ...names(place, (kind) => kind === "model"),
      ];
    case "init":
      return inits(place);
    case "recipe":
      return names(place, (kind) => kind === "recipe");
    case "source":
      return [
        ...["pretrain", "weights"].map((name) => callableItem(sourceCallable(name), "source")),
        ...names(place, (kind) => kind === "source" || kind === "experiment"),
      ];
    case "dataset":
      return [...names(place, (kind) => kind === "dataset"), callableItem(sourceCallable("take"), "dataset")];
    case "part":
      return partItems(place.view);
    default:
      return names(place, () => true);
  }
}

/** Functions of numbers, and probes: two states of different cells are compared by a derive. */
function outputWords(place: Place): readonly CompletionItem[] {
  const functions = FUNCTIONS.filter(({ gives }) => gives === "numbers");
  return [...functions.map((each) => callableItem(functionCallable(each), "function")), ...ofKind(place, "probe")];
}

/** `log(1e-4..1e-1, 7 points)`. */
function pointItems(): readonly CompletionItem[] {
  return FUNCTIONS.filter(({ gives }) => gives === "points").map((each) =>
    callableItem(functionCallable(each), "function"),
  );
}

export function names({ view }: Place, wanted: (kind: string) => boolean): readonly CompletionItem[] {
  return [...view.scope.names.values()].filter(({ kind }) => wanted(kind)).map(bindingItem);
}

function inits(place: Place): readonly CompletionItem[] {
  return [...names(place, (kind) => kind === "init"), ...entries("init").map((each) => entryItem(each))];
}

/** `vary |`, `vary init |`, `vary init in |`. */
function varied(place: Place, words: readonly string[], behindIn: boolean): readonly CompletionItem[] {
  const slot = words.at(-2) ?? "";
  if (behindIn)
    return SLOTS.some((each) => each === slot) ? ofSlot(place, slot) : [...ofSlot(place, slot), ...pointItems()];
  if (words.length === 1) return SLOTS.map((word) => wordItem(word, "slot", WORDS[word]));
  return clauseItems("vary");
}

/** What fills a slot. */
export function ofSlot(place: Place, slot: string): readonly CompletionItem[] {
  switch (slot) {
    case "model":
      return [
        ...names(place, (kind) => kind === "model"),
        ...place.view.catalog.entries("model").map((each) => entryItem(each)),
      ];
    case "target":
      return names(place, (kind) => kind === "dataset" || kind === "group");
    case "source":
      return names(place, (kind) => kind === "source" || kind === "experiment");
    case "init":
      return inits(place);
    case "train":
      return names(place, (kind) => kind === "recipe");
    default:
      return names(place, () => true);
  }
}

export function settingItems(place: Place, value: SettingValue, block: TypedBlock): readonly CompletionItem[] {
  switch (value.kind) {
    case "entry":
      return [...ofKind(place, value.of), ...(value.of === "metric" ? [] : names(place, (kind) => kind === "param"))];
    case "declared": {
      const [kind = "model"] = value.of;
      return ofSlot(place, kind === "dataset" ? "target" : kind === "recipe" ? "train" : kind);
    }
    case "words":
      return value.words.map((word) => wordItem(word, "value"));
    case "axes":
      return tableSymbols(place, block).axes.map((name) => wordItem(name, "axis"));
    case "quantity": {
      const { axes, measures } = tableSymbols(place, block);
      return [
        ...measures.map((name) => wordItem(name, "measure")),
        ...axes.map((name) => wordItem(name, "axis")),
        ...names(place, (kind) => kind === "derive"),
        ...outputWords(place),
      ];
    }
    case "schema":
      return names(place, (kind) => kind === "param");
    case "parts":
      return partItems(place.view);
    case "free":
      return names(place, (kind) => kind === "param" || kind === "dataset");
    default:
      return value satisfies never;
  }
}

function ofKind({ view }: Place, kind: CatalogKind): readonly CompletionItem[] {
  return view.catalog.entries(kind).map((each) => entryItem(each));
}

/** Axes and measures of the experiments an output reads; of all where it does not say. */
export function tableSymbols(
  { view }: Place,
  { from }: TypedBlock,
): { readonly axes: readonly string[]; readonly measures: readonly string[] } {
  const { scope, scopes } = view;
  const span = { start: 0, end: 0 };
  const read = from.map((text) => ({ kind: "name", text, span }) as const);
  const own = [...scope.names.values()].flatMap((each) => (each.kind === "experiment" ? [each] : []));
  const tables = read.length > 0 ? experimentsOf(read, scope, scopes) : own;
  const all = tables.map((table) => experimentNames(table));
  const varied = new Set(all.flatMap((table) => [...table.varied]));
  const measures = new Set(all.flatMap((table) => [...table.measures.keys()]));
  return { axes: [...varied, "layer", "layer2", "head", "repeat"], measures: [...measures] };
}

export function typeItems(): readonly CompletionItem[] {
  return Object.entries(TYPE_DOCS).map(([type, doc]) => ({
    label: type,
    kind: CompletionItemKind.TypeParameter,
    detail: doc,
  }));
}
