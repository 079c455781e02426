/** Every name in a file, and what it stands for. Works on broken texts: what cannot be told is left out. */

import type {
  Axis,
  Block,
  Call,
  Declaration,
  Expression,
  Identifier,
  Index,
  Item,
  Setting,
  Span,
  Statement,
} from "../../../grammar/syntax.js";
import { BUILTIN, type Catalog } from "../../catalog/index.js";
import type { Binding, DeclaredSymbol, Scope } from "../../compiler/bind/scope.js";
import type { LoadedFile } from "../../compiler/load.js";
import { bindingOf, experimentsOf } from "./experiments.js";
import { partsOf } from "./parts.js";
import { drawnBy, isWordSetting, wordArguments } from "./positions.js";
import {
  declaredSymbol,
  experimentNames,
  type NamedSymbol,
  namespaceSymbol,
  type Occurrence,
  parameterSymbols,
} from "./symbols.js";

export interface FileNames {
  /** In the order of the text. */
  readonly occurrences: readonly Occurrence[];
  /** Plain names nothing declares: words of the catalogue, or slips. */
  readonly words: ReadonlySet<string>;
}

type Scopes = ReadonlyMap<LoadedFile, Scope>;

interface Local {
  readonly symbol: NamedSymbol;
  readonly next: Local | undefined;
}
interface Env {
  readonly locals: Local | undefined;
  /** Experiments whose axes and measures can be read by their bare names. */
  readonly tables: readonly DeclaredSymbol[];
}
const EMPTY: Env = { locals: undefined, tables: [] };

export function fileNames(file: LoadedFile, scopes: Scopes, catalog: Catalog = BUILTIN): FileNames {
  const scope = scopes.get(file);
  return scope === undefined ? { occurrences: [], words: new Set() } : new Resolver(scope, scopes, catalog).run(file);
}

class Resolver {
  readonly #occurrences: Occurrence[] = [];
  readonly #words = new Set<string>();

  constructor(
    readonly scope: Scope,
    readonly scopes: Scopes,
    readonly catalog: Catalog,
  ) {}

  run(file: LoadedFile): FileNames {
    for (const item of file.syntax.items) this.#item(item);
    this.#occurrences.sort((a, b) => a.span.start - b.span.start || a.span.end - b.span.end);
    return { occurrences: this.#occurrences, words: this.#words };
  }

  #item(item: Item): void {
    switch (item.kind) {
      case "study":
        this.#block(item.body, EMPTY);
        break;
      case "import":
        for (const name of item.names ?? []) this.#bound(name.span, this.scope.names.get(name.text), "reference");
        if (item.alias !== undefined)
          this.#bound(item.alias.span, this.scope.names.get(item.alias.text), "declaration");
        break;
      case "declaration":
        this.#declaration(item);
        break;
      default:
        item satisfies never;
    }
  }

  #declaration(item: Declaration): void {
    const symbol: DeclaredSymbol = this.#symbolOf(item);
    if (item.name.text !== "") this.#add(item.name.span, [declaredSymbol(symbol)], "declaration");
    let env = EMPTY;
    for (const [index, parameter] of [...parameterSymbols(symbol).values()].entries()) {
      env = withLocal(env, parameter);
      this.#add(parameter.span, [parameter], "declaration");
      const type = item.parameters[index]?.type;
      if (type !== undefined && type.kind !== "name") this.#expression(type, EMPTY);
    }
    for (const from of item.from) {
      // An adapter is one whatever is declared under its name.
      const isAdapter = item.keyword === "dataset" && from.kind === "call" && from.callee.kind === "name";
      if (isAdapter) this.#arguments(from, env);
      else this.#expression(from, env);
    }
    if (item.keyword === "experiment") {
      this.#experiment(symbol, env);
      return;
    }
    if (item.keyword === "derive" || item.keyword === "table" || item.keyword === "figure") {
      const read = item.keyword === "derive" ? (item.value === undefined ? [] : [item.value]) : item.from;
      env = { ...env, tables: experimentsOf(read, this.scope, this.scopes) };
    }
    if (item.value !== undefined) this.#expression(item.value, env);
    if (item.body !== undefined) this.#block(item.body, env);
  }

  /** The one the binder made; of two with one name it made only the first. */
  #symbolOf(item: Declaration): DeclaredSymbol {
    const own = [this.scope.own.get(item.name.text), this.scope.own.get(`${item.keyword} ${item.name.text}`)];
    return (
      own.find((each) => each?.declaration === item) ?? {
        kind: item.keyword,
        name: item.name.text,
        declaration: item,
        file: this.scope.file,
      }
    );
  }

  #experiment(symbol: DeclaredSymbol, outer: Env): void {
    const { axes, measures, labels } = experimentNames(symbol);
    let env = outer;
    for (const axis of axes.values()) env = withLocal(env, axis);
    // a state of another experiment is taken where axes of one name agree: they keep one name
    const read = experimentsOf(symbol.declaration.body?.statements ?? [], this.scope, this.scopes);
    for (const axis of axes.values()) {
      const joined = read.flatMap((other) =>
        other === symbol ? [] : (experimentNames(other).axes.get(axis.name) ?? []),
      );
      this.#add(axis.span, [axis, ...joined], "declaration");
    }
    for (const each of [...measures.values(), ...[...labels.values()].flatMap((all) => [...all.values()])])
      this.#add(each.span, [each], "declaration");
    for (const statement of symbol.declaration.body?.statements ?? []) this.#statement(statement, env);
  }

  #block(block: Block, env: Env): void {
    for (const statement of block.statements) this.#statement(statement, env);
  }

  #statement(statement: Statement, env: Env): void {
    switch (statement.kind) {
      case "vary":
        for (const axis of statement.axes) this.#axis(axis, env);
        break;
      case "tune":
        for (const axis of statement.axes) {
          if (axis.kind === "axis") this.#path(axis.path.segments);
          this.#axis(axis, env);
        }
        this.#block(statement.body, env);
        break;
      case "measure":
        for (const axis of statement.loops) {
          this.#loopAgain(axis, env);
          this.#axis(axis, env);
        }
        this.#expression(statement.value, env);
        break;
      case "where":
        this.#expression(statement.condition, env);
        break;
      case "assignment":
        this.#path(statement.path.segments);
        this.#expression(statement.value, env);
        break;
      case "rule":
        for (const part of [...statement.parts, ...statement.except]) this.#expression(part, env);
        this.#expression(statement.source, env);
        break;
      case "setting":
        this.#setting(statement, env);
        break;
      default:
        statement satisfies never;
    }
  }

  /** Loops of several measures that share a name are one axis to whatever reads the experiment, and keep one name. */
  #loopAgain(axis: Axis, env: Env): void {
    const name = axis.kind === "axis" ? axis.path.segments[0] : axis.name;
    if (name === undefined) return;
    for (let each = env.locals; each !== undefined; each = each.next) {
      if (each.symbol.name !== name.text) continue;
      if (each.symbol.span.start !== name.span.start) this.#add(name.span, [each.symbol], "reference");
      return;
    }
  }

  #axis(axis: Axis, env: Env): void {
    this.#expression(axis.values, env);
  }

  #setting(setting: Setting, outer: Env): void {
    const from = setting.clauses.flatMap(({ preposition, values }) => (preposition === "from" ? values : []));
    const env = from.length === 0 ? outer : { ...outer, tables: experimentsOf(from, this.scope, this.scopes) };
    if (!isWordSetting(setting, this.catalog))
      for (const argument of setting.args) this.#expression(argument.value, env);
    for (const clause of setting.clauses) for (const value of clause.values) this.#expression(value, env);
    if (setting.body !== undefined) this.#block(setting.body, env);
  }

  /** `finetune.for`, `depth.n`, the grid `main.finetune.lr`, `m.finetune.for`, `resnet18`. */
  #path(segments: readonly Identifier[]): void {
    const [first, ...others] = segments;
    if (first === undefined) return;
    let bound: Binding | undefined = this.scope.names.get(first.text);
    this.#bound(first.span, bound, "reference");
    for (const [index, segment] of others.entries()) {
      if (bound?.kind === "namespace") {
        bound = bound.members.get(segment.text);
        this.#bound(segment.span, bound, "reference");
      } else if (bound?.kind === "experiment") {
        const axis = experimentNames(bound).axes.get(segment.text);
        if (axis !== undefined) this.#add(segment.span, [axis], "reference");
        else this.#path(others.slice(index));
        return;
      } else {
        return;
      }
    }
  }

  #expression(expression: Expression, env: Env): void {
    switch (expression.kind) {
      case "name":
        this.#name(expression.text, expression.span, env);
        break;
      case "member":
        this.#expression(expression.object, env);
        this.#member(expression.object, expression.name);
        break;
      case "call":
        this.#expression(expression.callee, env);
        this.#arguments(expression, env);
        break;
      case "index":
        this.#expression(expression.object, env);
        this.#slice(expression, env);
        break;
      case "with":
        this.#expression(expression.base, env);
        if ("statements" in expression.change) this.#block(expression.change, env);
        else this.#expression(expression.change, env);
        break;
      default:
        for (const part of partsOf(expression)) this.#expression(part, env);
    }
  }

  #name(text: string, span: Span, env: Env): void {
    for (let each = env.locals; each !== undefined; each = each.next) {
      if (each.symbol.name === text) {
        this.#add(span, [each.symbol], "reference");
        return;
      }
    }
    const columns = env.tables.flatMap((table) => {
      const { axes, measures } = experimentNames(table);
      return axes.get(text) ?? measures.get(text) ?? [];
    });
    if (columns.length > 0) {
      this.#add(span, columns, "reference");
      return;
    }
    const bound = this.scope.names.get(text);
    if (bound === undefined) this.#words.add(text);
    else this.#bound(span, bound, "reference");
  }

  #member(object: Expression, name: Identifier): void {
    const target = bindingOf(object, this.scope);
    if (target?.kind === "namespace") this.#bound(name.span, target.members.get(name.text), "reference");
    if (target?.kind !== "experiment") return;
    const measure = experimentNames(target).measures.get(name.text);
    if (measure !== undefined) this.#add(name.span, [measure], "reference");
  }

  #arguments(call: Call, env: Env): void {
    const target = bindingOf(call.callee, this.scope);
    const parameters = target === undefined || target.kind === "namespace" ? undefined : parameterSymbols(target);
    const words = target === undefined ? wordArguments(call, this.catalog) : undefined;
    const units = target === undefined ? drawnBy(call) : [];
    for (const argument of call.args) {
      const { name, value } = argument;
      const parameter = name && parameters?.get(name.text);
      if (name !== undefined && parameter !== undefined) this.#add(name.span, [parameter], "reference");
      if (name?.text === "by" && units.length > 0) for (const unit of units) this.#unit(unit, env);
      else if (words?.has(argument) && value.kind === "name") this.#word(value.text, value.span, env);
      else this.#expression(value, env);
    }
  }

  /** An axis of what is read, or else a word: `repeat`, a column of the data. */
  #unit(unit: Expression, env: Env): void {
    if (unit.kind !== "name") {
      this.#expression(unit, env);
      return;
    }
    const axes = env.tables.flatMap((table) => experimentNames(table).axes.get(unit.text) ?? []);
    if (axes.length > 0) this.#add(unit.span, axes, "reference");
    else this.#word(unit.text, unit.span, env);
  }

  /** A word of the catalogue, unless something nearer than a declaration has its name. */
  #word(text: string, span: Span, env: Env): void {
    for (let each = env.locals; each !== undefined; each = each.next) {
      if (each.symbol.name === text) {
        this.#add(span, [each.symbol], "reference");
        return;
      }
    }
    this.#words.add(text);
  }

  /** `main.test[init: WT]`: an axis, and a point of it by its label or by the name it was written with. */
  #slice({ object, args }: Index, env: Env): void {
    const tables = experimentsOf([object], this.scope, this.scopes);
    for (const { name, value } of args) {
      const axes = tables.flatMap((table) => (name && experimentNames(table).axes.get(name.text)) ?? []);
      if (name !== undefined && axes.length > 0) this.#add(name.span, axes, "reference");
      const labels =
        name !== undefined && value.kind === "name"
          ? tables.flatMap((table) => experimentNames(table).labels.get(name.text)?.get(value.text) ?? [])
          : [];
      if (labels.length > 0) this.#add(value.span, labels, "reference");
      else this.#expression(value, name === undefined ? env : { ...env, tables: [] });
    }
  }

  #bound(span: Span, bound: Binding | undefined, role: Occurrence["role"]): void {
    if (bound === undefined) return;
    if (bound.kind === "namespace") {
      const item = this.scope.file.imports.find((each) => each.item.alias?.text === bound.name)?.item;
      if (item?.alias !== undefined) {
        this.#add(span, [namespaceSymbol(bound, this.scope.file.path, item.alias.span)], role);
      }
      return;
    }
    this.#add(span, [declaredSymbol(bound)], role);
  }

  #add(span: Span, symbols: readonly NamedSymbol[], role: Occurrence["role"]): void {
    if (span.end > span.start) this.#occurrences.push({ span, symbols, role });
  }
}

function withLocal(env: Env, symbol: NamedSymbol): Env {
  return { ...env, locals: { symbol, next: env.locals } };
}
