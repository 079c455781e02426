/** What exists to be declared. The one place the checker, hover, reference pages and the runtime's registry read. */

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** What a number in the source must carry. `duration` takes steps, epochs, images or checks and becomes a `Duration`. */
export type UnitKind = "duration" | "px" | "fraction" | "images" | "count" | "none";

/** JSON Schema 2020-12 for one parameter, with the two annotations of ours. */
export interface ParameterSchema {
  readonly type?: "number" | "integer" | "string" | "boolean" | "array" | "object";
  readonly description: string;
  readonly default?: Json;
  readonly enum?: readonly Json[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly items?: Omit<ParameterSchema, "description">;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly anyOf?: readonly Omit<ParameterSchema, "description">[];
  readonly unit?: UnitKind;
  /** What a name in this position refers to, where it is no plain value. */
  readonly refers?: "metric" | "split" | "dataset" | "state" | "layer" | "model";
}

export type CatalogKind =
  | "dataset"
  | "model"
  | "optimizer"
  | "schedule"
  | "augment"
  | "selection"
  | "init"
  | "sampler"
  | "probe"
  | "metric"
  | "mark";

export interface CatalogEntry {
  readonly kind: CatalogKind;
  /** As written in a study: `adam`, `cka`, `resnet`. */
  readonly id: string;
  /** Bumped only when its numbers change; part of keys. */
  readonly version: number;
  /** One sentence, then detail: shapes, units, source. */
  readonly doc: string;
  readonly parameters: { readonly [name: string]: ParameterSchema };
  readonly required?: readonly string[];
  /** Parameters that may be given without their name, in order. */
  readonly positional?: readonly string[];
}

/** A catalogue id with every parameter filled in. */
export interface Choice {
  readonly id: string;
  readonly version: number;
  readonly params: { readonly [name: string]: Json };
}

export type DurationUnit = "steps" | "epochs" | "images" | "checks";
export interface Duration {
  readonly value: number;
  readonly unit: DurationUnit;
}
