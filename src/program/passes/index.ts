/** Passes every traced program goes through; none changes a number. */

import type { Program } from "../types.js";
import { mergeCommon } from "./common.js";
import { dropDead } from "./dead.js";
import { gatherPermuted } from "./permute.js";

export { dropDead, gatherPermuted, mergeCommon };

export function simplify(program: Program): Program {
  return dropDead(mergeCommon(gatherPermuted(dropDead(program))));
}
