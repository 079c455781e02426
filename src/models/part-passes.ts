/** What running a model part by part costs, each part from where it begins: re-initialization robustness. */

import { flopsOf } from "../program/cost.js";
import { suffixOf } from "../program/passes/suffix.js";
import { buildAllFeatures } from "./programs.js";
import { traceModel } from "./trace.js";
import type { ModelSpec } from "./types.js";

/**
 * In whole forward passes: one for the activations in front of the parts, and of each part what comes after it; a part
 * that begins beside the images themselves is a whole pass.
 */
export function partPasses(spec: ModelSpec, by: "layers" | "units"): number {
  const info = traceModel(spec);
  const program = buildAllFeatures(spec, 1, info);
  const whole = flopsOf(program.operations);
  const parts = info[by].filter(({ tensors }) => tensors.length > 0);
  const suffixes = parts.map(({ tensors }) => suffixOf(program, new Set(tensors)));
  const shortened = suffixes.flatMap((suffix) => (suffix === undefined ? [] : [flopsOf(suffix.program.operations)]));
  const prefix = shortened.length > 0 ? 1 : 0;
  return (
    parts.length - shortened.length + prefix + shortened.reduce((sum, flops) => sum + flops, 0) / Math.max(1, whole)
  );
}
