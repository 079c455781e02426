/** Behind a setting's name or an operator: declared names and the catalogue's, by what the place takes. */

import { type CompletionItem, CompletionItemKind } from "vscode-languageserver/node";
import { PREPOSITIONS } from "../../../../grammar/syntax.js";
import * as T from "../../../../grammar/tokens.js";
import { entries } from "../../../catalog/index.js";
import { type SettingValue, settingIn } from "../../../catalog/settings/index.js";
import type { CatalogKind } from "../../../catalog/types.js";
import { type CursorContext, headWords } from "../../cursor/context.js";
import { blockAround, type TypedBlock } from "../../cursor/typed-block.js";
import { TYPE_DOCS, WORDS } from "../../docs/words.js";
import { experimentsOf } from "../../names/experiments.js";
import { experimentNames } from "../../names/symbols.js";
import type { Place } from "../place.js";
import { bindingItem, entryItem, wordItem } from "./items.js";
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
  if (last?.tokenType === T.Arrow) return inits(place);
  if (block.kind === "init" || block.kind === "part") return last?.tokenType === T.Comma ? partItems(place.view) : [];
  const [name = ""] = words;
  if (name === "vary") return varied(place, words, last?.tokenType === T.In);
  if (name === "measure")
    return last?.tokenType === T.Equal ? place.view.catalog.entries("probe").map((each) => entryItem(each)) : [];
  if (block.kind === "profile" || block.kind === "source")
    return last?.tokenType === T.Equal ? names(place, () => true) : [];
  const setting = block.kind === undefined ? undefined : settingIn(block.kind, name);
  const expects =
    position === "first" || last?.tokenType === T.Comma || last?.tokenType === T.Then || joins(last?.image);
  if (setting === undefined) return expects ? names(place, () => true) : [];
  return expects ? settingItems(place, setting.value, block) : clauses(name);
}

function joins(image: string | undefined): boolean {
  return image !== undefined && PREPOSITIONS.some((each) => each === image);
}

function clauses(setting: string): readonly CompletionItem[] {
  if (setting === "select") return [wordItem("every", "how often it is checked")];
  return setting === "schedule" || setting === "train" ? [wordItem("then", "in sequence")] : [];
}

/** `derive gain = |`, `table t from |`, `model m = |`, `init x(n: |`. */
function topItems(place: Place, context: CursorContext, words: readonly string[]): readonly CompletionItem[] {
  const [keyword, , third] = words;
  const last = context.tokens.at(-1);
  const readsTables = keyword === "table" || keyword === "figure" || keyword === "derive";
  if (readsTables) {
    if (last?.tokenType === T.Identifier && third === undefined && keyword !== "derive")
      return [wordItem("from", "what it reads")];
    const read = names(place, (kind) => kind === "experiment" || kind === "derive" || kind === "namespace");
    return keyword === "derive" ? [...read, ...outputWords(place)] : read;
  }
  if (last?.tokenType === T.From && keyword === "dataset") return ofKind(place, "dataset");
  if (last?.tokenType !== T.Equal && last?.tokenType !== T.Then && last?.tokenType !== T.With) return [];
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
        ...["pretrain", "weights"].map((name) => wordItem(name, "source")),
        ...names(place, (kind) => kind === "source" || kind === "experiment"),
      ];
    case "dataset":
      return names(place, (kind) => kind === "dataset");
    case "part":
      return partItems(place.view);
    default:
      return names(place, () => true);
  }
}

function outputWords(place: Place): readonly CompletionItem[] {
  return [
    wordItem("mean", "over an axis, or over the repeats"),
    ...place.view.catalog.entries("probe").map((each) => entryItem(each)),
  ];
}

export function names({ view }: Place, wanted: (kind: string) => boolean): readonly CompletionItem[] {
  return [...view.scope.names.values()].filter(({ kind }) => wanted(kind)).map(bindingItem);
}

export function inits(place: Place): readonly CompletionItem[] {
  return [...names(place, (kind) => kind === "init"), ...entries("init").map((each) => entryItem(each))];
}

/** `vary |`, `vary init |`, `vary init in |`. */
function varied(place: Place, words: readonly string[], behindIn: boolean): readonly CompletionItem[] {
  const slot = words.at(-2) ?? "";
  if (behindIn) return ofSlot(place, slot);
  if (words.length === 1)
    return ["model", "target", "source", "init", "train"].map((word) => wordItem(word, "slot", WORDS[word]));
  return [wordItem("in", "and its points")];
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
