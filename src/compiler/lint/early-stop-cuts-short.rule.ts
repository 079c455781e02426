import type { Duration } from "../../catalog/types.js";
import { diagnostic } from "../messages.js";
import type { Experiment, RecipeSpec } from "../study.js";
import { settingPlace } from "./recipes.js";
import type { LintRule } from "./rule.js";
import { checks, durationIn, inUnitOf } from "./stopping.js";

/** Who learns slowly is stopped before what is written for it has happened. */
export const earlyStopCutsShort: LintRule = {
  name: "early-stop-cuts-short",
  why: "A training from scratch learns more slowly than one from transferred weights, and stands still for longer before it gets on. Where patience ends before the warm-up does, before a plateau has lowered the rate and had time to act, or before the next unit is unfrozen, the slower init is cut short and the comparison is one of patience. Prechelt found that slower criteria generalize better, for several times the training. The rule looks at experiments of several inits whose recipe stops early, and compares `patience` (and `after`) with the warm-up, with twice the plateau's patience and with `unfreeze`, where they count the same thing.",
  references: [
    "Prechelt (1998). Early stopping – but when? In: Neural Networks: Tricks of the Trade, Springer.",
    "He, Girshick, Dollár (2019). Rethinking ImageNet pre-training. ICCV.",
  ],
  check({ context, experiments }) {
    const told = new Set<RecipeSpec>();
    for (const experiment of experiments.filter(comparesInits)) {
      for (const recipe of new Set(experiment.cells.flatMap(({ train }) => train))) {
        const before = told.has(recipe) ? undefined : endsBefore(recipe);
        told.add(recipe);
        if (before === undefined) continue;
        const patience = checks(durationIn(recipe.stop, "patience")?.value ?? 0);
        const parameters = { recipe: recipe.name, experiment: experiment.name, patience, ...before };
        context.sink.report(diagnostic("early-stop-cuts-short", parameters, settingPlace(context, recipe, "stop")));
      }
    }
  },
};

function comparesInits({ cells }: Experiment): boolean {
  return new Set(cells.map(({ init }) => init.name)).size > 1;
}

/** What may not have happened yet when patience is over. */
function endsBefore(recipe: RecipeSpec): { readonly before: string; readonly remedy: string } | undefined {
  const patience = durationIn(recipe.stop, "patience");
  const after = durationIn(recipe.stop, "after");
  if (patience === undefined || after === undefined) return undefined;
  const isSooner = (than: Duration): boolean => {
    const [counted, uncounted] = [inUnitOf(patience, than, recipe), inUnitOf(after, than, recipe)];
    return counted !== undefined && uncounted !== undefined && counted + uncounted < than.value;
  };
  const text = ({ value, unit }: Duration) => `${value} ${unit}`;
  const warmup = durationIn(
    recipe.schedule.find(({ id }) => id === "warmup"),
    "duration",
  );
  if (warmup !== undefined && isSooner(warmup)) {
    return { before: `the warm-up of ${text(warmup)} is over`, remedy: `\`after: ${text(warmup)}\`` };
  }
  const plateau = durationIn(
    recipe.schedule.find(({ id }) => id === "plateau"),
    "patience",
  );
  if (plateau?.unit === "checks" && patience.value < 2 * plateau.value) {
    const before = `a rate that \`plateau\` lowers after ${checks(plateau.value)} has had as long to act`;
    return { before, remedy: `\`patience: ${2 * plateau.value} checks\`` };
  }
  const { unfreeze } = recipe;
  if (unfreeze !== undefined && isSooner(unfreeze)) {
    return {
      before: `the next unit is unfrozen, every ${text(unfreeze)}`,
      remedy: "an `after:` by which all units are",
    };
  }
  return undefined;
}
