/**
 * `xferc/plugin`: what a project's own metrics, data set adapters, models and probes are written with. A plug-in is a
 * module whose default export is what `definePlugin` gives. docs/plugins.md is its guide.
 */

import type { ParameterSchema, Task } from "../../catalog/types.js";
import type { PluginModel } from "./api-model.js";
import type { PluginProbe } from "./api-probe.js";

export type { ParameterSchema, Task } from "../../catalog/types.js";
export type * from "./api-model.js";
export type * from "./api-probe.js";

export interface Plugin {
  /** As people read it, in errors and plans: letters, digits and dashes. */
  readonly name: string;
  /** Part of every key that its code touches, as is the digest of its sources. */
  readonly version: string;
  readonly metrics?: readonly PluginMetric[];
  readonly datasets?: readonly PluginDataset[];
  readonly models?: readonly PluginModel[];
  readonly probes?: readonly PluginProbe[];
}

/** Gives back what it is given; with it an editor and `tsc` know the types. */
export function definePlugin(plugin: Plugin): Plugin {
  return plugin;
}

// ── metrics ──────────────────────────────────────────────────────────────────────────────────────────────────────

export interface PluginMetric {
  /** As a study writes it: `expected_cost`. */
  readonly id: string;
  /** Raise it when its numbers change on purpose; 1 unless given. */
  readonly version?: number;
  /** One sentence, then detail: what hover and completion show. */
  readonly doc: string;
  readonly tasks: readonly Task[];
  /** Whether it reads `predicted`, or `probabilities` as they are. A threshold changes `predicted`. */
  readonly reads: "classes" | "probabilities";
  /** Which way is better. */
  readonly direction: "max" | "min";
  /** Least and greatest value; `null` is unbounded, and both are unless given. */
  readonly range?: readonly [number | null, number | null];
  /** Whether it can be taken at a `threshold:`; of two classes or several labels. */
  readonly threshold?: true;
  /** When there is no number; "Never." unless given. */
  readonly undefinedWhen?: string;
  /** Where the definition is from. */
  readonly source?: string;
  /**
   * The number of these cases, or why there is none. It is called with resamples of them, too, and must depend on
   * nothing but its argument: the same cases, the same bits.
   */
  measure(cases: MetricCases): number | NoNumber;
}

/** Why there is no number: a clause, `only one class occurs`. */
export interface NoNumber {
  readonly undefined: string;
}

export interface MetricCases {
  readonly task: Task;
  readonly images: number;
  readonly classes: number;
  /**
   * [images] class indices; of several labels [images × classes], row-major, 1, 0, or −1 where a label is not known.
   * Read, never written to.
   */
  readonly labels: Int32Array;
  /** [images] class indices; of several labels [images × classes] of 1 and 0. */
  readonly predicted: Int32Array;
  /** [images × classes], row-major; rows sum to 1 unless there are several labels. */
  readonly probabilities: Float64Array;
}

// ── data sets ────────────────────────────────────────────────────────────────────────────────────────────────────

export interface PluginDataset {
  /** As a study writes it: `dataset d from slide_index("slides")`. */
  readonly id: string;
  /** Raise it when it reads the same files otherwise; 1 unless given. */
  readonly version?: number;
  readonly doc: string;
  /** Beside `path`, `channels`, `reject` and `leakage`, which every data set of a plug-in has. */
  readonly parameters?: { readonly [name: string]: ParameterSchema };
  readonly required?: readonly string[];
  /** Lists the cases; images are looked at, digested and decoded by xferc. Must depend on nothing but its argument. */
  cases(source: DatasetSource): DatasetCases | Promise<DatasetCases>;
}

/** The data set's folder, which nothing here leads out of. Paths are relative to it, with `/`. */
export interface DatasetSource {
  /** What the study gave, with defaults. */
  readonly params: { readonly [name: string]: unknown };
  /** Names of the folders in a folder, in order. */
  folders(folder?: string): Promise<readonly string[]>;
  /** Every file beneath a folder, in order; hidden ones aside. */
  files(folder?: string): Promise<readonly string[]>;
  /** A UTF-8 text of at most 64 MB. */
  text(path: string): Promise<string>;
  /** Rows of a CSV or TSV file under the names of its header. */
  table(path: string): Promise<readonly TableRow[]>;
}

export interface TableRow {
  readonly line: number;
  readonly cells: { readonly [column: string]: string };
}

export interface DatasetCases {
  readonly cases: Iterable<DatasetCase>;
  /** In their order; from the labels that occur where they are not given. Needed where a case has several labels. */
  readonly classes?: readonly string[];
  /** What of `attributes` is kept, in this order. */
  readonly attributes?: readonly string[];
  /** What a `group` is: `patient`. */
  readonly groupedBy?: string;
}

export interface DatasetCase {
  /** Of the image, relative to the data set's folder. */
  readonly file: string;
  /** Names the case; its file unless given. Draws are about it. */
  readonly id?: string;
  /** Absent where the data give none. */
  readonly split?: "train" | "val" | "test";
  /** A class by its name; of several labels one number a class: 1, 0, or −1 where it is not known. */
  readonly label: string | readonly number[];
  /** Whoever must not be on two sides of a split. */
  readonly group?: string;
  readonly attributes?: { readonly [name: string]: string };
  /** Where it is from, for problems: `records.csv` and 17. */
  readonly from?: { readonly table: string; readonly line: number };
}
