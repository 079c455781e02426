import { diagnostic } from "../messages.js";
import type { AxisRole, Experiment } from "../study.js";
import type { LintRule } from "./rule.js";

const COMPARED: ReadonlySet<AxisRole> = new Set<AxisRole>(["init", "source", "train"]);

/** One run of each is one draw of each: the difference may be the seeds'. */
export const singleRun: LintRule = {
  name: "single-run",
  why: "Two trainings that differ in nothing but their seeds differ in their scores, often by as much as two methods do. From one run of each nobody can tell the two apart. The rule looks at experiments that compare inits, sources or recipes with `repeats 1` and no folds; a profile's repeats do not count.",
  references: [
    "Bouthillier et al. (2021). Accounting for variance in machine learning benchmarks. MLSys.",
    "Picard (2021). torch.manual_seed(3407) is all you need: on the influence of random seeds in deep learning architectures for computer vision. arXiv:2109.08203.",
  ],
  check({ context, experiments, header, root }) {
    if ((header?.repeats ?? 1) > 1) {
      return;
    }
    for (const experiment of experiments) {
      const axis = compared(experiment);
      // an imported study's experiments have its own repeats
      const own = root.own.get(experiment.name)?.kind === "experiment";
      if (own && experiment.folds === undefined && experiment.measures.length > 0 && axis !== undefined) {
        const parameters = { experiment: experiment.name, axis };
        context.sink.report(diagnostic("single-run", parameters, experiment.location));
      }
    }
  },
};

function compared({ axes }: Experiment): string | undefined {
  return axes.find(({ role, points }) => COMPARED.has(role) && points.length > 1)?.name;
}
