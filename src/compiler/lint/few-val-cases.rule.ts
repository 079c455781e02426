import { diagnostic } from "../messages.js";
import { listed } from "../suggest.js";
import type { FactRule } from "./rule.js";
import { cellsWithFacts } from "./subjects.js";

const LEAST = 50;

/** The best of ten checks by thirty images is the luckiest. */
export const fewValCases: FactRule = {
  name: "few-val-cases",
  why: "Checks that differ by less than the noise of the validation split are chosen between by that noise: the selected state is then as good as any other, and its validation score too high. The rule looks at recipes that select the best check, or stop early, by a validation split of fewer than 50 images.",
  references: [
    "Cawley, Talbot (2010). On over-fitting in model selection and subsequent selection bias in performance evaluation. JMLR 11.",
  ],
  check(study, facts) {
    const found = cellsWithFacts(study, facts).flatMap(({ cell: { train, target }, facts: { splits } }) =>
      train.flatMap(({ name, select, stop, location }) => {
        const images = splits.val?.images ?? 0;
        const watched = select.kind === "best" ? select.on === "val" : stop !== undefined;
        const few = watched && images > 0 && images < LEAST;
        return few ? [{ name, location, images, dataset: target.base?.name ?? target.name }] : [];
      }),
    );
    // recipes made of one by `with` have its selection: told once
    const firsts = found.filter(
      (each, at) => at === found.findIndex((other) => other.dataset === each.dataset && other.images === each.images),
    );
    return firsts.map(({ dataset, images, location }) => {
      const alike = found.filter((each) => each.dataset === dataset && each.images === images);
      const recipes = listed([...new Set(alike.map(({ name }) => name))], 3);
      return diagnostic("few-val-cases", { recipes, dataset, images }, location);
    });
  },
};
