/** A split that is trained on, selected on or measured on must be there. */

import type { Diagnostic, Location } from "../../diagnostics.js";
import { diagnostic } from "../../messages.js";
import type { EvaluationSplit } from "../../study.js";
import { hasSplit, type LoweredDataset } from "../lower/datasets.js";

export function checkSplit(
  dataset: LoweredDataset,
  split: EvaluationSplit,
  location: Location,
): Diagnostic | undefined {
  if (!dataset.facts || hasSplit(dataset, split)) return undefined;
  const { name, location: declared } = dataset.spec;
  const there = Object.entries(dataset.facts.splits)
    .filter(([, { images }]) => images > 0)
    .map(([other, { images }]) => `${other} (${images} images)`);
  return diagnostic(
    "split-missing",
    {
      dataset: name,
      split,
      why: `needs ${name}.${split}`,
      splits: there.join(", ") || "no images at all",
      hint: HINTS[split],
    },
    location,
    { related: [{ location: declared, message: `\`${name}\` is declared here` }] },
  );
}

const SPLIT = "`split train: 70%, val: 15%, test: 15%`";
const HINTS: { readonly [S in EvaluationSplit]: string } = {
  train: `point the dataset at its training images, or let xferc split it: ${SPLIT}.`,
  val: `\`select last\` needs none; or set images aside: ${SPLIT}.`,
  test: `let xferc split it: ${SPLIT}; or measure on all of it: \`on: D.all\`.`,
  all: "point the dataset at its images.",
};
