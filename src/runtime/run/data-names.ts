/** A mistyped name in `--data` would leave its data set where it was declared, and no one would notice. */

import { nearest } from "../../compiler/suggest.js";
import { parseDataFlags } from "../host/data-roots.js";
import { UsageError } from "../host/index.js";
import type { OpenStudy } from "./open.js";

/** Each name must be a data set of at least one of the studies. @throws UsageError */
export function checkDataNames(studies: readonly OpenStudy[]): void {
  // Where a study cannot be read whole, what it declares is not known.
  if (studies.some(({ compilation }) => compilation.study === undefined)) return;
  const declared = new Set(studies.flatMap(({ compilation }) => compilation.datasets));
  for (const { dataFlags, place } of studies) {
    for (const name of parseDataFlags(dataFlags, place.cwd).keys()) {
      if (declared.has(name)) continue;
      const meant = nearest(name, declared);
      const hint = meant === undefined ? `there are ${[...declared].join(", ")}` : `did you mean ${meant}?`;
      throw new UsageError(`--data ${name}: there is no dataset of that name`, hint);
    }
  }
}
