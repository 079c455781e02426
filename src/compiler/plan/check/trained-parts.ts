/** Recipes that name parts a model has not, train nothing of it, or freeze half of a norm's statistics. */

import type { ModelInfo } from "../../../models/types.js";
import { diagnostic } from "../../messages.js";
import type { PartSet, RecipeSpec } from "../../study.js";
import type { Context } from "../lower/context.js";
import type { LoweredModel } from "../lower/models.js";
import { mayBeEmpty, type TensorSet } from "../parts/select.js";

interface SetTally {
  readonly recipe: RecipeSpec;
  readonly set: PartSet;
  readonly setting: string;
  /** By model: the most tensors it named, over all its points. */
  readonly models: Map<string, number>;
}

/** Seen while lowering, judged when all cells are known. A set is its place in the text, as a rule is. */
export class TrainedUse {
  readonly sets = new Map<string, SetTally>();
  readonly frozen: { readonly recipe: RecipeSpec; readonly frozen: TensorSet; readonly model: LoweredModel }[] = [];

  see(recipe: RecipeSpec, set: PartSet, setting: string, named: number, { name }: LoweredModel): void {
    const { path, span } = set.location;
    const place = `${path}:${span.start}`;
    const tally = this.sets.get(place) ?? { recipe, set, setting, models: new Map<string, number>() };
    this.sets.set(place, tally);
    tally.models.set(name, Math.max(named, tally.models.get(name) ?? 0));
  }

  seeFrozen(recipe: RecipeSpec, frozen: TensorSet, model: LoweredModel): void {
    this.frozen.push({ recipe, frozen, model });
  }
}

export function checkTrainedParts(context: Context): void {
  for (const { recipe, set, setting, models } of context.trained.sets.values()) {
    if (set.parts.every(mayBeEmpty)) continue;
    const empty = [...models].filter(([, named]) => named === 0).map(([model]) => model);
    if (empty.length === 0) continue;
    const parameters = { setting, recipe: recipe.name, model: empty.join(", ") };
    context.report(diagnostic("parts-match-nothing", parameters, set.location));
  }
  for (const { recipe, frozen, model } of context.trained.frozen) {
    const { tensors } = model.info;
    const location = (recipe.trainable ?? recipe.freeze ?? recipe).location;
    if (!tensors.some(({ trainable }, index) => trainable && !frozen[index])) {
      const label = `all ${tensors.length} tensors are frozen`;
      context.report(diagnostic("nothing-trained", { recipe: recipe.name, model: model.name, label }, location));
    }
    for (const half of halfFrozen(model.info, frozen)) {
      context.report(diagnostic("norm-half-frozen", { recipe: recipe.name, model: model.name, ...half }, location));
      break; // the others are alike
    }
  }
}

function halfFrozen(info: ModelInfo, frozen: TensorSet) {
  const norms = new Map<string, { readonly frozen: string[]; readonly free: string[] }>();
  info.tensors.forEach(({ name, trainable }, index) => {
    if (trainable) return;
    const [last = "", norm] = [name.split(".").at(-1), name.split(".").slice(0, -1).join(".")];
    const seen = norms.get(norm) ?? { frozen: [], free: [] };
    norms.set(norm, seen);
    (frozen[index] ? seen.frozen : seen.free).push(last);
  });
  return [...norms].flatMap(([norm, { frozen: held, free }]) =>
    held.length > 0 && free.length > 0 ? [{ norm, frozen: held.join(", "), free: free.join(", ") }] : [],
  );
}
