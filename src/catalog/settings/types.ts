/** Settings and statements of the language's blocks, for hover, completion and reference pages. */

import type { CatalogKind, ParameterSchema } from "../types.js";

export type BlockKind =
  | "part"
  | "profile"
  | "study"
  | "dataset"
  | "recipe"
  | "experiment"
  | "tune"
  | "model"
  | "init"
  | "source"
  | "table"
  | "figure"
  | "mark";

/** What may stand behind a setting's name. */
export type SettingValue =
  /** One of the catalogue: `optimizer adam(…)`. */
  | { readonly kind: "entry"; readonly of: CatalogKind }
  /** A declared name, or one of the catalogue where it has the kind too: `train finetune`, `init transfer`. */
  | { readonly kind: "declared"; readonly of: readonly ("dataset" | "model" | "source" | "init" | "recipe")[] }
  | { readonly kind: "schema"; readonly schema: ParameterSchema }
  | { readonly kind: "words"; readonly words: readonly string[] }
  /** Axes of the experiments an output reads. */
  | { readonly kind: "axes" }
  /** Measures, derives, axes and numbers. */
  | { readonly kind: "quantity" }
  /** Parts of a model. */
  | { readonly kind: "parts" }
  | { readonly kind: "free" };

export interface SettingEntry {
  readonly name: string;
  /** One sentence, then detail. */
  readonly doc: string;
  readonly value: SettingValue;
  /** As one writes it; also what completion inserts: `${1:…}` is a place to fill in. */
  readonly snippet: string;
  /** Whether it may stand more than once. */
  readonly many?: true;
}

export interface BlockEntry {
  readonly block: BlockKind;
  readonly settings: readonly SettingEntry[];
}
