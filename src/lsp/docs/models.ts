/** The models a study can mean: those its cells train, or else those its file declares or sees. */

import type { ModelInfo } from "../../models/types.js";
import type { Analysis } from "../workspace/workspace.js";
import { declaredValue, tracedModel } from "./values.js";

export interface NamedModel {
  readonly name: string;
  readonly info: ModelInfo;
}

export function modelsInUse(analysis: Analysis): readonly NamedModel[] {
  const found = new Map<string, ModelInfo>();
  for (const { cells } of analysis.inspection?.experiments ?? []) {
    for (const { model } of cells) {
      const info = found.has(model.name) ? undefined : tracedModel(model);
      if (info !== undefined) found.set(model.name, info);
    }
  }
  if (found.size === 0) declared(analysis, found);
  return [...found].map(([name, info]) => ({ name, info }));
}

function declared(analysis: Analysis, found: Map<string, ModelInfo>): void {
  for (const binding of analysis.view.scope.names.values()) {
    if (binding.kind !== "model") continue;
    const value = declaredValue(analysis, binding);
    const info = value?.kind === "model" ? tracedModel(value.model) : undefined;
    if (info !== undefined) found.set(binding.name, info);
  }
}
