import { entry } from "../../catalog/index.js";
import { diagnostic } from "../messages.js";
import type { LintRule } from "./rule.js";

/** Every image is its own nearest neighbour. */
export const bankIsQuery: LintRule = {
  name: "bank-is-query",
  why: "k-NN looks up each image among those of its bank. Where both are one split, every image finds itself first, with its own label: the score says how much weight one vote has, and little of the features. The rule compares `bank:` and `on:` of k-NN measures.",
  references: [
    "Wu, Xiong, Yu, Lin (2018). Unsupervised feature learning via non-parametric instance discrimination. CVPR.",
  ],
  check({ context, experiments }) {
    for (const { cells } of experiments) {
      for (const { probes } of cells) {
        for (const { probe, on, dataset, measure, location } of probes) {
          if (probe.params.bank !== on || dataset !== undefined) continue;
          if (entry("probe", probe.id)?.parameters.bank) {
            context.sink.report(diagnostic("bank-is-query", { measure, split: on }, location));
          }
        }
      }
    }
  },
};
