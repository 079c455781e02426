/** Predictions from elsewhere → `predictions.import`, read by the ids of the images they are of. */

import type { PredictionsFacts } from "../../host.js";
import { diagnostic, didYouMean } from "../../messages.js";
import type { PredictionsSpec } from "../../study.js";
import { listed } from "../../suggest.js";
import { estimateHost } from "../estimate.js";
import type { Output } from "../graph.js";
import { type Context, sharedParams } from "./context.js";
import { placeholder } from "./datasets.js";
import type { Measured } from "./measured.js";
import type { ProbeRequest } from "./probe-request.js";

/** Undefined, with a diagnostic, where they cannot be what the score wants. */
export function lowerGiven(
  context: Context,
  request: ProbeRequest,
  spec: PredictionsSpec,
  place: Measured,
  metric: string,
): Output | undefined {
  const fact = context.facts.predictions?.get(spec);
  if (fact?.status === "problem") {
    const { message: problem, hint } = fact;
    context.report(
      diagnostic("predictions-problem", { what: "predictions", path: spec.path, problem, hint }, spec.location),
    );
    return undefined;
  }
  const facts = fact?.status === "known" ? fact.facts : undefined;
  if (facts && !suits(context, request, spec, facts, place, metric)) return undefined;
  const { path, declaredIn, scores, location } = spec;
  const { task, index } = place.dataset;
  const digest = facts?.digest ?? placeholder([path, declaredIn]);
  const vertex = context.graph.node({
    op: "predictions.import",
    params: sharedParams(context, "predictions.import", [digest, scores, task], () => ({ digest, scores, task })),
    inputs: [
      ["data", place.images],
      ["index", index],
    ],
    computedBy: "host",
    label: `import ${path} for ${place.dataset.spec.name}.${place.split}`,
    location,
    unknown: facts ? undefined : true,
    estimate: () => {
      const images = place.count ?? 0;
      return estimateHost({ images: 0, bytes: images * (8 * place.dataset.classes + 16) }, context.rates);
    },
    resource: { path, declaredIn, name: path },
  });
  return { vertex, output: "logits" };
}

function suits(
  context: Context,
  { probe }: ProbeRequest,
  spec: PredictionsSpec,
  facts: PredictionsFacts,
  { dataset }: Measured,
  metric: string,
): boolean {
  const { path, location } = spec;
  const byLabel = facts.form === "labels";
  if (byLabel && dataset.task === "multilabel") {
    const parameters = { path, dataset: dataset.spec.name };
    context.report(diagnostic("predictions-of-several-labels", parameters, location));
    return false;
  }
  const threshold = probe.scoring?.threshold !== undefined;
  if (byLabel && (threshold || context.catalog.entry("metric", metric)?.reads === "probabilities")) {
    const reader = threshold ? "a threshold" : `\`${metric}\``;
    context.report(diagnostic("predictions-without-scores", { reader, path }, location));
    return false;
  }
  const known = dataset.facts?.classes;
  if (known === undefined) return true;
  const strangers = facts.classes.filter((name) => !known.includes(name));
  const missing = byLabel ? [] : known.filter((name) => !facts.classes.includes(name));
  const [stranger] = strangers;
  if (stranger === undefined && missing.length === 0) return true;
  const one = strangers.length === 1;
  const what = byLabel ? "labels" : "columns";
  const problem = [
    ...(strangers.length === 0 ? [] : [`${listed(strangers)} among its ${what} ${one ? "is" : "are"} no class`]),
    ...(missing.length === 0 ? [] : [`it has no column ${listed(missing)}`]),
  ].join("; ");
  const hint =
    stranger === undefined
      ? "give a column a class, under the class's name."
      : `call classes as the data set does, and leave out what is none; of \`${stranger}\`: ${didYouMean(stranger, known)}`;
  const parameters = { path, dataset: dataset.spec.name, problem, classes: listed(known), hint };
  context.report(diagnostic("predictions-of-other-classes", parameters, location));
  return false;
}
