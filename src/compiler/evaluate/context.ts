/** What evaluation needs beside the text: where to report, the names of every file, and what models say of themselves. */

import type { Expression } from "../../../grammar/syntax.js";
import type { Catalog } from "../../catalog/index.js";
import type { DeclaredSymbol, Scope } from "../bind/scope.js";
import type { LoadedFile } from "../load.js";
import type { Diagnostics } from "../sink.js";
import type { DatasetSpec, Experiment, ModelChoice, RecipeSpec } from "../study.js";
import type { Environment } from "./environment.js";
import type { RecipeDraft, Value } from "./values.js";

export interface ModelShape {
  readonly units: number;
  readonly layers: readonly string[];
  /** Whether it keeps running statistics of batches. */
  readonly batchNorm?: boolean;
}
/** Why there is no shape. `pending`: nobody knows yet, so it is no mistake, and whatever hangs on it is left open. */
export interface NoShape {
  readonly problem: string;
  readonly pending?: true;
}
/** What the compiler asks of src/models; a problem is a sentence about the model's parameters. */
export interface ModelFacts {
  shape(model: ModelChoice): ModelShape | NoShape;
}

/** What a profile or `--set` puts in the place of the text. */
export interface Replacement {
  readonly expression: Expression;
  readonly environment: Environment;
}
export interface Replacements {
  /** The study is not as it is written. */
  readonly any: boolean;
  /** `finetune.for`: of a declaration. */
  of(symbol: DeclaredSymbol, name: string): Replacement | undefined;
  /** All of a declaration. */
  all(symbol: DeclaredSymbol): ReadonlyMap<string, Replacement>;
}

/** An experiment with its cells found by point. */
export interface ExpandedExperiment {
  readonly experiment: Experiment;
  /** The cells at the labels of every axis in order, and of the fold where there are folds; one a repeat. */
  repeatsAt(labels: readonly string[]): readonly Experiment["cells"][number][];
}

export interface Context {
  readonly catalog: Catalog;
  readonly sink: Diagnostics;
  readonly scopes: ReadonlyMap<LoadedFile, Scope>;
  readonly models: ModelFacts;
  readonly replacements: Replacements;
  /** Caches by declaration; circles are reported once. */
  readonly declared: Map<DeclaredSymbol, Map<string, Value | "open">>;
  readonly recipes: Map<RecipeDraft, Map<DatasetSpec | undefined, RecipeSpec | undefined>>;
  /** Expands the experiment when first asked; `undefined` where it cannot be, already reported. */
  experiment(symbol: DeclaredSymbol): ExpandedExperiment | undefined;
}

export function pointKey(labels: readonly string[]): string {
  return labels.join("\u0000");
}
