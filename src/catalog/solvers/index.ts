import type { CatalogEntry } from "../types.js";

const lbfgs: CatalogEntry = {
  kind: "solver",
  id: "lbfgs",
  version: 1,
  doc: "Logistic regression of the head on the features of a frozen backbone: softmax over the classes, or one regression a label where an image has several, by L-BFGS in double precision from zero. The mean loss and `l2`/2 times the squared length of the weights, offsets free: scikit-learn's `LogisticRegression` with C = 1 / (l2 · images). Features are computed once, under test-time transforms.",
  parameters: {
    tolerance: {
      type: "number",
      exclusiveMinimum: 0,
      maximum: 1,
      default: 1e-8,
      description: "Largest entry of the gradient at which the fit is done.",
    },
    steps: {
      type: "integer",
      minimum: 1,
      maximum: 100000,
      default: 1000,
      unit: "count",
      description: "Iterations at most; a fit that has not come to rest by then says so.",
    },
  },
};

export const SOLVERS = [lbfgs] as const;
