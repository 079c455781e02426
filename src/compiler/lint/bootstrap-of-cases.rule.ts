import { diagnostic } from "../messages.js";
import type { Cell, DatasetSpec, Experiment } from "../study.js";
import type { LintRule } from "./rule.js";
import { restOfLine, rewritten } from "./texts.js";

/** Ten images of one patient are not ten patients. */
export const bootstrapOfCases: LintRule = {
  name: "bootstrap-of-cases",
  why: "Images of one patient resemble each other. Resampling images as if they were independent makes intervals too narrow, the more so the more images a patient has; whole patients have to be drawn. The rule looks at `ci: bootstrap(…)` without `by:` on targets that are split, or dealt into folds, by a column.",
  references: [
    "Rutter (2000). Bootstrap estimation of diagnostic accuracy with patient-clustered data. Academic Radiology 7.",
    "Field, Welsh (2007). Bootstrapping clustered data. Journal of the Royal Statistical Society B 69.",
  ],
  check({ context, experiments }) {
    for (const { probes, target } of cellsOf(experiments)) {
      for (const { scoring, measure, location, dataset = target } of probes) {
        if (scoring?.interval === undefined || scoring.interval.by !== undefined) continue;
        const column = groupOf(dataset);
        if (column !== undefined) {
          const place = restOfLine(context, location);
          const title = `draw by \`${column}\``;
          const fixes = rewritten(context, place, /bootstrap\(\s*([\d_]+)\s*\)/, `bootstrap($1, by: ${column})`, title);
          context.sink.report(diagnostic("bootstrap-of-cases", { measure, column }, location, { fixes }));
        }
      }
    }
  },
};

function* cellsOf(experiments: readonly Experiment[]): Iterable<Cell> {
  for (const { cells } of experiments) yield* cells;
}

function groupOf({ split, views = [] }: DatasetSpec): string | undefined {
  const folds = views.findLast(({ kind }) => kind === "folds");
  const dealt = folds?.kind === "folds" ? folds.by : undefined;
  return dealt ?? (split.kind === "fractions" ? split.by : undefined);
}
