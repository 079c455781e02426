/** Features from elsewhere → `features.import`: what a probe reads in the place of a state's. */

import { diagnostic } from "../../messages.js";
import type { FeaturesSpec } from "../../study.js";
import { estimateHost } from "../estimate.js";
import type { Output } from "../graph.js";
import { type Context, sharedParams } from "./context.js";
import { type LoweredDataset, placeholder } from "./datasets.js";
import { type LoweredState, refOf } from "./sources.js";

/**
 * Undefined, with a diagnostic, where the file is known to be of no use.
 * @param datasets whose images they are of: one, or two that have no image id in common
 */
export function lowerFeatures(
  context: Context,
  spec: FeaturesSpec,
  datasets: readonly LoweredDataset[],
): LoweredState | undefined {
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
    inputs: indexesOf(datasets).map((index, at) => [at === 0 ? "index" : "other", index] as const),
    computedBy: "host",
    label: `import ${path} for ${[...new Set(datasets.map((each) => each.spec.name))].join(" and ")}`,
    location,
    unknown: facts ? undefined : true,
    estimate: () =>
      estimateHost({ images: 0, bytes: (facts?.images ?? 0) * (4 * (facts?.width ?? 0) + 16) }, context.rates),
    resource: { path, declaredIn, name: path },
  });
  const output = { vertex, output: "features" };
  const width = facts?.width === undefined ? {} : { width: facts.width };
  return { output, ref: refOf(output), label: path, given: { layer: array, ...width } };
}

/** Parts of one data set have its index. */
function indexesOf(datasets: readonly LoweredDataset[]): readonly Output[] {
  return [...new Map(datasets.map(({ index }) => [index.vertex, index])).values()];
}
