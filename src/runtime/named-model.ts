/** A model as a command names it: a family of the catalogue, a timm name, or what a plug-in of the project brings. */

import { BUILTIN, type Catalog } from "../catalog/index.js";
import type { ModelEntry } from "../catalog/types.js";
import type { Violation } from "../catalog/validate.js";
import { presets, resolvePreset } from "../models/presets.js";
import type { ModelSpec } from "../models/types.js";

export interface NamedModel {
  readonly family: ModelEntry;
  /** Of a named size; none of a family. */
  readonly params: ModelSpec["params"];
  /** Height and width of a named size's input, px. */
  readonly size?: number;
}

/** No model is called so; the message says which there are. */
export class UnknownModelError extends Error {
  override readonly name = "UnknownModelError";
}

/** A timm name may carry its weights' tag: `resnet18.a1_in1k`. */
const untagged = (model: string): string => model.replace(/\.[^.]*$/, "");

/** Whether no plug-in's code is needed to know it. */
export function isBuiltIn(model: string): boolean {
  const name = untagged(model);
  return resolvePreset(name) !== undefined || BUILTIN.entry("model", name) !== undefined;
}

/** @throws UnknownModelError */
export function namedModel(model: string, catalog: Catalog = BUILTIN): NamedModel {
  const name = untagged(model);
  const preset = resolvePreset(name);
  const family = catalog.entries("model").find(({ id }) => id === (preset?.family ?? name));
  if (family !== undefined) {
    return preset === undefined ? { family, params: {} } : { family, params: preset.params, size: preset.size };
  }
  const families = catalog.entries("model").flatMap((entry) => (entry.preset === undefined ? [entry.id] : []));
  throw new UnknownModelError(`no model \`${model}\`; there is ${[...families, ...presets.keys()].sort().join(", ")}`);
}

/** What is wrong with a parameter, for who gave it by `--params`. */
export function violationText({ parameter, keyword }: Violation): string {
  switch (keyword) {
    case "required":
      return `\`${parameter}\` is missing; give it with --params`;
    case "additionalProperties":
      return `it has no parameter \`${parameter}\``;
    default:
      return `\`${parameter}\` is out of bounds (${keyword})`;
  }
}
