/** Weights that fit a model and are another one's: the tensors are alike, and the head tells. */

import type { ModelEntry } from "../../../catalog/types.js";
import type { WeightsFacts } from "../../host.js";
import { diagnostic } from "../../messages.js";
import type { ModelChoice, WeightsSpec } from "../../study.js";
import type { Context } from "../lower/context.js";

/** A warning: nothing forbids anyone to train either of them on as many classes as the other was published with. */
export function checkTwins(
  context: Context,
  { path, location }: WeightsSpec,
  facts: WeightsFacts,
  { name, family }: ModelChoice,
): void {
  for (const other of twinsOf(family.id, context.catalog.entries("model"))) {
    const classes = facts.tensors[other.head]?.[0];
    if (classes !== other.classes) continue;
    context.report(diagnostic("weights-of-twin", { path, model: name, classes, other: other.model }, location));
  }
}

/** What a family may be taken for, and by how many classes weights of that are known. */
function twinsOf(family: string, models: readonly ModelEntry[]): readonly Omit<Twin, "theirs">[] {
  return models.flatMap(({ id, twin }) => {
    if (twin === undefined) return [];
    const { model, head, classes, theirs } = twin;
    if (id === family) return [{ model, head, classes: theirs }];
    return model === family ? [{ model: id, head, classes }] : [];
  });
}

type Twin = NonNullable<ModelEntry["twin"]>;
