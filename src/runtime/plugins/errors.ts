/** What goes wrong with plug-ins, told as theirs: which one, which file, in what. */

import type { PluginRef } from "../../catalog/types.js";
import { UsageError } from "../host/errors.js";

/** A plug-in that cannot be loaded, or is not what a plug-in should be. */
export class PluginError extends UsageError {}

/** Where in a plug-in something was called: `metrics.cost.measure`. */
export interface Hook {
  readonly plugin: string;
  /** As the configuration names it. */
  readonly from: string;
  readonly hook: string;
}

export function hookError({ plugin, from, hook }: Hook, error: unknown): PluginError {
  const name = error instanceof Error && error.name !== "Error" ? `${error.name}: ` : "";
  const message = error instanceof Error ? error.message : String(error);
  const told = new PluginError(
    `plug-in ${plugin} (${from}) failed in ${hook}: ${name}${message}`,
    "this is the plug-in's, not xferc's or the study's; mend it there",
  );
  if (error instanceof Error && error.stack !== undefined) told.stack = error.stack;
  return told;
}

/** What a plug-in brings, where what is loaded is not what the plan means. */
export function notOfPlan(id: string, plugin: Pick<PluginRef, "name"> | undefined): PluginError {
  return new PluginError(
    `plug-in ${plugin?.name ?? id}, which brings ${id}, is not the one the plan was made with`,
    "run it again",
  );
}
