/** Every recipe some cell trains with, once. */

import type { Location } from "../diagnostics.js";
import type { Context } from "../evaluate/context.js";
import { locate } from "../evaluate/environment.js";
import { remembered } from "../plan/memo.js";
import type { Experiment, PretrainSpec, RecipeSpec, SourceSpec } from "../study.js";

/** Where a recipe has this setting, or the recipe itself. */
export function settingPlace(context: Context, recipe: RecipeSpec, name: string): Location {
  for (const [draft, specs] of context.recipes) {
    if ([...specs.values()].includes(recipe)) {
      const use = draft.settings.get(name);
      return use === undefined ? draft.location : locate(use.environment, use.setting.span);
    }
  }
  return recipe.location;
}

const known = new WeakMap<readonly Experiment[], ReadonlySet<RecipeSpec>>();

/** Rules ask one after the other; the cells are walked once. */
export function recipesIn(experiments: readonly Experiment[]): ReadonlySet<RecipeSpec> {
  return remembered(known, experiments, () => walk(experiments));
}

function walk(experiments: readonly Experiment[]): ReadonlySet<RecipeSpec> {
  const recipes = new Set<RecipeSpec>();
  const seen = new Set<object>();
  const pretrain = (spec: PretrainSpec): void => {
    for (const stage of spec.using) {
      recipes.add(stage);
    }
    if (spec.from !== undefined) {
      source(spec.from);
    }
  };
  const source = (spec: SourceSpec): void => {
    if (spec.kind === "pretrain" && !seen.has(spec.pretrain)) {
      seen.add(spec.pretrain);
      pretrain(spec.pretrain);
    }
  };
  for (const experiment of experiments) {
    for (const cell of experiment.cells) {
      if (!seen.has(cell.train)) {
        seen.add(cell.train);
        for (const stage of cell.train) {
          recipes.add(stage);
        }
      }
      if (cell.source !== undefined) {
        source(cell.source);
      }
    }
  }
  return recipes;
}
