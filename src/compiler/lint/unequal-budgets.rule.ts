import { diagnostic } from "../messages.js";
import { remembered } from "../plan/memo.js";
import type { Cell, Experiment } from "../study.js";
import type { LintRule } from "./rule.js";

/** Who trains longer wins: from scratch catches up with transfer when it is given the time. */
export const unequalBudgets: LintRule = {
  name: "unequal-budgets",
  why: "Training from scratch is slower than fine-tuning and often ends as well: a comparison of inits under different `for` or `batch` measures the budget as much as the init. The rule looks at experiments in which, for one model and target, one init trains for another length than another one does.",
  references: [
    "He, Girshick, Dollár (2019). Rethinking ImageNet pre-training. ICCV.",
    "Dodge, Gururangan, Card, Schwartz, Smith (2019). Show your work: improved reporting of experimental results. EMNLP.",
  ],
  check({ context, experiments }) {
    for (const experiment of experiments) {
      const found = unequal(experiment);
      if (found !== undefined) {
        const parameters = { experiment: experiment.name, ...found };
        context.sink.report(diagnostic("unequal-budgets", parameters, experiment.location));
      }
    }
  },
};

interface Unequal {
  readonly first: string;
  readonly second: string;
  readonly budgets: string;
}

/** Two inits that share no budget. */
function unequal({ cells }: Experiment): Unequal | undefined {
  const groups = new Map<string, Map<string, Set<string>>>();
  const budgets = new Map<Cell["train"], string>();
  let asked: Cell["point"] | undefined;
  for (const cell of cells) {
    // repeats of a point stand side by side and train alike
    if (cell.point === asked) continue;
    asked = cell.point;
    const group = `${cell.model.name} ${cell.target.base?.name ?? cell.target.name}`;
    const inits = groups.get(group) ?? new Map<string, Set<string>>();
    groups.set(group, inits);
    const budget = remembered(budgets, cell.train, () => budgetOf(cell));
    inits.set(cell.init.name, (inits.get(cell.init.name) ?? new Set<string>()).add(budget));
  }
  for (const inits of groups.values()) {
    const [[first, own] = ["", new Set<string>()], ...others] = inits;
    const other = others.find(([, budgets]) => ![...budgets].some((budget) => own.has(budget)));
    if (other !== undefined) {
      return { first, second: other[0], budgets: `${[...own][0]} against ${[...other[1]][0]}` };
    }
  }
  return undefined;
}

function budgetOf({ train }: Cell): string {
  return train.map(({ duration, batch }) => `${duration.value} ${duration.unit} of ${batch} images`).join(" then ");
}
