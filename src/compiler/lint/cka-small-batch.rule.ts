import { diagnostic } from "../messages.js";
import type { ProbeSpec } from "../study.js";
import type { LintRule } from "./rule.js";

const LEAST = 4;

/** The unbiased HSIC divides by n (n - 3): it is defined from four images on. */
export const ckaSmallBatch: LintRule = {
  name: "cka-small-batch",
  why: "The unbiased estimator of HSIC divides by n (n − 3): it is not defined below four images, and its variance is large well beyond. The rule looks at the sample or batch that a `cka` measure takes at once.",
  references: [
    "Song, Smola, Gretton, Bedo, Borgwardt (2012). Feature selection via dependence maximization. JMLR 13.",
    "Nguyen, Raghu, Kornblith (2021). Do wide and deep networks learn the same things? ICLR.",
  ],
  check({ context, experiments, outputs }) {
    const probes = new Set<ProbeSpec["probe"]>();
    const look = (spec: ProbeSpec): void => {
      if (probes.has(spec.probe)) {
        return;
      }
      probes.add(spec.probe);
      const { batch, images, estimator } = spec.probe.params;
      const size = estimator === "unbiased" ? images : estimator === "biased" ? LEAST : batch;
      if (spec.probe.id === "cka" && typeof size === "number" && size < LEAST) {
        const name = estimator === "unbiased" ? "images" : "batch";
        context.sink.report(diagnostic("cka-small-batch", { name, size, least: LEAST }, spec.location));
      }
    };
    for (const experiment of experiments) {
      if (experiment.measures.some((measure) => measure.probe === "cka")) {
        for (const cell of experiment.cells) {
          cell.probes.forEach(look);
        }
      }
    }
    for (const derive of outputs.derives) {
      if (derive.value.kind === "probe") {
        for (const instance of derive.value.instances) {
          look(instance.probe);
        }
      }
    }
  },
};
