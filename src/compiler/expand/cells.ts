/** Cells as they are made: as few objects for each as can be, for there may be a hundred thousand. */

import { resolveInit } from "../check/init.js";
import type { Location } from "../diagnostics.js";
import { type ExpandedExperiment, pointKey } from "../evaluate/context.js";
import type { InitValue, Request, SourceValue } from "../evaluate/values.js";
import { parentOf } from "../init-parent.js";
import type { Cell, CellId, Experiment, PartRule, ProbeSpec, RecipeSpec, SourceSpec, TunedCell } from "../study.js";
import type { LabelsAt } from "./labels.js";
import { MeasureExpander } from "./measures.js";
import { isOfPairs, type ProbeTemplate } from "./probe-templates.js";
import type { Targets } from "./targets.js";
import type { Tuned } from "./tuning.js";

export const MAX_CELLS = 200_000;
const MAX_PROBES = 4_000_000;

/** What all repeats of one point share. */
export interface Filled {
  readonly experiment: string;
  readonly point: Cell["point"];
  readonly model: Cell["model"];
  readonly target: Cell["target"];
  readonly labels: LabelsAt | undefined;
  readonly init: InitValue;
  readonly source: SourceValue | undefined;
  readonly stages: readonly RecipeSpec[];
  readonly tuned: Tuned | undefined;
  readonly template: readonly ProbeTemplate[];
}

/** Probes point at their cell, so they come after it. */
type OpenCell = Omit<Cell, "probes" | "source" | "fold" | "tuned"> & {
  tuned?: TunedCell;
  probes: readonly ProbeSpec[];
  source?: SourceSpec;
  fold?: number;
};
const NO_PROBES: readonly ProbeSpec[] = [];

export class CellMaker {
  readonly #cells: Cell[] = [];
  readonly #ofPairs = new WeakMap<readonly ProbeTemplate[], boolean>();
  #probes = 0;

  constructor(
    readonly axes: readonly string[],
    readonly seed: number,
    readonly location: Location,
    readonly targets: Targets,
  ) {}

  get cells(): readonly Cell[] {
    return this.#cells;
  }

  /** What there is too much of, if anything. */
  get excess(): { readonly what: string; readonly limit: number } | undefined {
    if (this.#probes > MAX_PROBES) {
      return { what: "measurements", limit: MAX_PROBES };
    }
    return this.#cells.length > MAX_CELLS ? { what: "cells", limit: MAX_CELLS } : undefined;
  }

  /** One cell a fold and repeat. False where the source has nothing for this model, or what is wrong was reported. */
  add(filled: Filled, repeats: number): boolean {
    const folds = this.targets.folds?.folds;
    if (folds === undefined) {
      return this.#repeats(filled, repeats, undefined);
    }
    for (let fold = 1; fold <= folds; fold++) {
      const point = { ...filled.point, fold: { label: String(fold), value: fold } };
      if (!this.#repeats({ ...filled, point }, repeats, fold)) {
        return false;
      }
    }
    return true;
  }

  #repeats(filled: Filled, repeats: number, fold: number | undefined): boolean {
    const { experiment, point, model, labels, init, template } = filled;
    const axes = fold === undefined ? this.axes : [...this.axes, "fold"];
    const where = axes.map((axis) => `${axis}: ${point[axis]?.label ?? ""}`).join(", ");
    const id = where === "" ? experiment : `${experiment}[${where}]`;
    const made: { readonly cell: OpenCell; readonly request: Request }[] = [];
    for (let repeat = 1; repeat <= repeats && this.excess === undefined; repeat++) {
      const target = this.targets.at(filled.target, labels, fold, repeat);
      const request: Request = { experiment, point, repeat, seed: this.seed, model, target, cell: undefined };
      const parent = parentOf(init.fixed?.rules ?? fixedRules(init));
      const source = filled.source?.resolve(parent === undefined ? request : { ...request, model: parent });
      if (filled.source !== undefined && source === undefined) {
        return false;
      }
      const rules = resolveInit(init, request);
      if (rules === undefined) {
        return false;
      }
      const { seed, location } = this;
      const cell: OpenCell = {
        id: `${id}#${repeat}` as CellId,
        experiment,
        point,
        repeat,
        seed,
        model,
        target,
        init: rules,
        train: filled.stages,
        probes: NO_PROBES,
        location,
      };
      if (source !== undefined) {
        cell.source = source;
      }
      if (fold !== undefined) {
        cell.fold = fold;
      }
      if (filled.tuned !== undefined) {
        const group = filled.tuned.groupAt(fold);
        cell.tuned = { trials: filled.tuned.trials, group };
        group.cells.push(cell);
      }
      this.#cells.push(cell);
      if (this.#pairs(template)) {
        made.push({ cell, request });
      } else {
        this.#measure(cell, template, request, []);
      }
    }
    for (const { cell, request } of made) {
      const others = made.flatMap((each) => (each.cell.repeat > cell.repeat ? [each.cell] : []));
      this.#measure(cell, template, request, others);
    }
    return true;
  }

  #measure(cell: OpenCell, template: readonly ProbeTemplate[], request: Request, others: readonly Cell[]): void {
    cell.probes = MeasureExpander.instantiate(template, { ...request, cell }, others);
    this.#probes += cell.probes.length;
  }

  /** Probes of pairs point at other repeats' cells: these come first. Asked once for templates of many points. */
  #pairs(template: readonly ProbeTemplate[]): boolean {
    let found = this.#ofPairs.get(template);
    if (found === undefined) {
      found = template.some(isOfPairs);
      this.#ofPairs.set(template, found);
    }
    return found;
  }
}

function fixedRules({ rules }: InitValue): readonly PartRule[] {
  return rules.flatMap(({ source, ...rule }) => (source.kind === "fixed" ? [{ ...rule, source: source.source }] : []));
}

/** With its cells found by point; the index is made when first asked for, as few experiments are. */
export function expandedExperiment(experiment: Experiment): ExpandedExperiment {
  let index: Map<string, Cell[]> | undefined;
  return {
    experiment,
    repeatsAt(labels) {
      index ??= indexed(experiment);
      return index.get(pointKey(labels)) ?? [];
    },
  };
}

function indexed({ axes, folds, cells }: Experiment): Map<string, Cell[]> {
  const index = new Map<string, Cell[]>();
  const names = [...axes.map((axis) => axis.name), ...(folds === undefined ? [] : ["fold"])];
  for (const cell of cells) {
    const key = pointKey(names.map((name) => cell.point[name]?.label ?? ""));
    const repeats = index.get(key);
    if (repeats === undefined) {
      index.set(key, [cell]);
    } else {
      repeats.push(cell);
    }
  }
  return index;
}
