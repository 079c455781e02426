/** What exists to be declared. The one place the checker, hover, reference pages and the runtime's registry read. */

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** What a number in the source must carry. `duration` takes steps, epochs, images or checks and becomes a `Duration`. */
export type UnitKind = "duration" | "px" | "fraction" | "images" | "count" | "none";

/** JSON Schema 2020-12 for one parameter, with annotations of ours. */
export interface ParameterSchema {
  readonly type?: "number" | "integer" | "string" | "boolean" | "array" | "object";
  readonly description: string;
  readonly default?: Json;
  readonly enum?: readonly Json[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  /** Of whole numbers the odd ones. */
  readonly not?: { readonly multipleOf: 2 };
  readonly items?: Omit<ParameterSchema, "description" | "variants">;
  readonly minItems?: number;
  readonly maxItems?: number;
  /** Plain schemas, told apart by what is written: a number, so many of them, a word. */
  readonly anyOf?: readonly Omit<ParameterSchema, "description" | "variants">[];
  readonly unit?: UnitKind;
  /** Other spellings of an enum's values, replaced before anything is keyed: one estimator, one name. */
  readonly aliases?: { readonly [spelling: string]: string };
  /** Words, each with parameters of its own: `error`, `skip(max: 1%)`. The value is `{ kind: word, …parameters }`. */
  readonly variants?: { readonly [word: string]: { readonly [name: string]: ParameterSchema } };
  /**
   * `training`: acts on a training step alone. Evaluation and every key but a training's do not know it, and a training's
   * key holds it only where it differs from the default.
   */
  readonly phase?: "training";
  /** Values that only some models can have: `cls` needs a class token. */
  readonly needs?: { readonly [value: string]: "class-token" };
  /** Fewer images than the network has features are warned of. */
  readonly asManyAs?: "features";
  /** Names a split's parameter: no more than that split has images. */
  readonly mostImagesOf?: string;
  /** What a name in this position refers to, where it is no plain value. */
  readonly refers?:
    | "metric"
    | "split"
    | "dataset"
    | "state"
    | "layer"
    | "model"
    | "recipe"
    | "column"
    | "threshold"
    | "interval";
}

export type CatalogKind =
  | "dataset"
  | "model"
  | "optimizer"
  | "schedule"
  | "augment"
  | "transform"
  | "selection"
  | "precision"
  | "solver"
  | "loss"
  | "mix"
  | "average"
  | "stop"
  | "adapter"
  | "init"
  | "sampler"
  | "state"
  | "probe"
  | "metric"
  | "test"
  | "mark";

/** Which code an entry of a plug-in is: what is declared of it, and what it is by its sources. Part of every key it touches. */
export interface PluginRef {
  readonly name: string;
  readonly version: string;
  /** SHA-256 of its sources. */
  readonly digest: string;
}

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
  /** Other names of the same thing; a study that uses one means this entry. */
  readonly aliases?: readonly string[];
  /** Absent where it is built in. */
  readonly plugin?: PluginRef;
}

export interface ModelEntry extends CatalogEntry {
  readonly kind: "model";
  /** A named size of another entry: the same family with these parameters, and the same keys. */
  readonly preset?: { readonly of: string; readonly params: { readonly [name: string]: Json } };
  /** The parameter that lists widths, and which part each is of: what `width 50% on …` changes. */
  readonly widths?: { readonly parameter: string; readonly parts: string | readonly string[] };
  /** Another model with the same tensors: by how many classes `head` tells apart, published weights of the two are known. */
  readonly twin?: {
    readonly model: string;
    readonly head: string;
    readonly classes: number;
    readonly theirs: number;
  };
}

/** What is done to every image of a data set. */
export interface TransformEntry extends CatalogEntry {
  readonly kind: "transform";
  /** It draws, of each image's id. */
  readonly draws?: "images";
  /** Parameters with which it does nothing. */
  readonly neutral?: { readonly [parameter: string]: Json };
  /** A parameter that may be no greater than the images are wide. */
  readonly mostPixels?: string;
}

export type Task = "multiclass" | "binary" | "multilabel";

export interface MetricEntry extends CatalogEntry {
  readonly kind: "metric";
  readonly tasks: readonly Task[];
  /** Predicted classes, which a threshold decides where there is one, or probabilities as they are. */
  readonly reads: "classes" | "probabilities";
  /** A sentence: when there is no number. */
  readonly undefinedWhen: string;
  /** Where the definition is from, and whose number it equals. */
  readonly source: string;
  readonly direction: "max" | "min";
  /** Least and greatest value; `null` is unbounded. A ratio of a metric that can be ≤ 0 means little. */
  readonly range: readonly [number | null, number | null];
  /** Of two classes it is of the second one, the positive: another number if they change places. */
  readonly ofPositive?: true;
  /** Whether it is of predictions made at a threshold. */
  readonly threshold?: true;
}

/** A statistical test of two columns. */
export interface TestEntry extends CatalogEntry {
  readonly kind: "test";
  /** What is paired: a number a repeat and fold, or the cases themselves. */
  readonly over: "replicates" | "cases";
  /** Of a test of cases: the metric whose difference it tests. */
  readonly metric?: string;
  /** Of a test of cases: the tasks whose cases it takes. */
  readonly tasks?: readonly Task[];
  /** Whether it is of folds only, or has to be warned of them because it takes differences for independent. */
  readonly folds: "needed" | "warn" | "any";
  readonly undefinedWhen: string;
  readonly source: string;
}

/** What a probe's node reads. The planner lowers a probe by this alone, whichever it is. */
export type ProbeReads =
  /** Predictions of its state: a node of their own, which every score of them shares. */
  | { readonly kind: "predictions" }
  /** The checks of the cell's training. */
  | { readonly kind: "history" }
  /** A node `probe.ID` of its own, with these inputs. */
  | {
      readonly kind: "inputs";
      /** By input's role: the parameter that names the state. */
      readonly states: { readonly [role: string]: string };
      /** By input's role: the parameter that names the split. With images it runs on the engine. */
      readonly images: { readonly [role: string]: string };
      /** By input's role: the parameter that names the data set; absent where images are the target's. */
      readonly datasets?: { readonly [role: string]: string };
      /**
       * `layers`: features of the layers, from the one forward pass that all readers of a state and split share;
       * `attention`: the same of the layers that have attention, which the model must have; `embedding`: what the head
       * reads. `own`: the probe runs the model itself, in states it makes. `none`: no model is run.
       */
      readonly taps: "layers" | "attention" | "embedding" | "own" | "none";
      /** Patterns of the layers it reads, and its rows are of; all where absent. */
      readonly only?: readonly string[];
      /** A state may be features from elsewhere, a row an image: their numbers alone are read, of one layer. */
      readonly given?: true;
      /**
       * `own`: the state runs with the head it was trained with, whatever its classes; else it has the target's. `scored`:
       * its numbers are of what that head predicts.
       */
      readonly head?: "own" | "scored";
      /** `one`: images have a label each, which it reads. */
      readonly labels?: "one";
      /** What it draws: which images, once a seed; or tensors, anew in every repeat. */
      readonly draws?: "images" | "tensors";
      /** What of the cell's stages it is told: by stage, the names of the tensors that are frozen. */
      readonly recipe?: "frozen";
    };

export interface ProbeEntry extends CatalogEntry {
  readonly kind: "probe";
  readonly reads: ProbeReads;
  /** Parameters of which exactly one is written. */
  readonly oneOf?: readonly string[];
  /** How many states it takes, and those it takes when none is written. */
  readonly states: readonly StateParameter[];
  /** The split its images come from when `on:` is not written; `null` for a probe that reads no images. */
  readonly split: "train" | "val" | "test" | null;
  /** Axes its rows add to the cell's. */
  readonly inner: readonly ("layer" | "layer2" | "head" | "number")[];
  /** What it gives several of, by name: the points of the axis `number`. */
  readonly numbers?: readonly string[];
  /** The parameter that says whether `layer` runs over the model's `layers` or its `units`; layers where there is none. */
  readonly partsBy?: string;
  /** Where there are two, whose layers each is: the name of a state. */
  readonly innerOf?: { readonly [axis: string]: string };
  /**
   * Whether it takes a metric: a score of predictions. `checked`: the one the training's checks measure; a metric or
   * split that is written says which one is meant, and must be that one.
   */
  readonly metric: "required" | "target" | "checked" | "none";
  /** Its numbers are a metric's, of states made of others: the estimator's name says which state, and compares with any. */
  readonly rescores?: true;
  /** The least and greatest value of what is no metric; null where unbounded. */
  readonly range?: readonly [number | null, number | null];
  /** Parameters that are part of the estimator's name in results, beside `estimator` itself. */
  readonly estimator: readonly string[];
  /** A plug-in's own name for how it measures, with its version: the first part of the estimator's name. */
  readonly called?: string;
  /** Parameters that are part of it only where they are not the default: names of earlier runs stay what they were. */
  readonly estimatorUnlessDefault?: readonly string[];
  /**
   * For estimates: forward passes over its images (of each state and split), `part` where it takes as many for every
   * part of `partsBy`, from where the part begins; and what is done with their features.
   */
  readonly cost: {
    readonly passes: number;
    readonly each?: "part";
    /** `gram`: products of all pairs of images; `neighbours`: of queries and a bank; `regression`: fits on
     * them; `moments`: covariances of the embedding; `canonical`: directions of every layer, and products of all pairs.
     */
    readonly arithmetic?: "gram" | "neighbours" | "regression" | "moments" | "canonical";
  };
}
export interface StateParameter {
  readonly name: string;
  readonly default?: "initial" | "selected" | "last";
  /** Published weights it is where nothing is written, and the model they are of. */
  readonly published?: { readonly path: string; readonly model: string };
}

/** A state made of states. The planner lowers it by this alone, whichever it is. */
export interface StateEntry extends CatalogEntry {
  readonly kind: "state";
  /** Parameters that are states, and the inputs they are. */
  readonly states: readonly string[];
  /** By input's role: the split of the cell's target it reads. With images it runs on the engine, in batches of the recipe. */
  readonly images?: { readonly [role: string]: SplitRole };
  /** Draws the order of the images. */
  readonly draws?: "order";
  /** What it changes is tensors of this role: of a model without them it gives its first state as it is. */
  readonly changes?: "running-mean";
  /** Where its parameters are these, it is one of its states as it is. */
  readonly same?: readonly { readonly when: { readonly [parameter: string]: Json }; readonly state: string }[];
  /** By parameter and value: the function of what it gives otherwise, with the default, that is meant. */
  readonly means?: { readonly [parameter: string]: { readonly [value: string]: string } };
}
export type SplitRole = "train" | "val" | "test";

export interface MarkEntry extends CatalogEntry {
  readonly kind: "mark";
  readonly channels: readonly string[];
  readonly needs: readonly string[];
  /** Channels that show a number here, and no axis of names. */
  readonly numbers: readonly string[];
  /** Channels that show the points of an axis here, and no number. */
  readonly axes: readonly string[];
  readonly band: boolean;
}

/** A catalogue id with every parameter filled in. */
export interface Choice {
  readonly id: string;
  readonly version: number;
  readonly params: { readonly [name: string]: Json };
  /** Of an entry that a plug-in brought. */
  readonly plugin?: PluginRef;
}

export type DurationUnit = "steps" | "epochs" | "images" | "checks";
export interface Duration {
  readonly value: number;
  readonly unit: DurationUnit;
}
