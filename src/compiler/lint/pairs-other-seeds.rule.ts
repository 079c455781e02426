import { diagnostic } from "../messages.js";
import { pairsIn } from "./pairs.js";
import type { LintRule } from "./rule.js";

/** Repeat 1 of another seed shares nothing with repeat 1 of this one. */
export const pairsOtherSeeds: LintRule = {
  name: "pairs-other-seeds",
  why: "A difference repeat by repeat is worth more than a difference of means because both sides of a pair share what is drawn at random: split, heads, order, augmentation. An experiment of an imported study keeps that study's seed, and shares none of it. The rule looks at differences, ratios and paired tests of two experiments whose seeds differ.",
  references: [
    "Bouthillier et al. (2021). Accounting for variance in machine learning benchmarks. MLSys.",
    "Student (1908). The probable error of a mean. Biometrika 6.",
  ],
  check({ context, experiments, outputs }) {
    for (const { of, first, second } of pairsIn(experiments, outputs)) {
      const seeds = [first, second].map(({ cells }) => cells[0]?.seed);
      if (seeds[0] !== seeds[1]) {
        const parameters = {
          ...{ name: of.name, first: first.name, firstSeed: seeds[0] ?? 0 },
          ...{ second: second.name, secondSeed: seeds[1] ?? 0 },
        };
        context.sink.report(diagnostic("pairs-other-seeds", parameters, of.location));
      }
    }
  },
};
