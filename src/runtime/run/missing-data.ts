/** A run needs the images; a plan does not. What is not on this machine is named before anything is computed. */

import { existsSync } from "node:fs";
import type { Diagnostic } from "../../compiler/diagnostics.js";
import { diagnostic } from "../../compiler/messages.js";
import { displayPath } from "../host/index.js";
import type { PlannedStudy } from "./planned.js";

/** Data sets and checkpoints that nodes still to be computed read, and that are not where they should be. */
export function missingData(planned: PlannedStudy): readonly Diagnostic[] {
  const { facts, open } = planned;
  const needed = new Set(planned.diff.missing.flatMap(({ resource }) => resource && open.host.locate(resource)));
  const missing: Diagnostic[] = [];
  for (const [spec, fact] of facts.datasets) {
    const place = open.host.locate(spec);
    if (fact.status !== "unknown" && (existsSync(place) || !needed.has(place))) continue;
    const path = displayPath(place, open.place.cwd);
    missing.push(diagnostic("dataset-missing", { dataset: spec.name, path }, spec.location));
  }
  for (const [spec, fact] of facts.weights) {
    const place = open.host.locate({ name: "", ...spec });
    if (fact.status !== "unknown" && (existsSync(place) || !needed.has(place))) continue;
    const shown = displayPath(place, open.place.cwd);
    missing.push(diagnostic("weights-missing", { path: spec.path, place: shown }, spec.location));
  }
  return distinct(missing);
}

function distinct(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  const seen = new Map(
    diagnostics.map((one) => [`${one.message} ${one.location.path} ${one.location.span.start}`, one]),
  );
  return [...seen.values()];
}
