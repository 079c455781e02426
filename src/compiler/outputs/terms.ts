import type { CategorySpec, Quantity, RegressionTerm } from "./types.js";

const INTERCEPT = "intercept";

/** Points of the axis `term`. `model[resnet]` is beside the axis' first point, which the intercept is of. */
export function termLabels(terms: readonly RegressionTerm[]): readonly string[] {
  return [INTERCEPT, ...terms.flatMap(labelsOf)];
}

function labelsOf(term: RegressionTerm): readonly string[] {
  switch (term.kind) {
    case "number":
      return [term.label];
    case "category":
      return indicators([term]).map(nameOf);
    case "interaction":
      return indicators(term.categories).map((chosen) =>
        [...(term.number === undefined ? [] : [term.number.label]), nameOf(chosen)].join(" * "),
      );
    default:
      return term satisfies never;
  }
}

function nameOf(chosen: readonly Indicator[]): string {
  return chosen.map(({ axis, point }) => `${axis}[${point}]`).join(" * ");
}

/** 1 in rows at this point of the axis, 0 in others. */
export interface Indicator {
  readonly axis: string;
  readonly point: string;
}

/** A product a column: of each category any point but its first, the last category's changing fastest. */
export function indicators(categories: readonly CategorySpec[]): readonly (readonly Indicator[])[] {
  return categories.reduce<readonly (readonly Indicator[])[]>(
    (products, { axis, points }) =>
      products.flatMap((product) => points.slice(1).map((point) => [...product, { axis, point }])),
    [[]],
  );
}

/** What of a term has to be evaluated. */
export function quantityOf(term: RegressionTerm): Quantity | undefined {
  switch (term.kind) {
    case "number":
      return term.quantity;
    case "category":
      return undefined;
    case "interaction":
      return term.number?.quantity;
    default:
      return term satisfies never;
  }
}
