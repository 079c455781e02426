import { diagnostic } from "../messages.js";
import type { FactRule } from "./rule.js";
import { cellsWithFacts } from "./subjects.js";

const LEAST = 100;

/** One image more or less is a point and more. */
export const fewTestCases: FactRule = {
  name: "few-test-cases",
  why: "An accuracy on n images is uncertain by about ± 1/√n, whatever the model: on 50 images ± 14 points. Repeats redraw the training, not the test images, and do not make that smaller. The rule looks at scores on splits of fewer than 100 images; folds are added up and not judged.",
  references: [
    "Varoquaux (2018). Cross-validation failure: small sample sizes lead to large error bars. NeuroImage 180.",
    "Card, Henderson, Khandelwal, Jia, Mahowald, Jurafsky (2020). With little power comes great responsibility. EMNLP.",
  ],
  check(study, facts) {
    const told = new Set<string>();
    return cellsWithFacts(study, facts).flatMap(({ experiment, cell: { probes, target }, facts: { splits } }) =>
      probes.flatMap(({ probe, on, dataset, measure, location }) => {
        const images = on === "all" ? undefined : splits[on]?.images;
        const judged = probe.id === "score" && on === "test" && dataset === undefined && experiment.folds === undefined;
        if (!judged || images === undefined || images === 0 || images >= LEAST) {
          return [];
        }
        const name = target.base?.name ?? target.name;
        const place = `${experiment.name} ${name}`;
        if (told.has(place)) return []; // of one data set, every measure would say so
        told.add(place);
        const parameters = { measure, dataset: name, images, points: Math.round(98 / Math.sqrt(images)) };
        return [diagnostic("few-test-cases", parameters, location)];
      }),
    );
  },
};
