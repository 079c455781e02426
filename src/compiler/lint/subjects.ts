/** Cells whose target is known, one a kind: cells that differ in nothing a rule of facts reads are judged once. */

import type { DatasetFacts } from "../host.js";
import type { StudyFacts } from "../plan/facts.js";
import type { Cell, CheckedStudy, Experiment } from "../study.js";

export interface KnownCell {
  readonly experiment: Experiment;
  readonly cell: Cell;
  readonly facts: DatasetFacts;
}

export function cellsWithFacts({ experiments }: CheckedStudy, { datasets }: StudyFacts): readonly KnownCell[] {
  return experiments.flatMap((experiment) => {
    const seen = new Map<Cell["target"], Set<Cell["train"]>>();
    return experiment.cells.flatMap((cell): KnownCell[] => {
      const fact = datasets.get(cell.target);
      const trained = seen.get(cell.target) ?? new Set();
      if (fact?.status !== "known" || trained.has(cell.train)) {
        return [];
      }
      seen.set(cell.target, trained.add(cell.train));
      return [{ experiment, cell, facts: fact.facts }];
    });
  });
}
