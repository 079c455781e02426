/**
 * The paths a profile or `--set` may name: `repeats`, `finetune.for`, `finetune.lr`, `depth.n`, the grid of a `tune` as
 * `main.finetune.lr`, `digits.metric`, a param, or a data set, model, source or recipe as a whole.
 */

import type { Declaration } from "../../../grammar/syntax.js";
import type { DeclaredSymbol, Scope } from "../bind/scope.js";
import { SLOTS } from "../check/experiment.js";
import { optimizerParameters, RECIPE_SETTINGS } from "../check/recipe.js";

export interface SettablePath {
  readonly path: string;
  /** Absent for the study's own `seed` and `repeats`. */
  readonly symbol?: DeclaredSymbol;
  /** Within the declaration; empty for all of it. */
  readonly name: string;
}

export function settablePaths(scope: Scope): ReadonlyMap<string, SettablePath> {
  const paths: SettablePath[] = ["seed", "repeats"].map((name) => ({ path: name, name }));
  for (const binding of scope.names.values()) {
    if (binding.kind === "namespace") {
      for (const symbol of binding.members.values()) {
        paths.push(...pathsOf(symbol, `${binding.name}.`));
      }
    } else {
      paths.push(...pathsOf(binding, ""));
    }
  }
  return new Map(paths.map((each) => [each.path, each]));
}

function pathsOf(symbol: DeclaredSymbol, prefix: string): readonly SettablePath[] {
  const named = (names: readonly string[]): readonly SettablePath[] =>
    names.map((name) => ({ path: `${prefix}${symbol.name}.${name}`, symbol, name }));
  switch (symbol.kind) {
    case "param":
      return [{ path: `${prefix}${symbol.name}`, symbol, name: "" }];
    case "recipe":
      return [...whole(symbol, prefix), ...named([...RECIPE_SETTINGS, ...optimizerParameters()])];
    case "dataset":
      return [...whole(symbol, prefix), ...named(["metric"])];
    case "model":
    case "source":
      return whole(symbol, prefix);
    case "experiment":
      return named(experimentNames(symbol.declaration));
    default:
      return [];
  }
}

/** `aptos = digits`: another of its kind in its place; one that takes arguments has no single value to replace. */
function whole(symbol: DeclaredSymbol, prefix: string): readonly SettablePath[] {
  return symbol.declaration.parameters.length > 0 ? [] : [{ path: `${prefix}${symbol.name}`, symbol, name: "" }];
}

const SETTABLE: readonly string[] = [...SLOTS, "labels", "folds"];

function experimentNames(declaration: Declaration): readonly string[] {
  const names: string[] = [];
  for (const statement of declaration.body?.statements ?? []) {
    if (statement.kind === "vary" || statement.kind === "tune") {
      for (const axis of statement.axes) {
        names.push(axis.kind === "axis" ? axis.path.segments.map((each) => each.text).join(".") : axis.name.text);
      }
    } else if (statement.kind === "setting" && SETTABLE.includes(statement.name.text)) {
      names.push(statement.name.text);
    }
  }
  return names;
}
