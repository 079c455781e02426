import { diagnostic } from "../messages.js";
import type { FactRule } from "./rule.js";
import { cellsWithFacts } from "./subjects.js";

/** With so many labels to select by, one would train on them. */
export const valLargerThanTrain: FactRule = {
  name: "val-larger-than-train",
  why: "A study of few labels that selects its states on a large labelled validation split uses more labels than it says: with that many at hand one would train on them, and what is selected is better than few labels allow. The rule compares the images of the two splits where `labels` or `take` cut the training split.",
  references: [
    "Oliver, Odena, Raffel, Cubuk, Goodfellow (2018). Realistic evaluation of deep semi-supervised learning algorithms. NeurIPS.",
  ],
  check(study, facts) {
    return cellsWithFacts(study, facts).flatMap(({ experiment, cell: { target, train }, facts: { splits } }) => {
      const selects = train.some(({ select }) => select.kind === "best" && select.on === "val");
      const cut = (target.views ?? []).some(({ kind }) => kind === "subset");
      const [val, left] = [splits.val?.images ?? 0, splits.train?.images ?? 0];
      if (!selects || !cut || val <= left) {
        return [];
      }
      const parameters = { dataset: target.base?.name ?? target.name, val, train: left };
      return [diagnostic("val-larger-than-train", parameters, experiment.location)];
    });
  },
};
