/** What a name in the text stands for: declarations, and what lives inside of them. */

import type { Axis, Declaration, DeclarationKind, Identifier, Span, Statement } from "../../../grammar/syntax.js";
import type { DeclaredSymbol, NamespaceSymbol } from "../../compiler/bind/scope.js";
import { isSlot } from "../../compiler/check/experiment.js";

export type SymbolKind = DeclarationKind | "namespace" | "axis" | "measure" | "parameter" | "label";

export interface NamedSymbol {
  /** The same for the same place of the same file, whoever read it. */
  readonly id: string;
  readonly kind: SymbolKind;
  readonly name: string;
  /** As the compiler shows it. */
  readonly path: string;
  /** Of the name where it is declared. */
  readonly span: Span;
  /** What it lives in, or is. */
  readonly declared?: DeclaredSymbol;
  /** A slot of the language: `model`, `init`; no other name will do. */
  readonly fixed: boolean;
}

export interface Occurrence {
  readonly span: Span;
  /** More than one where an output reads several experiments that have an axis of this name. */
  readonly symbols: readonly NamedSymbol[];
  readonly role: "declaration" | "reference";
}

export function declaredSymbol(symbol: DeclaredSymbol): NamedSymbol {
  const { span } = symbol.declaration.name;
  return make(symbol.kind, symbol.name, symbol.file.path, span, symbol);
}

export function namespaceSymbol(symbol: NamespaceSymbol, path: string, span: Span): NamedSymbol {
  return make("namespace", symbol.name, path, span);
}

export function parameterSymbols(symbol: DeclaredSymbol): ReadonlyMap<string, NamedSymbol> {
  return new Map(
    symbol.declaration.parameters.map(({ name }) => [
      name.text,
      make("parameter", name.text, symbol.file.path, name.span, symbol),
    ]),
  );
}

export interface ExperimentNames {
  /** Axes and loops, and slots that are fixed. */
  readonly axes: ReadonlyMap<string, NamedSymbol>;
  /** Of these, what varies. */
  readonly varied: ReadonlySet<string>;
  readonly measures: ReadonlyMap<string, NamedSymbol>;
  /** By axis: the labels its points were given. */
  readonly labels: ReadonlyMap<string, ReadonlyMap<string, NamedSymbol>>;
}

const known = new WeakMap<DeclaredSymbol, ExperimentNames>();

export function experimentNames(symbol: DeclaredSymbol): ExperimentNames {
  let names = known.get(symbol);
  if (names === undefined) {
    names = new Reader(symbol).names(symbol.declaration);
    known.set(symbol, names);
  }
  return names;
}

class Reader {
  readonly #varied = new Set<string>();
  readonly #axes = new Map<string, NamedSymbol>();
  readonly #measures = new Map<string, NamedSymbol>();
  readonly #labels = new Map<string, Map<string, NamedSymbol>>();

  constructor(readonly symbol: DeclaredSymbol) {}

  names(declaration: Declaration): ExperimentNames {
    for (const statement of declaration.body?.statements ?? []) this.#statement(statement);
    return { axes: this.#axes, varied: this.#varied, measures: this.#measures, labels: this.#labels };
  }

  #statement(statement: Statement): void {
    switch (statement.kind) {
      case "vary":
        for (const axis of statement.axes) this.#axis(axis);
        break;
      case "measure":
        this.#add(this.#measures, "measure", statement.name);
        for (const axis of statement.loops) this.#axis(axis);
        break;
      case "setting":
        if (isSlot(statement.name.text)) this.#add(this.#axes, "axis", statement.name);
        break;
      case "tune":
      case "where":
      case "assignment":
      case "rule":
        break;
      default:
        statement satisfies never;
    }
  }

  #axis(axis: Axis): void {
    const name = axis.kind === "tuple-axis" ? axis.name : axis.path.segments[0];
    if (name === undefined) return;
    this.#add(this.#axes, "axis", name);
    this.#varied.add(name.text);
    if (axis.kind === "tuple-axis") for (const slot of axis.slots) this.#add(this.#axes, "axis", slot);
    const labels = new Map<string, NamedSymbol>();
    for (const { name: label } of axis.values.kind === "list" ? axis.values.items : []) {
      if (label !== undefined) this.#add(labels, "label", label);
    }
    this.#labels.set(name.text, labels);
  }

  #add(names: Map<string, NamedSymbol>, kind: SymbolKind, { text, span }: Identifier): void {
    if (text === "" || names.has(text)) return;
    names.set(text, make(kind, text, this.symbol.file.path, span, this.symbol));
  }
}

function make(kind: SymbolKind, name: string, path: string, span: Span, declared?: DeclaredSymbol): NamedSymbol {
  const fixed = kind === "axis" && (isSlot(name) || name === "labels");
  const id = `${path}#${span.start}:${kind}`;
  return { id, kind, name, path, span, fixed, ...(declared === undefined ? {} : { declared }) };
}
