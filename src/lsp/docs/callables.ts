/** Whatever takes arguments in parentheses: the catalogue's entries, declarations with parameters, sources. */

import { type FunctionEntry, type FunctionParameter, functionNamed } from "../../catalog/functions/index.js";
import { CATALOG_KINDS } from "../../catalog/index.js";
import type { CatalogEntry, CatalogKind, ParameterSchema } from "../../catalog/types.js";
import { SPLIT_CLASSES } from "../../compiler/check/class-parts.js";
import { FEATURES } from "../../compiler/check/features.js";
import { PREDICTIONS } from "../../compiler/check/predictions.js";
import { PRETRAIN } from "../../compiler/check/pretrain.js";
import { WEIGHTS } from "../../compiler/check/source.js";
import { TAKE } from "../../compiler/check/subset.js";
import type { View } from "../workspace/workspace.js";

export interface CallableParameter {
  readonly name: string;
  readonly description: string;
  readonly schema?: ParameterSchema;
  /** Of a function of the language. */
  readonly takes?: FunctionParameter["takes"];
  readonly required: boolean;
  readonly positional: boolean;
}
export interface Callable {
  readonly id: string;
  readonly doc: string;
  readonly parameters: readonly CallableParameter[];
  readonly entry?: CatalogEntry;
}

const SOURCES: readonly (Pick<CatalogEntry, "id" | "required" | "positional"> & {
  readonly doc: string;
  readonly parameters: { readonly [name: string]: { readonly description: string } };
})[] = [
  {
    ...PRETRAIN,
    doc: "A training on another dataset: its states are sources. Shared by all repeats unless `repeats: own`.",
  },
  PREDICTIONS,
  FEATURES,
  { ...WEIGHTS, doc: "A checkpoint from a file or a hub." },
  {
    ...SPLIT_CLASSES,
    doc: "Classes dealt at random into parts: `D where class in split_classes(parts: [a, b], draw: 1)[a]`.",
  },
  {
    id: "at",
    doc: "The state of a pretraining at one of the checkpoints it keeps.",
    parameters: { when: { description: "an amount of training like `10 epochs`." } },
    required: ["when"],
    positional: ["when"],
  },
  {
    ...TAKE,
    doc: "The dataset with some of its training images, drawn anew for each repeat; smaller ones lie within larger ones.",
  },
];

/** What makes a source or changes a data set. */
export function sourceCallable(id: string): Callable {
  const found = SOURCES.find((each) => each.id === id);
  return { id, doc: found?.doc ?? "", parameters: found === undefined ? [] : parametersOf(found) };
}

/**
 * `prefer` is the kind the place asks for: `none` is an augmentation in `augment`. `gives` tells `log` of a number from
 * `log(1e-4..1e-1, 7 points)`.
 */
export function callableOf(
  view: View,
  callee: readonly string[],
  prefer?: CatalogKind,
  gives: FunctionEntry["gives"] = "numbers",
): Callable | undefined {
  const name = callee.at(-1);
  if (name === undefined) return undefined;
  const declared = declaredCallable(view, callee);
  if (declared !== undefined) return declared;
  if (callee.length > 1 && name !== "at") return undefined;
  const preferred = prefer && view.catalog.entry(prefer, name);
  if (preferred !== undefined) return entryCallable(preferred);
  const made = functionNamed(name, gives);
  if (made !== undefined) return functionCallable(made);
  const found = CATALOG_KINDS.map((kind) => view.catalog.entry(kind, name)).find((each) => each !== undefined);
  if (found !== undefined) return entryCallable(found);
  const source = SOURCES.find(({ id }) => id === name);
  return source && { ...source, parameters: parametersOf(source) };
}

export function entryCallable(found: CatalogEntry): Callable {
  return { id: found.id, doc: found.doc, parameters: parametersOf(found), entry: found };
}

export function functionCallable(found: FunctionEntry): Callable {
  return { id: found.id, doc: found.doc, parameters: parametersOf(found) };
}

function parametersOf({
  parameters,
  required = [],
  positional = [],
}: {
  readonly parameters: { readonly [name: string]: FunctionParameter | { readonly description: string } };
  readonly required?: readonly string[];
  readonly positional?: readonly string[];
}): readonly CallableParameter[] {
  return Object.entries(parameters).map(([name, schema]) => ({
    name,
    description: schema.description,
    schema,
    ...("takes" in schema && schema.takes !== undefined ? { takes: schema.takes } : {}),
    required: required.includes(name),
    positional: positional.includes(name),
  }));
}

function declaredCallable({ scope }: View, callee: readonly string[]): Callable | undefined {
  const [first = "", second] = callee;
  const bound = scope.names.get(first);
  const own = callee.length === 1 ? bound : undefined;
  const symbol = bound?.kind === "namespace" ? bound.members.get(second ?? "") : own;
  if (symbol === undefined || !("declaration" in symbol) || symbol.declaration.parameters.length === 0)
    return undefined;
  const { parameters } = symbol.declaration;
  return {
    id: symbol.name,
    doc: `${symbol.kind} declared in ${symbol.file.path}`,
    parameters: parameters.map(({ name, type }) => ({
      name: name.text,
      description: symbol.file.text.slice(type.span.start, type.span.end),
      required: true,
      positional: parameters.length === 1,
    })),
  };
}
