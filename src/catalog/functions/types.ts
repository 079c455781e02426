/** Functions of the language that are no entries with a version: what they do is part of what a study says. */

import type { ParameterSchema } from "../types.js";

export interface FunctionParameter extends ParameterSchema {
  /** Measures, derives and arithmetic on them; axes of the experiments that are read; how an interval is made. */
  readonly takes?: "quantity" | "axes" | "interval" | "terms";
}

export interface FunctionEntry {
  readonly id: string;
  readonly doc: string;
  /** `numbers`: in derives, tables and figures. `points`: where an axis or a grid has its points. */
  readonly gives: "numbers" | "points";
  readonly parameters: { readonly [name: string]: FunctionParameter };
  readonly required: readonly string[];
  readonly positional: readonly string[];
}
