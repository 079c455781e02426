/** Data sets of a checked study: whose files, how they are split, what is made of their cases. */

import type { Choice } from "../../catalog/types.js";
import type { Location } from "../diagnostics.js";
import type { Ordering } from "../ordering.js";

export interface DatasetSpec {
  /** As declared; never in a key. */
  readonly name: string;
  readonly adapter: Choice;
  /** Folder or file, as written, and the study file it is relative to. Data roots may replace it. */
  readonly path: string;
  readonly declaredIn: string;
  /** The adapter's own splits, or fractions drawn by us (by group where `by` names one). */
  readonly split: SplitSpec;
  /** Metric id of `target.metric`. */
  readonly metric: string;
  readonly normalize?: { readonly mean: readonly number[]; readonly std: readonly number[] };
  /** The declared data set whose files these are, where it is not this one: data roots go by it. */
  readonly files?: string;
  /** As the study names it, before what the folds and labels of a cell make of it. */
  readonly base?: DatasetSpec;
  /** What was made of the adapter's cases, in order; absent: nothing. */
  readonly views?: readonly ViewSpec[];
  /** Where each `where` among the views is written; never in a key. */
  readonly restrictions?: readonly Location[];
  /** The study's seed, where how many cases there are depends on it. */
  readonly seed?: number;
  readonly location: Location;
}

/** One step of the dataset algebra: `where`, `with`, `take`, `labels`, `folds`. */
export type ViewSpec =
  | { readonly kind: "where"; readonly condition: CaseCondition }
  /** Of the images of every split. */
  | { readonly kind: "transform"; readonly transform: Choice }
  /** All cases dealt into folds anew: `fold` (1-based) is the test split, the next one validation, the rest training. */
  | { readonly kind: "folds"; readonly folds: number; readonly fold: number; readonly by?: string }
  | SubsetSpec;

/** Fewer training cases, the first of an order that a larger subset has too. */
export interface SubsetSpec {
  readonly kind: "subset";
  readonly amount: SubsetAmount;
  /** Every prefix of the order has the classes in proportion, or is drawn from all alike. */
  readonly stratify: "label" | "none";
  /** Whole groups instead of cases. */
  readonly by?: string;
  /** The smaller one inside the larger; else every amount has an order of its own. */
  readonly nested: boolean;
  /** Whether the validation split is cut in proportion, or stays whole. */
  readonly val: "cut" | "whole";
  /** 0 where repeats share the draw. */
  readonly repeat: number;
}
export type SubsetAmount =
  | { readonly kind: "share"; readonly value: number }
  | { readonly kind: "images"; readonly value: number }
  | { readonly kind: "per-class"; readonly value: number };

/** About one case; `class`, or a column of the data set. A case without a value meets no condition on it. */
export type CaseCondition =
  /** Values sorted, none twice. */
  | { readonly kind: "in"; readonly column: string; readonly values: readonly (string | number)[] }
  /** Classes dealt at random into parts of equal size: this one of so many, from 0. `draw` tells ways of dealing apart. */
  | {
      readonly kind: "part-of-classes";
      readonly parts: number;
      readonly part: number;
      readonly draw: number;
      /** The study's, once it is in a plan. */
      readonly seed?: number;
    }
  | { readonly kind: "compare"; readonly column: string; readonly operator: Ordering; readonly value: number }
  | { readonly kind: "not"; readonly condition: CaseCondition }
  | { readonly kind: "and" | "or"; readonly left: CaseCondition; readonly right: CaseCondition };
export type SplitSpec =
  | { readonly kind: "official" }
  | {
      readonly kind: "fractions";
      readonly train: number;
      readonly val: number;
      readonly test: number;
      readonly by?: string;
    };

export type SplitName = "train" | "val" | "test";
/** Where cases lie: a split, or none where the data has no splits. */
export type PartName = SplitName | "unassigned";
/** What is trained on: the training split, or that and the validation split together. */
export type TrainingSplit = "train" | "train_val";
/** What is measured on: a split, or every case. */
export type EvaluationSplit = SplitName | "all";
