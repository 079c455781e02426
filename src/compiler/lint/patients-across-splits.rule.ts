import { diagnostic } from "../messages.js";
import type { DatasetSpec } from "../study.js";
import type { FactRule } from "./rule.js";
import { cellsWithFacts } from "./subjects.js";

/** A patient the model was trained on is no new patient. */
export const patientsAcrossSplits: FactRule = {
  name: "patients-across-splits",
  why: "Images of one patient, dealt one by one, land on both sides of a split: the model is tested on patients it knows, and scores far above what it does for others. By default such data are refused; `leakage: allow` lets them through. The rule looks at splits and folds that are drawn without `by` from data whose cases have groups of several images.",
  references: [
    "Yagis et al. (2021). Effect of data leakage in brain MRI classification using 2D convolutional neural networks. Scientific Reports 11.",
    "Kapoor, Narayanan (2023). Leakage and the reproducibility crisis in machine-learning-based science. Patterns 4.",
  ],
  check(study, facts) {
    return cellsWithFacts(study, facts).flatMap(({ experiment, cell: { target }, facts: { groupedBy, splits } }) => {
      const shared = Object.values(splits).some(({ images, groups }) => groups !== undefined && groups < images);
      if (groupedBy === undefined || !shared || !drawnByCase(target)) {
        return [];
      }
      const parameters = { dataset: target.base?.name ?? target.name, group: groupedBy };
      return [diagnostic("patients-across-splits", parameters, experiment.location)];
    });
  },
};

function drawnByCase({ split, views = [] }: DatasetSpec): boolean {
  const folds = views.findLast(({ kind }) => kind === "folds");
  return folds?.kind === "folds" ? folds.by === undefined : split.kind === "fractions" && split.by === undefined;
}
