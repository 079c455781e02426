/** Probes of a measure before their cell is known, and made for one. */

import { entry } from "../../catalog/index.js";
import type { Request, StateValue } from "../evaluate/values.js";
import { seeded } from "../plan/views.js";
import {
  type Cell,
  type DatasetSpec,
  OTHER_REPEAT,
  type ProbeSpec,
  type ScoringSpec,
  type StateSpec,
} from "../study.js";

export interface ProbeTemplate {
  readonly states: readonly StateValue[];
  /** The same in every cell. */
  readonly fixed: Omit<ProbeSpec, "states">;
}

/** Whether it needs the cell to be trained. */
export function readsOwnTraining({ states, fixed }: ProbeTemplate): boolean {
  // those that read a history are all built in
  return states.some((state) => state.own) || entry("probe", fixed.probe.id)?.reads.kind === "history";
}

/** Whether it is of predictions from elsewhere alone, and so of no model of the experiment. */
export function isOutside({ states }: ProbeTemplate): boolean {
  return states.length > 0 && states.every(({ outside }) => outside);
}

/** Whether it is measured of every unordered pair of repeats. */
export function isOfPairs({ states }: ProbeTemplate): boolean {
  return states.some((state) => state.pairs);
}

export function ofPair(probe: ProbeSpec | undefined, { repeat }: Cell): ProbeSpec | undefined {
  return probe && { ...probe, loops: { ...probe.loops, [OTHER_REPEAT]: { label: String(repeat), value: repeat } } };
}

/** Literals, not spreads: there may be millions of probes, and these are quicker to make and smaller. */
export function probeOf({ states, fixed }: ProbeTemplate, request: Request): ProbeSpec | undefined {
  const made: readonly (StateSpec | undefined)[] = states.map((state) => state.make(request));
  if (!made.every((state) => state !== undefined)) {
    return undefined;
  }
  const { measure, probe, loops, on, dataset, datasets, metric, scoring, estimator, location } = fixed;
  if (datasets !== undefined) {
    return { ...fixed, datasets: mapped(datasets, (each) => ownTarget(each, request)), states: made };
  }
  if (dataset !== undefined || scoring !== undefined) {
    return { ...fixed, states: made };
  }
  return metric === undefined
    ? { measure, probe, loops, states: made, on, estimator, location }
    : { measure, probe, loops, states: made, on, metric, estimator, location };
}

type Datasets = NonNullable<ProbeSpec["datasets"]>;

export function mapped(datasets: Datasets, f: (dataset: DatasetSpec) => DatasetSpec): Datasets {
  return Object.fromEntries(Object.entries(datasets).map(([name, dataset]) => [name, f(dataset)]));
}

/** The target is the cell's own: in its fold, with its labels. */
function ownTarget(dataset: DatasetSpec, { target }: Request): DatasetSpec {
  return dataset === (target.base ?? target) ? target : dataset;
}

export function seededScoring(scoring: ScoringSpec, seed: number): ScoringSpec {
  const { threshold } = scoring;
  if (threshold === undefined || threshold.kind === "value" || threshold.dataset === undefined) {
    return scoring;
  }
  return { ...scoring, threshold: { ...threshold, dataset: seeded(threshold.dataset, seed) } };
}
