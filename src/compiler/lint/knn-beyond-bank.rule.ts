import { diagnostic } from "../messages.js";
import type { ProbeSpec } from "../study.js";
import type { LintRule } from "./index.js";

/** With more neighbours than the bank has images, every vote is the whole bank's. Silent where the data is not known. */
export const knnBeyondBank: LintRule = {
  name: "knn-beyond-bank",
  check({ context, experiments, facts }) {
    const seen = new Map<ProbeSpec["probe"], Set<object>>();
    for (const experiment of experiments) {
      for (const { target, probes } of experiment.cells) {
        for (const { probe, location } of probes) {
          const targets = seen.get(probe) ?? new Set();
          if (probe.id !== "knn" || targets.has(target)) {
            continue;
          }
          seen.set(probe, targets.add(target));
          const fact = facts.get(target);
          const bank = String(probe.params.bank);
          const images = fact?.status === "known" ? fact.facts.splits[bank]?.images : undefined;
          const k = Number(probe.params.k);
          if (images !== undefined && k > images) {
            const parameters = { k, target: target.name, bank, images };
            context.sink.report(diagnostic("knn-beyond-bank", parameters, location));
          }
        }
      }
    }
  },
};
