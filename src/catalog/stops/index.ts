import type { CatalogEntry } from "../types.js";

const never: CatalogEntry = {
  kind: "stop",
  id: "never",
  version: 1,
  doc: "Trains for as long as `for` says.",
  parameters: {},
};

const early: CatalogEntry = {
  kind: "stop",
  id: "early",
  version: 1,
  doc: "Ends a training at the check that is the `patience`-th in a row without an improvement by more than `min_delta` (Keras' and Lightning's EarlyStopping). What is watched is what `select` chooses by, on the same split: the target's metric on `val` where it says `last`. `for` is the most it trains, and what schedules are laid out over.",
  parameters: {
    patience: {
      unit: "duration",
      default: { value: 10, unit: "checks" },
      description: "Checks in a row without an improvement after which it ends, 1 at least.",
    },
    min_delta: {
      type: "number",
      minimum: 0,
      default: 0,
      description:
        "An improvement is more than this, in the metric's own unit, over the last one that was an improvement.",
    },
    after: {
      unit: "duration",
      default: { value: 0, unit: "steps" },
      description:
        "Checks up to here are not counted: for a warm-up, or units that wait. The best among them is remembered.",
    },
  },
};

export const STOPS = [never, early] as const;
