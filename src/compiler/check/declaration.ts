/** Every declaration of the study's own file is checked, used or not; parameters stand for any value of their type. */

import type { DeclaredSymbol } from "../bind/scope.js";
import type { Context } from "../evaluate/context.js";
import { parameterTypes, readDeclaration } from "../evaluate/declarations.js";
import { type Environment, locate } from "../evaluate/environment.js";
import { diagnostic, didYouMean } from "../messages.js";
import { finishRecipe } from "./recipe.js";

const WITH_PARAMETERS = ["dataset", "model", "source", "part", "init", "recipe"];

export function checkDeclaration(context: Context, symbol: DeclaredSymbol, environment: Environment): void {
  checkParameters(context, symbol, environment);
  checkFrom(context, symbol, environment);
  switch (symbol.kind) {
    case "experiment":
      context.experiment(symbol);
      break;
    case "param":
    case "dataset":
    case "model":
    case "source":
    case "part":
    case "init":
    case "recipe":
    case "group": {
      const value = readDeclaration(context, symbol, environment);
      for (const stage of value.kind === "recipe" ? value.stages : []) {
        finishRecipe(context, stage, undefined);
      }
      break;
    }
    case "derive":
    case "table":
    case "figure":
    case "profile":
      break;
    default:
      symbol.kind satisfies never;
  }
}

function checkParameters(context: Context, symbol: DeclaredSymbol, environment: Environment): void {
  const { parameters } = symbol.declaration;
  const [first] = parameters;
  if (first !== undefined && !WITH_PARAMETERS.includes(symbol.kind)) {
    context.sink.report(diagnostic("parameters-not-here", { kind: symbol.kind }, locate(environment, first.span)));
  }
  const seen = new Set<string>();
  for (const { name, type } of parameters) {
    if (seen.has(name.text)) {
      context.sink.report(diagnostic("argument-twice", { name: name.text }, locate(environment, name.span)));
    }
    seen.add(name.text);
    if (type.kind === "name" && !parameterTypes().includes(type.text)) {
      const hint = didYouMean(type.text, parameterTypes());
      context.sink.report(diagnostic("parameter-type", { name: type.text }, locate(environment, type.span), { hint }));
    }
  }
}

/** Only data sets and outputs are made `from` something. */
function checkFrom(context: Context, symbol: DeclaredSymbol, environment: Environment): void {
  const [first] = symbol.declaration.from;
  if (first !== undefined && !["dataset", "table", "figure"].includes(symbol.kind)) {
    context.sink.report(
      diagnostic("clause-not-here", { name: symbol.kind, preposition: "from" }, locate(environment, first.span)),
    );
  }
}
