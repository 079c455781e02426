import { diagnostic } from "../messages.js";
import type { Cell, DatasetSpec, SourceSpec } from "../study.js";
import type { LintRule } from "./rule.js";

/** What is tested on was trained on, one stage earlier. */
export const pretrainedOnTarget: LintRule = {
  name: "pretrained-on-target",
  why: "Where a source was trained on the files that the target is made of, and the two are split differently, images of the target's test split were among those of pretraining: the test is no longer of unseen images. The rule compares the files and splits of `pretrain(on: …)` with those of the target; data that overlap under other names it cannot see.",
  references: [
    "Kapoor, Narayanan (2023). Leakage and the reproducibility crisis in machine-learning-based science. Patterns 4.",
    "Barz, Denzler (2020). Do we train on test data? Purging CIFAR of near-duplicates. Journal of Imaging 6.",
  ],
  check({ context, experiments }) {
    for (const experiment of experiments) {
      for (const { source, target } of experiment.cells) {
        const on = datasetsBehind(source).find((each) => sharesFiles(each, target) && splitOtherwise(each, target));
        if (on !== undefined) {
          const parameters = { source: source?.name ?? "", target: target.base?.name ?? target.name, on: on.name };
          context.sink.report(diagnostic("pretrained-on-target", parameters, experiment.location));
        }
      }
    }
  },
};

function datasetsBehind(source: Cell["source"]): readonly DatasetSpec[] {
  const found: DatasetSpec[] = [];
  for (let spec: SourceSpec | undefined = source; spec?.kind === "pretrain"; spec = spec.pretrain.from) {
    found.push(spec.pretrain.on);
  }
  return found;
}

function sharesFiles(a: DatasetSpec, b: DatasetSpec): boolean {
  return a.path === b.path && a.declaredIn === b.declaredIn && a.adapter.id === b.adapter.id;
}

/** Classes or sites apart (`where`) share no case, however they are split. */
function splitOtherwise(a: DatasetSpec, b: DatasetSpec): boolean {
  const conditions = ({ views = [] }: DatasetSpec): string =>
    JSON.stringify(views.filter(({ kind }) => kind === "where"));
  if (conditions(a) !== conditions(b)) {
    return false;
  }
  const folds = ({ views = [] }: DatasetSpec): string => JSON.stringify(views.filter(({ kind }) => kind === "folds"));
  return folds(a) !== folds(b) || JSON.stringify(a.split) !== JSON.stringify(b.split);
}
