/** What is known of a study's data sets and checkpoints, asked of the host once each. */

import type { CompilerHost, DatasetFacts, Fact, PredictionsFacts, WeightsFacts } from "../host.js";
import type {
  CheckedStudy,
  DatasetSpec,
  FeaturesSpec,
  InitSpec,
  PredictionsSpec,
  PretrainSpec,
  ProbeSpec,
  SourceSpec,
  StateSpec,
  WeightsSpec,
} from "../study.js";
import { digestOf } from "./key.js";

export interface StudyFacts {
  /** By spec object; a spec that is not here is unknown. */
  readonly datasets: ReadonlyMap<DatasetSpec, Fact<DatasetFacts>>;
  readonly weights: ReadonlyMap<WeightsSpec, Fact<WeightsFacts>>;
  /** Of tables from elsewhere, of predictions or of features. Absent where there are none. */
  readonly predictions?: ReadonlyMap<PredictionsSpec | FeaturesSpec, Fact<PredictionsFacts>>;
}

export const NO_FACTS: StudyFacts = { datasets: new Map(), weights: new Map() };

export async function collectFacts(
  study: CheckedStudy,
  host: Pick<CompilerHost, "dataset" | "weights" | "predictions">,
): Promise<StudyFacts> {
  const { datasets, weights, predictions } = resourcesOf(study);
  const unasked = { status: "unknown", reason: "nobody knows of it" } as const;
  return {
    datasets: await ask(datasets, (spec) => host.dataset(spec)),
    weights: await ask(weights, (spec) => host.weights(spec)),
    ...(predictions.size === 0
      ? {}
      : { predictions: await ask(predictions, async (spec) => (await host.predictions?.(spec)) ?? unasked) }),
  };
}

/** Equal specs are asked for once, one after the other: the host reads whole folders. */
async function ask<S extends DatasetSpec | WeightsSpec | PredictionsSpec | FeaturesSpec, F>(
  specs: ReadonlySet<S>,
  of: (spec: S) => Promise<F>,
): Promise<ReadonlyMap<S, F>> {
  const answers = new Map<string, F>();
  const facts = new Map<S, F>();
  for (const spec of specs) {
    const identity = digestOf({ ...spec, location: undefined, restrictions: undefined });
    const fact = answers.get(identity) ?? (await of(spec));
    answers.set(identity, fact);
    facts.set(spec, fact);
  }
  return facts;
}

export interface StudyResources {
  readonly datasets: ReadonlySet<DatasetSpec>;
  readonly weights: ReadonlySet<WeightsSpec>;
  /** Names of the sources they are declared as. */
  readonly weightNames: ReadonlyMap<WeightsSpec, string>;
  readonly predictions: ReadonlySet<PredictionsSpec | FeaturesSpec>;
}

/** Every data set and checkpoint some cell or derive can read. */
export function resourcesOf(study: CheckedStudy): StudyResources {
  const datasets = new Set<DatasetSpec>();
  const weights = new Set<WeightsSpec>();
  const weightNames = new Map<WeightsSpec, string>();
  const predictions = new Set<PredictionsSpec | FeaturesSpec>();
  const seen = new Set<object>();
  const once = <T extends object>(value: T | undefined, walk: (value: T) => void): void => {
    if (!value || seen.has(value)) return;
    seen.add(value);
    walk(value);
  };
  const source = (spec: SourceSpec): void => {
    if (spec.kind === "weights") {
      weights.add(spec.weights);
      if (!weightNames.has(spec.weights)) weightNames.set(spec.weights, spec.name);
    } else if (spec.kind === "pretrain") once(spec.pretrain, pretrain);
    else once(spec.state, state);
  };
  const pretrain = (spec: PretrainSpec): void => {
    datasets.add(spec.on);
    once(spec.init, init);
    once(spec.from, source);
  };
  const init = (spec: InitSpec): void => {
    for (const rule of spec.rules) if (rule.source.kind === "state") once(rule.source.state, state);
  };
  const state = (spec: StateSpec): void => {
    if (spec.kind === "source") once(spec.source, source);
    else if (spec.kind === "cell") once(spec.cell, cell);
    else if (spec.kind === "predictions") predictions.add(spec.predictions);
    else if (spec.kind === "features") predictions.add(spec.features);
    else if (spec.kind === "call") for (const each of spec.states) once(each, state);
    else {
      once(spec.base, state);
      for (const rule of spec.rules) if (rule.source.kind === "state") once(rule.source.state, state);
    }
  };
  const cell = (spec: CheckedStudy["experiments"][number]["cells"][number]): void => {
    datasets.add(spec.target);
    once(spec.source, source);
    once(spec.init, init);
    for (const probe of spec.probes) once(probe, probed);
  };
  const probed = ({ states, dataset, datasets: named = {}, scoring }: ProbeSpec): void => {
    for (const each of [...(dataset ? [dataset] : []), ...Object.values(named)]) datasets.add(each);
    const threshold = scoring?.threshold;
    if (threshold && threshold.kind !== "value" && threshold.dataset) datasets.add(threshold.dataset);
    for (const each of states) once(each, state);
  };
  for (const experiment of study.experiments) for (const each of experiment.cells) once(each, cell);
  for (const derive of study.derives) {
    // a comparison's cells are those of an experiment
    if (derive.value.kind !== "probe") continue;
    for (const instance of derive.value.instances) {
      once(instance.cell, cell);
      once(instance.probe, probed);
    }
  }
  return { datasets, weights, weightNames, predictions };
}
