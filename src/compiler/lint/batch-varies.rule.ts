import { diagnostic } from "../messages.js";
import type { Experiment, RecipeSpec } from "../study.js";
import type { LintRule } from "./rule.js";

/** Another batch under one learning rate is another noise, and in as many epochs other steps. */
export const batchVaries: LintRule = {
  name: "batch-varies",
  why: "The best learning rate moves with the batch, and a training that counts epochs takes fewer steps in larger batches. An experiment whose recipes differ in `batch` and share `lr` shows how far each is from its own best rate. The rule compares the stages of the recipes of one experiment.",
  references: [
    "Goyal et al. (2017). Accurate, large minibatch SGD: training ImageNet in 1 hour. arXiv:1706.02677.",
    "Shallue, Lee, Antognini, Sohl-Dickstein, Frostig, Dahl (2019). Measuring the effects of data parallelism on neural network training. JMLR 20.",
  ],
  check({ context, experiments }) {
    for (const experiment of experiments) {
      const found = sharedRate(experiment);
      if (found !== undefined) {
        const parameters = { experiment: experiment.name, ...found };
        context.sink.report(diagnostic("batch-varies", parameters, experiment.location));
      }
    }
  },
};

/** Of recipes that are otherwise optimized alike. */
function sharedRate({ cells }: Experiment): { readonly batches: string; readonly rate: number } | undefined {
  const stages = new Set<RecipeSpec>([...new Set(cells.map(({ train }) => train))].flat());
  const byOptimizer = new Map<string, Set<RecipeSpec>>();
  for (const stage of stages) {
    const alike = JSON.stringify(stage.optimizer);
    byOptimizer.set(alike, (byOptimizer.get(alike) ?? new Set()).add(stage));
  }
  for (const alike of byOptimizer.values()) {
    const batches = [...new Set([...alike].map(({ batch }) => batch))].sort((a, b) => a - b);
    const [first] = alike;
    const rate = first?.optimizer.params.lr;
    if (batches.length > 1 && typeof rate === "number") {
      return { batches: `${batches.slice(0, -1).join(", ")} and ${batches.at(-1)}`, rate };
    }
  }
  return undefined;
}
