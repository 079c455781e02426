/** A score is the head's, and the head of another task says nothing of the target's classes. */

import type { ProbeEntry } from "../../../catalog/types.js";
import type { Diagnostic } from "../../diagnostics.js";
import { diagnostic } from "../../messages.js";
import type { ProbeSpec } from "../../study.js";
import type { LoweredDataset } from "../lower/datasets.js";
import type { LoweredModel } from "../lower/models.js";
import type { LoweredState } from "../lower/sources.js";
import { differenceOf } from "./classes.js";

interface Scored {
  readonly probe: ProbeSpec;
  readonly model: LoweredModel;
  readonly dataset: LoweredDataset;
}

/** @param state as it is, before it is seen through the cell's model */
export function checkHead(
  found: ProbeEntry,
  state: LoweredState,
  { probe, model, dataset }: Scored,
): Diagnostic | undefined {
  if (!scoresHead(found)) return undefined;
  const target = dataset.spec.name;
  const parameters = { state: state.label, probe: found.id, target };
  if (state.model?.info !== model.info) {
    const { trainedOn } = state;
    const why =
      state.model === undefined
        ? "a file's head is never taken"
        : trainedOn === undefined
          ? `its head is not one of \`${target}\`'s classes`
          : `its own head tells the classes of \`${trainedOn.spec.name}\` apart`;
    return diagnostic("fresh-head", { ...parameters, why }, probe.location);
  }
  const problem = state.trainedOn && differenceOf(state.trainedOn, dataset);
  if (problem === undefined) return undefined;
  return diagnostic("head-of-other-classes", { ...parameters, problem }, probe.location);
}

/** Whether its numbers are of what the head predicts. */
function scoresHead({ reads }: ProbeEntry): boolean {
  return reads.kind === "predictions" || (reads.kind === "inputs" && reads.head === "scored");
}
