/**
 * One slip, one error: of what was said, what follows from something else is left out, and what is said of one name at
 * each of its uses is said once.
 */

import type { Diagnostic } from "../diagnostics.js";
import type { LoadedFile } from "../load.js";
import { withoutConsequences } from "./consequences.js";
import { gathered } from "./gathered.js";
import { firstSlips } from "./syntax.js";

export { losesNames } from "./nameless.js";

export function withoutCascades(found: readonly Diagnostic[], files: readonly LoadedFile[]): readonly Diagnostic[] {
  if (found.length < 2 && !found.some(({ severity }) => severity === "error")) {
    return found;
  }
  const stands = new Set(firstSlips(withoutConsequences(found, files), files));
  return gathered(found, files, (each) => stands.has(each));
}
