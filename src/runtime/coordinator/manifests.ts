/** Of a node's manifest: what it is written with, and whether it made a blob. */

import type { PlanNode } from "../../compiler/plan/types.js";
import type { BlobRef, Manifest } from "../store/types.js";

export function makes(manifest: Manifest, ref: BlobRef): boolean {
  return Object.values(manifest.outputs).some(({ digest }) => digest === ref.digest);
}

/** Parameters and inputs as keyed, so that a later plan can say what changed. */
export function recipeOf(node: PlanNode): Manifest["recipe"] {
  const { op, version, params, inputs, signature } = node;
  return JSON.parse(JSON.stringify({ op, version, params, inputs, signature }));
}
