/** What expressions mean. Specs are shared objects: the same declaration is the same object in every cell. */

import type { Expression, Setting, Span } from "../../../grammar/syntax.js";
import type { Duration } from "../../catalog/types.js";
import type { DeclaredSymbol, NamespaceSymbol } from "../bind/scope.js";
import type { LoadedFile } from "../load.js";
import type {
  AxisPoint,
  Cell,
  DatasetSpec,
  EvaluationSplit,
  InitSpec,
  ModelChoice,
  PretrainSpec,
  Selector,
  SourceSpec,
  StateMoment,
  StateSpec,
  TensorSource,
} from "../study.js";
import { withArticle } from "../suggest.js";
import type { Environment } from "./environment.js";

/** The cell, or the point on the way to one, that a state or source is wanted for. */
export interface Request {
  readonly experiment: string;
  readonly point: { readonly [axis: string]: AxisPoint };
  readonly repeat: number;
  readonly seed: number;
  readonly model: ModelChoice;
  readonly target: DatasetSpec;
  /** Absent while the cell's own slots are being filled. */
  readonly cell: Cell | undefined;
  /** The cell of another repeat of the same point, where a state `[repeat: other]` is wanted. */
  readonly other?: Cell;
}

export type Value =
  | UnknownValue
  | NumberValue
  | { readonly kind: "string"; readonly value: string }
  | { readonly kind: "boolean"; readonly value: boolean }
  | WordValue
  | { readonly kind: "list"; readonly items: readonly Item[] }
  | { readonly kind: "tuple"; readonly items: readonly Item[] }
  | RangeValue
  | { readonly kind: "dataset"; readonly dataset: DatasetSpec }
  | { readonly kind: "split"; readonly dataset: DatasetSpec; readonly split: EvaluationSplit }
  | { readonly kind: "model"; readonly model: ModelChoice }
  | SourceValue
  | StateValue
  | InitValue
  | RecipeValue
  | { readonly kind: "metric"; readonly id: string }
  | PartValue
  | { readonly kind: "layers"; readonly names: readonly string[] }
  | { readonly kind: "layer"; readonly name: string }
  /** A declaration with parameters, not yet called. */
  | { readonly kind: "function"; readonly symbol: DeclaredSymbol }
  | { readonly kind: "experiment"; readonly symbol: DeclaredSymbol }
  /** A column of an experiment or derive that holds numbers: of use in outputs only. */
  | { readonly kind: "other"; readonly what: string }
  | { readonly kind: "namespace"; readonly symbol: NamespaceSymbol };

/** Already reported, or a parameter whose value is not known yet: everything may be done with it, silently. */
export interface UnknownValue {
  readonly kind: "unknown";
}
export const UNKNOWN: UnknownValue = { kind: "unknown" };

export interface NumberValue {
  readonly kind: "number";
  /** A percentage is a fraction: `50%` is 0.5 with unit `%`. */
  readonly value: number;
  readonly unit: string | undefined;
}
/** A name nothing declares; whether that is right depends on who asks. */
export interface WordValue {
  readonly kind: "word";
  readonly text: string;
  readonly span: Span;
  readonly file: LoadedFile;
}
export interface Item {
  readonly label: string | undefined;
  readonly value: Value;
  readonly expression: Expression;
}
export interface RangeValue {
  readonly kind: "range";
  readonly from: number;
  readonly to: number;
  readonly by: number | undefined;
  readonly unit: string | undefined;
}
export interface SourceValue {
  readonly kind: "source";
  readonly name: string;
  /** `undefined`: this model has none (a table without it), or what is wrong was reported. */
  resolve(request: Request): SourceSpec | undefined;
  /** Of a table: the models it has. */
  readonly models?: readonly string[];
  /** The data set it was trained on, where that is known and one. */
  data?(): DatasetSpec | undefined;
  /** Set where it is one pretraining, or one a model: `.at(…)`, `.last` and `.selected` choose its moment. */
  readonly pretrain?: Pretraining;
}
export interface Pretraining {
  /** Undefined where models were pretrained on different ones. */
  readonly on: DatasetSpec | undefined;
  /** Of a table, what all of its pretrainings keep. */
  readonly keep: readonly Duration[];
  resolve(request: Request): PretrainSpec | undefined;
}
export interface StateValue {
  readonly kind: "state";
  readonly text: string;
  /** `undefined` where what is wrong was reported. */
  make(request: Request): StateSpec | undefined;
  /** `initial`, `selected` and `last` of the cell itself. */
  readonly own: boolean;
  /** Of another experiment, and where it may still be sliced. */
  readonly slice?: ExperimentState;
  /** Of the cell itself, as it is: it may still be sliced to another repeat. */
  readonly moment?: StateMoment;
  /** Set where `[repeat: other]` stands in it: there is one for every unordered pair of repeats. */
  readonly pairs?: true;
  /** Set where a model from elsewhere said or computed it: scores, or probes of features, read it, and nothing else. */
  readonly outside?: "predictions" | "features";
  /** Of features from elsewhere: what their one layer is called. */
  readonly layer?: string;
}
export interface ExperimentState {
  readonly symbol: DeclaredSymbol;
  readonly moment: StateMoment;
  readonly at: ReadonlyMap<string, string>;
  /** Of every other repeat, or of one; the same repeat where nothing was written. */
  readonly repeat?: "other" | number;
}
export type TensorSourceDraft =
  | { readonly kind: "fixed"; readonly source: TensorSource }
  | { readonly kind: "state"; readonly state: StateValue };
export interface RuleDraft {
  readonly parts: readonly Selector[];
  readonly except: readonly Selector[];
  readonly source: TensorSourceDraft;
  readonly location: InitSpec["location"];
}
export interface InitValue {
  readonly kind: "init";
  readonly name: string;
  readonly rules: readonly RuleDraft[];
  /** Set where no rule draws from a state that differs by cell. */
  readonly fixed: InitSpec | undefined;
  readonly location: InitSpec["location"];
}
export interface RecipeValue {
  readonly kind: "recipe";
  readonly stages: readonly RecipeDraft[];
}
export interface SettingUse {
  readonly setting: Setting;
  readonly environment: Environment;
}
/** A recipe before its target is known: `target.metric` is another number for each. */
export interface RecipeDraft {
  readonly name: string;
  readonly settings: ReadonlyMap<string, SettingUse>;
  /** `--set finetune.lr=…`: parameters of the optimizer, replaced in place. */
  readonly parameters: ReadonlyMap<string, { readonly expression: Expression; readonly environment: Environment }>;
  /** No setting of it was reported: what is missing is missing. */
  readonly sound: boolean;
  readonly location: InitSpec["location"];
}
export interface PartValue {
  readonly kind: "part";
  readonly parts: readonly Selector[];
  readonly except: readonly Selector[];
}

/** How a message names a value of this kind: "a number", "a recipe". */
export function describe(value: Value): string {
  switch (value.kind) {
    case "unknown":
      return "unknown";
    case "number":
      return value.unit === undefined ? "a number" : `a number of ${value.unit === "%" ? "percent" : value.unit}`;
    case "string":
      return "a string";
    case "boolean":
      return "yes or no";
    case "word":
      return `the word \`${value.text}\``;
    case "list":
    case "range":
    case "tuple":
    case "split":
    case "model":
    case "source":
    case "state":
    case "recipe":
    case "metric":
    case "part":
    case "layer":
    case "experiment":
      return withArticle(value.kind);
    case "dataset":
      return "a dataset";
    case "init":
      return "an init";
    case "layers":
      return "a list of layers";
    case "function":
      return `${withArticle(value.symbol.kind)} that takes parameters`;
    case "namespace":
      return "an imported file";
    case "other":
      return value.what;
    default:
      return value satisfies never;
  }
}
