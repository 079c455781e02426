/** What results in a cache come of, by the inputs their manifests name. */

import type { NodeKey, OpName } from "../../compiler/plan/types.js";
import type { ActionFile } from "./scan.js";

/** Results of these operations and all that comes of them; what cannot be followed to its beginning may, so it counts. */
export function mayComeOf(ops: ReadonlySet<OpName>, actions: readonly ActionFile[]): ReadonlySet<NodeKey> {
  if (ops.size === 0) return new Set();
  const byKey = new Map(actions.map((action) => [action.key, action]));
  const known = new Map<NodeKey, boolean>();
  const follow = (key: NodeKey): boolean => {
    const before = known.get(key);
    if (before !== undefined) return before;
    known.set(key, true); // a ring is no plan's: damaged
    const manifest = byKey.get(key)?.manifest;
    const inputs = manifest && inputsOf(manifest.recipe);
    const comes = manifest === undefined || inputs === undefined || ops.has(manifest.op) || inputs.some(follow);
    known.set(key, comes);
    return comes;
  };
  return new Set(actions.map(({ key }) => key).filter(follow));
}

/** Undefined where the recipe does not say. */
function inputsOf(recipe: unknown): readonly NodeKey[] | undefined {
  if (typeof recipe !== "object" || recipe === null || !("inputs" in recipe) || !Array.isArray(recipe.inputs)) {
    return undefined;
  }
  const keys: NodeKey[] = [];
  for (const input of recipe.inputs as readonly unknown[]) {
    if (typeof input !== "object" || input === null || !("node" in input) || typeof input.node !== "string") {
      return undefined;
    }
    keys.push(input.node as NodeKey);
  }
  return keys;
}
