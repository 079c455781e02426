/** A patch embedding must tile the image. */

import type { ModelSpec } from "../../../models/types.js";
import type { Diagnostic, Location } from "../../diagnostics.js";
import { diagnostic } from "../../messages.js";

export function checkPatch({ params, size }: ModelSpec, location: Location): Diagnostic | undefined {
  const patch = params.patch;
  if (typeof patch !== "number" || patch <= 0 || size % patch === 0) return undefined;
  const smaller = Math.max(patch, Math.floor(size / patch) * patch);
  const larger = Math.ceil(size / patch) * patch;
  return diagnostic("patch-does-not-divide", { patch, size, smaller, larger }, location);
}
