/** A run needs the images; a plan does not. What is not on this machine is named before anything is computed. */

import { existsSync } from "node:fs";
import type { Diagnostic } from "../../compiler/diagnostics.js";
import { diagnostic } from "../../compiler/messages.js";
import { displayPath } from "../host/index.js";
import { HubError, hubFileOf } from "../hub/index.js";
import { CheckpointError } from "../weights/errors.js";
import { placeOf } from "./places.js";
import type { PlannedStudy } from "./planned.js";

/** Fetches what may be fetched and tells what is not there all the same: nothing runs where there is something to tell. */
export async function provideData(planned: PlannedStudy): Promise<readonly Diagnostic[]> {
  const problems = planned.open.hub.network === "allowed" ? await fetchWeights(planned) : [];
  return problems.length > 0 ? problems : missingData(planned);
}

/** What only the lock knew until now, and nodes still to be computed read. */
async function fetchWeights({ facts, open, diff }: PlannedStudy): Promise<readonly Diagnostic[]> {
  const needed = new Set(diff.missing.map((node) => placeOf(node, open.host)));
  const problems: Diagnostic[] = [];
  for (const [spec, fact] of facts.weights) {
    const file = hubFileOf(spec.path);
    const place = open.host.locateWeights(spec);
    if (file === undefined || !needed.has(place) || existsSync(place)) continue;
    try {
      await open.hub.fetch(file, fact.status === "known" ? fact.facts.revision : undefined);
    } catch (error) {
      if (!(error instanceof HubError || error instanceof CheckpointError)) throw error;
      const { message: problem, hint } = error;
      problems.push(diagnostic("weights-problem", { path: spec.path, problem, hint }, spec.location));
    }
  }
  return distinct(problems);
}

/** Data sets and checkpoints that nodes still to be computed read, and that are not where they should be. */
function missingData(planned: PlannedStudy): readonly Diagnostic[] {
  const { facts, open } = planned;
  const needed = new Set(planned.diff.missing.map((node) => placeOf(node, open.host)));
  const missing: Diagnostic[] = [];
  for (const [spec, fact] of facts.datasets) {
    const place = open.host.locate(spec);
    if (fact.status !== "unknown" && (existsSync(place) || !needed.has(place))) continue;
    const path = displayPath(place, open.place.cwd);
    missing.push(diagnostic("dataset-missing", { dataset: spec.name, path }, spec.location));
  }
  for (const [spec, fact] of facts.weights) {
    const place = open.host.locateWeights(spec);
    if (fact.status !== "unknown" && (existsSync(place) || !needed.has(place))) continue;
    const parameters = { path: spec.path, place: displayPath(place, open.place.cwd) };
    const message = hubFileOf(spec.path) === undefined ? "weights-missing" : "hub-missing";
    missing.push(diagnostic(message, parameters, spec.location));
  }
  for (const [spec, fact] of facts.predictions ?? []) {
    const place = open.host.locateWeights(spec);
    if (fact.status !== "unknown" && (existsSync(place) || !needed.has(place))) continue;
    const what = spec.scores === "features" ? "features" : "predictions";
    const parameters = { what, path: spec.path, place: displayPath(place, open.place.cwd) };
    missing.push(diagnostic("predictions-missing", parameters, spec.location));
  }
  return distinct(missing);
}

function distinct(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  const seen = new Map(
    diagnostics.map((one) => [`${one.message} ${one.location.path} ${one.location.span.start}`, one]),
  );
  return [...seen.values()];
}
