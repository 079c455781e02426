/** A cell's target: the data set of its slot, in its fold, with its repeat's labels. One object for equal ones. */

import { type FoldsSetting, viewed } from "../check/algebra.js";
import { subsetView } from "../check/subset.js";
import { seeded } from "../plan/views.js";
import type { DatasetSpec } from "../study.js";
import type { LabelsAt } from "./labels.js";

export class Targets {
  readonly #known = new Map<DatasetSpec, Map<string, DatasetSpec>>();

  constructor(
    readonly seed: number,
    readonly folds: FoldsSetting | undefined,
  ) {}

  at(base: DatasetSpec, labels: LabelsAt | undefined, fold: number | undefined, repeat: number): DatasetSpec {
    if (labels === undefined && fold === undefined) {
      return seeded(base, this.seed);
    }
    let known = this.#known.get(base);
    if (known === undefined) {
      known = new Map();
      this.#known.set(base, known);
    }
    const key = JSON.stringify([labels, fold, labels === undefined ? 0 : repeat]);
    let target = known.get(key);
    if (target === undefined) {
      const made = this.#make(base, labels, fold, repeat);
      target = seeded({ ...made, base: seeded(base, this.seed) }, this.seed);
      known.set(key, target);
    }
    return target;
  }

  #make(base: DatasetSpec, labels: LabelsAt | undefined, fold: number | undefined, repeat: number): DatasetSpec {
    const folded =
      this.folds === undefined || fold === undefined ? base : viewed(base, { kind: "folds", ...this.folds, fold });
    return labels === undefined ? folded : viewed(folded, subsetView(labels.amount, labels.options, repeat));
  }
}
