/** Reading the settings of a table, figure or mark: each at most once, none unknown. */

import type { Argument, Block, Declaration, Expression, Setting, Spanned } from "../../../grammar/syntax.js";
import { didYouMean } from "../messages.js";
import type { Axis } from "../study.js";
import { axisNamed, chainOf } from "./references.js";
import type { Names, Scope, SlicedTable } from "./scope.js";
import { readSlice } from "./slices.js";
import { expressionText } from "./text.js";

export interface Settings {
  /** Whether all could be read; what follows from one that could not is not said again. */
  readonly complete: boolean;
  /** The setting of this name, or undefined. */
  one(name: string): Setting | undefined;
  /** All of these names, in order. */
  all(names: readonly string[]): readonly Setting[];
}

/** `once` may stand once, `many` any number of times; anything else is reported. */
export function readSettings(
  names: Names,
  scope: { readonly path: string },
  what: string,
  block: Block | undefined,
  allowed: { readonly once: readonly string[]; readonly many: readonly string[] },
): Settings {
  const found: Setting[] = [];
  let complete = true;
  for (const statement of block?.statements ?? []) {
    if (statement.kind !== "setting") {
      names.report(scope, statement, "not-a-setting", { what });
      complete = false;
      continue;
    }
    const name = statement.name.text;
    if (!allowed.once.includes(name) && !allowed.many.includes(name)) {
      const known = [...allowed.once, ...allowed.many];
      const extras = names.respelling(scope, statement.name, name, known);
      names.report(
        scope,
        statement.name,
        "unknown-output-setting",
        { name, what, hint: didYouMean(name, known) },
        extras,
      );
      complete = false;
      continue;
    }
    if (allowed.once.includes(name) && found.some((each) => each.name.text === name)) {
      names.report(scope, statement.name, "setting-twice", { name });
      continue;
    }
    found.push(statement);
  }
  return {
    complete,
    one: (name) => found.find((each) => each.name.text === name),
    all: (wanted) => found.filter((each) => wanted.includes(each.name.text)),
  };
}

/** The setting's single unnamed value. */
export function onlyValue(names: Names, scope: { readonly path: string }, setting: Setting): Expression | undefined {
  const [first, second] = setting.args;
  if (first === undefined || second !== undefined || first.name !== undefined) {
    const at: Spanned = second ?? first ?? setting.name;
    names.report(scope, at, "one-value-wanted", oneValue(setting, first));
    return undefined;
  }
  return first.value.kind === "missing" ? undefined : first.value;
}

/** What is told of none, several, or one with a name. */
function oneValue({ name: { text: name }, args }: Setting, first: Argument | undefined) {
  if (first === undefined)
    return { name, wanted: "one value", label: "none is given", hint: "write it behind the word." };
  const hint = `\`${name} ${expressionText(first.value)}\`.`;
  return args.length > 1
    ? { name, wanted: "one value", label: "one too many", hint }
    : { name, wanted: "a value without a name", label: "leave the name out", hint };
}

/** One of a few words. */
export function oneWord<T extends string>(
  names: Names,
  scope: { readonly path: string },
  setting: Setting,
  words: readonly T[],
): T | undefined {
  const value = onlyValue(names, scope, setting);
  if (value === undefined) {
    return undefined;
  }
  const text = expressionText(value);
  const word = words.find((each) => each === text);
  if (word === undefined) {
    const hint = didYouMean(text, words);
    const extras = names.respelling(scope, value, text, words);
    names.report(scope, value, "unknown-word", { name: text, setting: setting.name.text, hint }, extras);
  }
  return word;
}

/** `rows model, init`: axes of the tables shown. Undefined where one is wrong. */
export function readAxes(names: Names, scope: Scope, values: readonly Expression[]): readonly Axis[] | undefined {
  const axes: Axis[] = [];
  let broken = false;
  for (const value of values) {
    if (value.kind === "missing") {
      broken = true;
      continue;
    }
    const name = expressionText(value);
    const axis = axisNamed(scope, name);
    if (axis === undefined) {
      const replicate = name === "repeat" || name === "fold";
      const known = scope.axes.map((each) => each.name);
      const hint = replicate ? "replicates are averaged, never shown as an axis" : didYouMean(name, known);
      const table = scope.from.map((each) => each.signature.name).join(", ");
      const extras = replicate ? {} : names.respelling(scope, value, name, known);
      names.report(scope, value, "unknown-axis", { name, table, hint }, extras);
      broken = true;
    } else if (axes.includes(axis)) {
      names.report(scope, value, "axis-placed-twice", { axis: name });
      broken = true;
    } else {
      axes.push(axis);
    }
  }
  return broken ? undefined : axes;
}

/** `from main[init: WT], gain`. Undefined where one is wrong. */
export function readFrom(
  names: Names,
  path: string,
  values: readonly Expression[],
): readonly SlicedTable[] | undefined {
  const scope: Scope = { path, from: [], columns: [], axes: [] };
  const tables: SlicedTable[] = [];
  let broken = false;
  for (const value of values) {
    const table = readSlicedTable(names, scope, value);
    if (table === undefined) {
      broken = true;
    } else {
      tables.push(table);
    }
  }
  return broken ? undefined : tables;
}

function readSlicedTable(names: Names, scope: Scope, value: Expression): SlicedTable | undefined {
  if (value.kind === "missing") {
    return undefined;
  }
  const chain = chainOf(value);
  if (chain === undefined || chain.members.length > 0) {
    names.report(scope, value, "not-a-table", { what: expressionText(value) });
    return undefined;
  }
  const name = chain.root.text;
  if (!names.has(name)) {
    names.reportUnknownTable(scope, chain.root, name);
    return undefined;
  }
  const signature = names.table(name);
  if (signature === undefined) {
    return undefined;
  }
  const slice = readSlice(names, scope, signature, chain.slices, {});
  return slice && { signature, slice };
}

/** Reports a declaration that names no table to show. */
export function needsFrom(names: Names, path: string, declaration: Declaration, example: string): void {
  names.report({ path }, declaration.name, "nothing-to-show-from", { name: declaration.name.text, example });
}
