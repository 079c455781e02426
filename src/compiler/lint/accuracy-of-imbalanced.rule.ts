import { diagnostic } from "../messages.js";
import type { FactRule } from "./rule.js";
import { cellsWithFacts } from "./subjects.js";

/** Who always gives the same answer scores high. */
export const accuracyOfImbalanced: FactRule = {
  name: "accuracy-of-imbalanced",
  why: "Where nearly all cases are of one class, always answering that class is nearly always right: top-1 accuracy looks high, and differences between models are squeezed into what is left. The rule looks at scores by `top1` on splits whose largest class would alone give more than half of what lies between chance and 1.",
  references: [
    "Brodersen, Ong, Stephan, Buhmann (2010). The balanced accuracy and its posterior distribution. ICPR.",
    "Chicco, Jurman (2020). The advantages of the Matthews correlation coefficient (MCC) over F1 score and accuracy in binary classification evaluation. BMC Genomics 21.",
  ],
  check(study, facts) {
    return cellsWithFacts(study, facts).flatMap(({ cell: { probes, target }, facts: { splits, classes } }) =>
      probes.flatMap(({ probe, metric, on, dataset, measure, location }) => {
        const perClass = (on === "all" ? undefined : splits[on])?.perClass ?? [];
        const all = perClass.reduce((sum, count) => sum + count, 0);
        const most = Math.max(...perClass);
        const limit = (1 + 1 / perClass.length) / 2;
        if (probe.id !== "score" || metric !== "top1" || dataset !== undefined || !(most / all >= limit)) {
          return [];
        }
        const share = Math.round((100 * most) / all);
        const name = target.base?.name ?? target.name;
        const parameters = { measure, dataset: name, share, class: classes[perClass.indexOf(most)] ?? "one class" };
        return [diagnostic("accuracy-of-imbalanced", parameters, location)];
      }),
    );
  },
};
