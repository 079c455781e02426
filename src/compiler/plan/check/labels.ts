import type { Diagnostic, Location } from "../../diagnostics.js";
import { diagnostic } from "../../messages.js";
import type { LoweredDataset } from "../lower/datasets.js";

/** Probes that ask which class an image is of have no answer where it may be of several. */
export function checkOneLabel(
  probe: string,
  { task, spec, facts }: Pick<LoweredDataset, "task" | "spec" | "facts">,
  location: Location,
): Diagnostic | undefined {
  return facts && task === "multilabel"
    ? diagnostic("probe-wants-one-label", { probe, dataset: spec.name }, location)
    : undefined;
}
