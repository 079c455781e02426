/** Whether this machine's data and weights are those a run was made from, by the digests of its lock. */

import { basename } from "node:path";
import type { DatasetFacts, Fact, WeightsFacts } from "../../compiler/host.js";
import {
  type Lock,
  lockedDataset,
  lockedPredictions,
  lockedWeights,
  resourcesOf,
  type StudyFacts,
} from "../../compiler/plan/index.js";
import type { CheckedStudy } from "../../compiler/study.js";
import { displayPath } from "../host/files.js";
import { hubFileOf } from "../hub/index.js";
import type { OpenStudy } from "../run/open.js";
import { portable } from "../run/portable.js";
import { contentText } from "./differences.js";

export interface Verified {
  readonly kind: "data" | "weights" | "predictions";
  readonly name: string;
  /** `missing`: not on this machine; what the cache has does not need it. */
  readonly status: "same" | "differs" | "missing" | "unknown";
  /** What is there, and what to do about it; empty where it is the same. */
  readonly detail: string;
}

/** Everything the study reads, by name. */
export function verifyInputs(lock: Lock, study: CheckedStudy, facts: StudyFacts, open: OpenStudy): readonly Verified[] {
  const { datasets, weights, weightNames, predictions } = resourcesOf(study);
  const shown = (place: string) => displayPath(place, open.place.cwd);
  const verified = new Map<string, Verified>();
  for (const spec of datasets) {
    const found = lockedDataset(lock, portable(spec, open.place));
    const locked = found.status === "known" ? found.facts : lock.datasets.find(({ name }) => name === spec.name)?.facts;
    const remedy = `looked in ${shown(open.host.locate(spec))}; say where it lies with --data ${spec.name}=DIR`;
    const status = datasetStatus(locked, facts.datasets.get(spec), remedy);
    verified.set(`data ${spec.name}`, { kind: "data", name: spec.name, ...status });
  }
  for (const spec of weights) {
    const found = lockedWeights(lock, portable(spec, open.place));
    const alike = lock.weights.filter(({ path }) => basename(path) === basename(spec.path));
    const locked = found.status === "known" ? found.facts : alike.length === 1 ? alike[0]?.facts : undefined;
    const name = weightNames.get(spec) ?? basename(spec.path);
    const elsewhere =
      hubFileOf(spec.path) === undefined ? "name a folder that has it in XFERC_DATA" : "say --allow-download";
    const remedy = `looked at ${shown(open.host.locateWeights(spec))}; put the file there, or ${elsewhere}`;
    verified.set(`weights ${name}`, {
      kind: "weights",
      name,
      ...fileStatus(locked, facts.weights.get(spec), remedy),
    });
  }
  for (const spec of predictions) {
    const found = lockedPredictions(lock, portable(spec, open.place));
    const remedy = `looked at ${shown(open.host.locateWeights(spec))}; put the file there, or name a folder that has it in XFERC_DATA`;
    const status = fileStatus(found.status === "known" ? found.facts : undefined, facts.predictions?.get(spec), remedy);
    const name = basename(spec.path);
    verified.set(`predictions ${name}`, { kind: "predictions", name, ...status });
  }
  return [...verified.values()].sort((a, b) => (`${a.kind} ${a.name}` < `${b.kind} ${b.name}` ? -1 : 1));
}

type Status = Pick<Verified, "status" | "detail">;

function datasetStatus(locked: DatasetFacts | undefined, fact: Fact<DatasetFacts> | undefined, remedy: string): Status {
  if (locked === undefined) return { status: "unknown", detail: "the lock does not hold it" };
  if (fact === undefined || fact.status === "unknown" || (fact.status === "known" && fact.from === "lock")) {
    return { status: "missing", detail: `it is not on this machine: ${remedy}` };
  }
  if (fact.status === "problem") return { status: "differs", detail: `${fact.message}: ${remedy}` };
  if (fact.facts.fingerprint === locked.fingerprint) return { status: "same", detail: "" };
  const [was, is] = [contentText(locked), contentText(fact.facts)];
  return { status: "differs", detail: `the run had ${was}; here is ${is}: ${remedy}` };
}

function fileStatus(
  locked: Pick<WeightsFacts, "digest"> | undefined,
  fact: Fact<Pick<WeightsFacts, "digest">> | undefined,
  remedy: string,
): Status {
  if (locked === undefined) return { status: "unknown", detail: "the lock does not hold it" };
  if (fact === undefined || fact.status === "unknown" || (fact.status === "known" && fact.from === "lock")) {
    return { status: "missing", detail: `it is not on this machine: ${remedy}` };
  }
  if (fact.status === "problem") return { status: "differs", detail: `${fact.message}: ${remedy}` };
  if (fact.facts.digest === locked.digest) return { status: "same", detail: "" };
  const [was, is] = [locked.digest.slice(0, 8), fact.facts.digest.slice(0, 8)];
  return { status: "differs", detail: `the run had the file with digest ${was}…; here is ${is}…: ${remedy}` };
}
