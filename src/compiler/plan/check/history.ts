/** A probe of the training's history reads what the recipe's checks measured, and nothing else. */

import type { Diagnostic } from "../../diagnostics.js";
import { diagnostic } from "../../messages.js";
import type { ProbeSpec, RecipeSpec } from "../../study.js";
import type { LoweredDataset } from "../lower/datasets.js";
import { checkedSplit, checkMetric, resolveMetric } from "../lower/train.js";

export function checkHistory(probe: ProbeSpec, recipe: RecipeSpec, dataset: LoweredDataset): Diagnostic | undefined {
  const { metric, on } = probe.probe.params;
  const checked = { metric: checkMetric(recipe, dataset), on: checkedSplit(recipe, dataset) };
  const wanted = {
    metric: typeof metric === "string" ? resolveMetric(metric, dataset) : checked.metric,
    on: typeof on === "string" ? on : (checked.on ?? "val"),
  };
  if (wanted.metric === checked.metric && wanted.on === checked.on) return undefined;
  return diagnostic(
    "history-of-other-checks",
    {
      probe: probe.probe.id,
      wanted: `\`${wanted.metric}\` on ${wanted.on}`,
      checked: checked.on ? `\`${checked.metric}\` on ${checked.on}` : "only the loss",
      recipe: recipe.name,
      fix: `best(${wanted.metric}, on: ${wanted.on})`,
    },
    probe.location,
  );
}
