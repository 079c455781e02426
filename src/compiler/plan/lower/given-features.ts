/** Features from elsewhere → `features.import`: what a probe reads in the place of a state's. */

import { diagnostic } from "../../messages.js";
import type { FeaturesSpec } from "../../study.js";
import { estimateHost } from "../estimate.js";
import { type Context, sharedParams } from "./context.js";
import { type LoweredDataset, placeholder } from "./datasets.js";
import { type LoweredState, refOf } from "./sources.js";

/** Undefined, with a diagnostic, where the file is known to be of no use. @param dataset whose images they are of */
export function lowerFeatures(context: Context, spec: FeaturesSpec, dataset: LoweredDataset): LoweredState | undefined {
  const { path, declaredIn, array, location } = spec;
  const fact = context.facts.predictions?.get(spec);
  if (fact?.status === "problem") {
    const { message: problem, hint } = fact;
    context.report(diagnostic("predictions-problem", { what: "features", path, problem, hint }, location));
    return undefined;
  }
  const facts = fact?.status === "known" ? fact.facts : undefined;
  const digest = facts?.digest ?? placeholder([path, declaredIn]);
  const vertex = context.graph.node({
    op: "features.import",
    params: sharedParams(context, "features.import", [digest, array], () => ({ digest, array })),
    inputs: [["index", dataset.index]],
    computedBy: "host",
    label: `import ${path} for ${dataset.spec.name}`,
    location,
    unknown: facts ? undefined : true,
    estimate: () =>
      estimateHost({ images: 0, bytes: (facts?.images ?? 0) * (4 * (facts?.width ?? 0) + 16) }, context.rates),
    resource: { path, declaredIn, name: path },
  });
  const output = { vertex, output: "features" };
  return { output, ref: refOf(output), label: path, given: array };
}
