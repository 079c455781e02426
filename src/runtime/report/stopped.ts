/** Stages of a cell that stopped early, by the measure `trained`. */

import type { Plan, ResultBinding } from "../../compiler/plan/types.js";
import { type Cell, TRAINED_MEASURE } from "../../compiler/study.js";
import { readTrained } from "../results/collect.js";
import type { CellDetail, StoppedStage } from "./data.js";
import type { ReportInput } from "./types.js";

export class StoppedStages {
  readonly #bindings = new Map<string, ResultBinding[]>();

  constructor(
    { results }: Plan,
    readonly manifest: ReportInput["manifest"],
  ) {
    for (const binding of results) {
      if (binding.measure !== TRAINED_MEASURE) continue;
      this.#bindings.set(binding.cell, [...(this.#bindings.get(binding.cell) ?? []), binding]);
    }
  }

  /** Nothing where none did. */
  of({ id, train }: Cell): Pick<CellDetail, "stopped"> {
    const stopped = (this.#bindings.get(id) ?? []).flatMap(({ node, point }): StoppedStage[] => {
      const value = this.manifest(node)?.value;
      const rows = value === undefined ? [] : (readTrained(value)?.rows ?? []);
      const [at, of, isStopped] = ["steps", "budget", "stopped"].map(
        (number) => rows.find(({ inner }) => inner.number === number)?.value ?? Number.NaN,
      );
      const stage = typeof point.stage === "number" ? train[point.stage - 1] : train.at(-1);
      return isStopped === 1 && at !== undefined && of !== undefined ? [{ recipe: stage?.name ?? "", at, of }] : [];
    });
    return stopped.length === 0 ? {} : { stopped };
  }
}
