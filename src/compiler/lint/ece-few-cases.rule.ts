import { diagnostic } from "../messages.js";
import type { FactRule } from "./rule.js";
import { cellsWithFacts } from "./subjects.js";

/** Twenty a bin, of fifteen bins. */
const LEAST = 300;

/** The error of a bin of three cases is large however well the model is calibrated. */
export const eceFewCases: FactRule = {
  name: "ece-few-cases",
  why: "The expected calibration error sums absolute differences over 15 bins. With few cases a bin these are large by chance alone, so the estimate is biased upward, and more so for a better calibrated model. The rule looks at scores by `ece` on splits of fewer than 300 images.",
  references: [
    "Nixon, Dusenberry, Zhang, Jerfel, Tran (2019). Measuring calibration in deep learning. CVPR Workshops.",
    "Roelofs, Cain, Shlens, Mozer (2022). Mitigating bias in calibration error estimation. AISTATS.",
  ],
  check(study, facts) {
    return cellsWithFacts(study, facts).flatMap(({ cell: { probes }, facts: { splits } }) =>
      probes.flatMap(({ metric, on, dataset, measure, location }) => {
        const images = on === "all" || dataset !== undefined ? undefined : splits[on]?.images;
        return metric !== "ece" || images === undefined || images >= LEAST
          ? []
          : [diagnostic("ece-few-cases", { measure, images, least: LEAST }, location)];
      }),
    );
  },
};
