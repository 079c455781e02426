import { diagnostic } from "../messages.js";
import type { LintRule } from "./rule.js";

const BIASED: ReadonlySet<unknown> = new Set(["biased", "batch_mean"]);

/** With fewer images than features, two random representations are alike. */
export const ckaBiased: LintRule = {
  name: "cka-biased",
  why: "The plain ratio, over a sample or averaged over batches, rises toward 1 as the features outnumber the images, even of unrelated networks; layers flatten to tens of thousands of features. Such numbers compare only with numbers made in the same way. The rule looks at `cka` measures by the estimators `biased` and `batch_mean` (`as_published`).",
  references: [
    "Nguyen, Raghu, Kornblith (2021). Do wide and deep networks learn the same things? ICLR.",
    "Murphy, Zylberberg, Fyshe (2024). Correcting biased centered kernel alignment measures in biological and artificial neural networks. arXiv:2405.01012.",
  ],
  check({ context, experiments }) {
    for (const { probes } of experiments.flatMap(({ cells }) => cells)) {
      for (const { probe, measure, location } of probes) {
        if (probe.id === "cka" && BIASED.has(probe.params.estimator)) {
          const { estimator, images, batch } = probe.params;
          const size = estimator === "biased" ? images : batch;
          const parameters = { measure, estimator: String(estimator), size: Number(size) };
          context.sink.report(diagnostic("cka-biased", parameters, location));
        }
      }
    }
  },
};
