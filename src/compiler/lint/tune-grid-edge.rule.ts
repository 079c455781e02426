import { diagnostic } from "../messages.js";
import type { LintRule } from "./rule.js";

/** With a value on either side of some other. */
const LEAST = 3;

/** Whatever wins stands at the edge, and no one knows what lies beyond it. */
export const tuneGridEdge: LintRule = {
  name: "tune-grid-edge",
  why: "A tuned value is known to be good where worse ones lie on both sides of it. Of one value or two, each is at the grid's edge, whatever wins: the better ones may lie beyond, and a comparison of methods is then one of grids. The rule looks at `tune` over fewer than three values of a setting; where a longer grid's winner is at its edge, the report says so.",
  references: [
    "Bengio (2012). Practical recommendations for gradient-based training of deep architectures. Neural Networks: Tricks of the Trade.",
    "Goodfellow, Bengio, Courville (2016). Deep learning, chapter 11. MIT Press.",
  ],
  check({ context, experiments }) {
    if (context.replacements.any) return;
    const told = new Set<string>();
    for (const group of experiments.flatMap(({ cells }) => cells.flatMap(({ tuned }) => tuned?.group ?? []))) {
      for (const { path, values, location } of group.paths) {
        const place = `${location.path}:${location.span.start}`;
        if (values.length >= LEAST || told.has(place)) continue;
        told.add(place);
        const count = values.length === 1 ? "one value" : "two values";
        const why = values.length === 1 ? "nothing is chosen" : "each is at the grid's edge";
        context.sink.report(diagnostic("tune-grid-edge", { path, count, why }, location));
      }
    }
  },
};
