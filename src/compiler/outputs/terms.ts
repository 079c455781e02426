import type { RegressionTerm } from "./types.js";

const INTERCEPT = "intercept";

/** Points of the axis `term`. `model[resnet]` is beside the axis' first point, which the intercept is of. */
export function termLabels(terms: readonly RegressionTerm[]): readonly string[] {
  return [
    INTERCEPT,
    ...terms.flatMap((term) =>
      term.kind === "number" ? [term.label] : term.points.slice(1).map((point) => `${term.axis}[${point}]`),
    ),
  ];
}
