/** Places where a plain name is a word of the catalogue whatever is declared: enums, metrics, splits. */

import type { Argument, Call, Expression, Setting } from "../../../grammar/syntax.js";
import { CATALOG_KINDS, type Catalog } from "../../catalog/index.js";
import type { CatalogEntry, ParameterSchema } from "../../catalog/types.js";
import { isSplit } from "../../compiler/evaluate/members.js";

/** The arguments of a catalogue entry's call whose value is one of its words. */
export function wordArguments({ callee, args }: Call, catalog: Catalog): ReadonlySet<Argument> {
  const name = callee.kind === "name" ? callee.text : "";
  const found = CATALOG_KINDS.flatMap((kind) => catalog.entry(kind, name) ?? []);
  return new Set([
    ...found.flatMap((each) => wordsOf(each, args, catalog)),
    ...(name === "bootstrap" ? args.filter((each) => each.name?.text === "method" && each.value.kind === "name") : []),
  ]);
}

/** `bootstrap(…, by: target)`, `by: [source, target]`: axes of what a derive reads, a column of the data in a measure. */
export function drawnBy({ callee, args }: Call): readonly Expression[] {
  const by =
    callee.kind === "name" && callee.text === "bootstrap" ? args.find(({ name }) => name?.text === "by") : undefined;
  const value = by?.value;
  return value === undefined ? [] : value.kind === "list" ? value.items.map((item) => item.value) : [value];
}

function wordsOf(
  { parameters, positional = [] }: CatalogEntry,
  args: readonly Argument[],
  catalog: Catalog,
): readonly Argument[] {
  let position = 0;
  return args.filter((argument) => {
    const name = argument.name?.text ?? positional[position++];
    const schema = name === undefined ? undefined : parameters[name];
    return schema !== undefined && argument.value.kind === "name" && isWord(schema, argument.value.text, catalog);
  });
}

function isWord(schema: ParameterSchema, text: string, catalog: Catalog): boolean {
  if (schema.enum !== undefined && schema.type === "string") return true;
  if (schema.anyOf?.some((each) => each.enum?.includes(text))) return true;
  switch (schema.refers) {
    case "metric":
      return catalog.entry("metric", text) !== undefined;
    case "split":
      return isSplit(text);
    case "column":
      return true;
    case "threshold":
    case "interval":
    case "dataset":
    case "state":
    case "layer":
    case "model":
    case "recipe":
    case undefined:
      return false;
    default:
      return schema.refers satisfies never;
  }
}

/** `metric top1` of a dataset. */
export function isWordSetting({ name, args }: Setting, catalog: Catalog): boolean {
  const value = args[0]?.value;
  return name.text === "metric" && value?.kind === "name" && catalog.entry("metric", value.text) !== undefined;
}
