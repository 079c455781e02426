import type { CatalogEntry } from "../types.js";

const best: CatalogEntry = {
  kind: "selection",
  id: "best",
  version: 1,
  doc: "The state with the best metric at a check; the earlier one of two that are equal. Select on `val`: the test split is for reporting.",
  parameters: {
    metric: { type: "string", refers: "metric", description: "A metric, or `target.metric`." },
    on: { type: "string", refers: "split", default: "val", description: "The split it is measured on." },
  },
  required: ["metric"],
  positional: ["metric"],
};

const last: CatalogEntry = {
  kind: "selection",
  id: "last",
  version: 1,
  doc: "The state training ends with.",
  parameters: {},
};

export const SELECTIONS = [best, last] as const;
