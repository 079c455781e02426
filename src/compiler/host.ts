/** The compiler's only door to the world. The Node host is in src/runtime/host; tests use an in-memory one. */

import type { ParseResult } from "../../grammar/syntax.js";
import type { Catalog } from "../catalog/index.js";
import type { LintLevels } from "./lint/levels.js";
import type { DatasetSpec, FeaturesSpec, PredictionsSpec, WeightsSpec } from "./study.js";

export type ReadProblem = "missing" | "unreadable" | "directory" | "binary" | "too-large";
/** What a text is saved in that is not UTF-8. */
export type Encoding = "UTF-16 LE" | "UTF-16 BE" | "Latin-1";
export type ReadFailure =
  | { readonly ok: false; readonly problem: ReadProblem }
  | { readonly ok: false; readonly problem: "encoding"; readonly encoding: Encoding };
export type ReadResult = { readonly ok: true; readonly text: string } | ReadFailure;

/** What is known of a dataset without holding its images. */
export interface DatasetFacts {
  /** Of the content: every file's digest, labels and ids. */
  readonly fingerprint: string;
  readonly classes: readonly string[];
  readonly task: "multiclass" | "binary" | "multilabel";
  readonly channels: number;
  readonly splits: { readonly [name: string]: SplitFacts };
  /** Images by part before any view chose from them; absent where none does. */
  readonly parts?: { readonly [name: string]: number };
  /** What is known of cases beside their labels; absent where there is nothing. */
  readonly columns?: readonly ColumnFacts[];
  /** What `groups` counts: `patient`, `lesion`. */
  readonly groupedBy?: string;
  /** Which of its `where`s, from 0, leave out no case; absent where each does, or nobody looked. */
  readonly idle?: readonly number[];
}
/** A column of attributes of cases: sex, age, scanner. */
export interface ColumnFacts {
  readonly name: string;
  readonly type: "number" | "string";
  /** Cases without a value. */
  readonly missing: number;
  /** The values of a string column in alphabetical order, where there are at most 64. */
  readonly values?: readonly string[];
  /** Least and greatest value of a number column. */
  readonly range?: readonly [number, number];
}
export interface SplitFacts {
  readonly images: number;
  readonly perClass: readonly number[];
  readonly groups?: number;
}

export interface WeightsFacts {
  readonly digest: string;
  /** Shapes, under timm's names. */
  readonly tensors: { readonly [name: string]: readonly number[] };
  /** What was done to names and numbers to get there, for people. */
  readonly notes?: readonly string[];
  /** Of a file from a hub: the commit. */
  readonly revision?: string;
}

export interface PredictionsFacts {
  readonly digest: string;
  readonly images: number;
  /** A class an image, by its name; or a number a class; or a number a feature. */
  readonly form: "labels" | "scores" | "features";
  /** Names of classes: those that occur among labels, or have a column. None of features. */
  readonly classes: readonly string[];
  /** Of features: how many an image has. */
  readonly width?: number;
}

/** `unknown`: neither data nor lock here; the plan is provisional. `problem`: looked, and it is wrong; the text says how. */
export type Fact<T> =
  | { readonly status: "known"; readonly facts: T; readonly from: "data" | "lock" }
  | { readonly status: "unknown"; readonly reason: string }
  | { readonly status: "problem"; readonly message: string; readonly hint: string };

export interface CompilerHost {
  /** What can be declared, with what the project's plug-ins bring; what is built in where absent. */
  readonly catalog?: Catalog | undefined;
  /** How serious the project takes what is no error; by the messages themselves where absent. */
  readonly lint?: LintLevels;
  read(path: string): Promise<ReadResult>;
  /** The tree of a text that was read; an editor keeps trees between keystrokes. Parsed anew where absent. */
  parse?(path: string, text: string): ParseResult;
  /** Where an import leads, or why it may not. `xfer:bundled` resolves to the bundled study file. */
  resolveImport(fromPath: string, specifier: string): { readonly path: string } | { readonly problem: string };
  dataset(spec: DatasetSpec): Promise<Fact<DatasetFacts>>;
  weights(spec: WeightsSpec): Promise<Fact<WeightsFacts>>;
  /** Unknown where absent. */
  predictions?(spec: PredictionsSpec | FeaturesSpec): Promise<Fact<PredictionsFacts>>;
}
