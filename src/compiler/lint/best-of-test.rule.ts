import { diagnostic } from "../messages.js";
import type { Quantity } from "../outputs/types.js";
import type { Axis, AxisRole, Experiment } from "../study.js";
import { partsOf, probeOf, quantitiesIn } from "./quantities.js";
import type { LintRule } from "./rule.js";

/** Axes whose points are settings one would choose between. */
const CHOSEN: ReadonlySet<AxisRole> = new Set<AxisRole>(["train", "free"]);

/** The best of many settings by the number that is reported. */
export const bestOfTest: LintRule = {
  name: "best-of-test",
  why: "`max(…, over: lr)` of a test score tunes `lr` on the test split: the maximum of several noisy numbers is larger than the number the winner would get on new images. The rule looks at `max` and `min` over recipes and free axes of scores that are measured on test.",
  references: [
    "Cawley, Talbot (2010). On over-fitting in model selection and subsequent selection bias in performance evaluation. JMLR 11.",
    "Varma, Simon (2006). Bias in error estimation when using cross-validation for model selection. BMC Bioinformatics 7.",
  ],
  check({ context, experiments, outputs }) {
    for (const { name, quantity, location } of quantitiesIn(outputs)) {
      for (const part of partsOf(quantity)) {
        const found = part.kind === "reduce" ? chosenOver(part, experiments) : undefined;
        if (found !== undefined && part.kind === "reduce") {
          const parameters = { name, by: part.by, axis: found };
          context.sink.report(diagnostic("best-of-test", parameters, location));
        }
      }
    }
  },
};

function chosenOver({ by, of, over }: Extract<Quantity, { kind: "reduce" }>, experiments: readonly Experiment[]) {
  if (by !== "max" && by !== "min") {
    return undefined;
  }
  for (const part of partsOf(of)) {
    if (part.kind !== "column") {
      continue;
    }
    const probe = probeOf(experiments, part.table, part.column);
    const axes: readonly Axis[] = experiments.find(({ name }) => name === part.table)?.axes ?? [];
    const axis = axes.find(({ name, role }) => over.includes(name) && CHOSEN.has(role));
    if (probe?.on === "test" && probe.metric !== undefined && axis !== undefined) {
      return axis.name;
    }
  }
  return undefined;
}
