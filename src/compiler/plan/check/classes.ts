/** What was trained on one data set answers for another only where their classes are the same. */

import type { Diagnostic, Location } from "../../diagnostics.js";
import { diagnostic } from "../../messages.js";
import type { LoweredDataset } from "../lower/datasets.js";

export function checkClasses(
  dataset: LoweredDataset,
  target: LoweredDataset,
  location: Location,
): Diagnostic | undefined {
  const problem = differenceOf(dataset, target);
  if (problem === undefined) return undefined;
  return diagnostic("classes-differ", { dataset: dataset.spec.name, target: target.spec.name, problem }, location, {
    related: [{ location: dataset.spec.location, message: `\`${dataset.spec.name}\` is declared here` }],
  });
}

/** In words; undefined where their classes are the same, or are not known. */
export function differenceOf(dataset: LoweredDataset, target: LoweredDataset): string | undefined {
  const [own, wanted] = [dataset.facts, target.facts];
  if (dataset === target || !own || !wanted) return undefined;
  const same =
    own.classes.length === wanted.classes.length && own.classes.every((name, i) => name === wanted.classes[i]);
  if (same && own.task === wanted.task) return undefined;
  return same
    ? `it is ${own.task}, the target ${wanted.task}`
    : `${listed(own.classes)}; the target has ${listed(wanted.classes)}`;
}

function listed(names: readonly string[]): string {
  return names.length > 6 ? `${names.slice(0, 5).join(", ")} and ${names.length - 5} more` : names.join(", ");
}
