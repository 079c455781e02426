/** How many tensors each rule of an init takes, by model, over all cells it is used in. */

import { assignRules } from "../../compiler/plan/parts/assign.js";
import type { InitSpec, ModelChoice } from "../../compiler/study.js";
import type { Analysis } from "../workspace/workspace.js";
import { tracedModel } from "./values.js";

export interface Coverage {
  readonly model: string;
  /** Fewest and most, where the rule differs by cell (`units[1..n]`). */
  readonly from: number;
  readonly to: number;
  readonly all: number;
}

export function ruleKey(path: string, start: number): string {
  return `${path}#${start}`;
}

/** By the place of the rule. */
export function coverage({ inspection }: Analysis): ReadonlyMap<string, readonly Coverage[]> {
  const pairs = new Map<InitSpec, Set<ModelChoice>>();
  for (const { cells } of inspection?.experiments ?? []) {
    for (const { init, model } of cells) {
      const models = pairs.get(init) ?? new Set();
      pairs.set(init, models.add(model));
    }
  }
  const counts = new Map<string, Map<string, Coverage>>();
  for (const [init, models] of pairs) for (const model of models) count(counts, init, model);
  return new Map([...counts].map(([key, byModel]) => [key, [...byModel.values()]]));
}

function count(counts: Map<string, Map<string, Coverage>>, init: InitSpec, model: ModelChoice): void {
  const info = tracedModel(model);
  if (info === undefined) return;
  const { taken } = assignRules(init.rules, info, "init");
  init.rules.forEach(({ location }, index) => {
    const key = ruleKey(location.path, location.span.start);
    const byModel = counts.get(key) ?? new Map<string, Coverage>();
    counts.set(key, byModel);
    const now = taken[index] ?? 0;
    const before = byModel.get(model.name);
    byModel.set(model.name, {
      model: model.name,
      from: Math.min(before?.from ?? now, now),
      to: Math.max(before?.to ?? now, now),
      all: info.tensors.length,
    });
  });
}

export function coverageText(all: readonly Coverage[]): string {
  return all.map(({ model, from, to }) => `${model} ${from === to ? from : `${from}–${to}`}`).join(" · ");
}
