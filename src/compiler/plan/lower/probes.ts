/** Probes → `predict`, `score` and `probe.*` nodes, by what the catalogue says a probe reads. */

import type { Cell, ProbeSpec, RecipeSpec } from "../../study.js";
import { checkHistory } from "../check/history.js";
import type { Vertex } from "../graph.js";
import type { Context } from "./context.js";
import { lowerInputs } from "./probe-inputs.js";
import { type ProbeRequest, small } from "./probe-request.js";
import { lowerScore } from "./score.js";
import { checkMetric, type Trained } from "./train.js";

/** Undefined, with a diagnostic, where the probe cannot run. */
export function lowerProbe(context: Context, probe: ProbeSpec, cell: Cell, trained: Trained): Vertex | undefined {
  const { model, dataset } = trained;
  const request = { probe, cell, trained, model, dataset, label: `${probe.measure} of ${cell.id}` };
  const reads = context.catalog.entry("probe", probe.probe.id)?.reads;
  switch (reads?.kind) {
    case undefined:
      return undefined;
    case "predictions":
      return lowerScore(context, request);
    case "history":
      return lowerHistory(context, request);
    case "inputs":
      return lowerInputs(context, request, reads);
    default:
      return reads satisfies never;
  }
}

/**
 * Reads the last stage's history, in the metric its checks measured. Of a tuned cell it is the chosen trial's: a refit on
 * training and validation images has nothing left to check on.
 */
function lowerHistory(context: Context, request: ProbeRequest): Vertex | undefined {
  const { probe, trained, label, cell, dataset } = request;
  const train = trained.stages.at(-1);
  const recipe = cell.train.at(-1);
  if (!train || !recipe) return undefined;
  const problem = checkHistory(probe, recipe, dataset);
  if (problem) {
    context.report(problem);
    return undefined;
  }
  const { metric: _, on: __, ...params } = probe.probe.params;
  const seen = params.count === "images" ? batchesOf(trained, recipe) : {};
  return context.graph.node({
    op: "probe.history",
    params: {
      measure: probe.probe.id,
      metric: checkMetric(recipe, dataset),
      options: { ...probe.probe, params },
      ...(seen.batch === undefined ? {} : { batch: seen.batch }),
    },
    inputs: [
      ["train", trained.chosen?.history() ?? { vertex: train, output: "history" }],
      ...(seen.choice === undefined ? [] : [["choice", { vertex: seen.choice, output: "choice" }] as const]),
    ],
    computedBy: "host",
    label,
    location: probe.location,
    estimate: () => small(context, request.model),
  });
}

/** Images a step; by trial, and the choice among them, where the batch was tuned. */
function batchesOf({ chosen }: Trained, recipe: RecipeSpec): { batch?: number | readonly number[]; choice?: Vertex } {
  if (chosen === undefined) return { batch: recipe.batch };
  const batches = chosen.recipes.map(({ batch }) => batch);
  const [first = recipe.batch] = batches;
  return batches.every((batch) => batch === first) ? { batch: first } : { batch: batches, choice: chosen.choice };
}
