/** Tensors without a source, or with one of another shape: listed, and counted for each model. */

import { diagnostic } from "../../messages.js";
import type { Context } from "../lower/context.js";
import type { SupplyTally } from "../lower/observed.js";
import type { SupplyProblem } from "../parts/manifest.js";

const SHOWN = 5;

export function checkSupplies(context: Context): void {
  for (const tally of context.supplies.tallies.values()) {
    const { init, location } = tally;
    if (problemsOf(tally, "no-source").length > 0 && context.sources.unusable.size === 0) {
      context.report(diagnostic("nothing-to-transfer", { init }, location));
    }
    reportMissing(context, tally);
    reportMisshapen(context, tally);
    reportUncovered(context, tally);
  }
}

function reportMissing(context: Context, tally: SupplyTally): void {
  const problems = problemsOf(tally, "missing");
  const [first] = problems;
  if (!first) return;
  const tensors = listed([...new Set(problems.map(({ tensor }) => `\`${tensor}\``))]);
  const parameters = {
    source: first.supply,
    init: tally.init,
    count: problems.length,
    models: counted(tally, "missing"),
  };
  context.report(diagnostic("source-tensors-missing", { ...parameters, tensors }, tally.location));
}

function reportMisshapen(context: Context, tally: SupplyTally): void {
  const problems = problemsOf(tally, "misshapen");
  const [first] = problems;
  if (!first) return;
  const tensors = listed(
    problems.map(({ tensor, found, wanted }) => `\`${tensor}\` is [${found.join(", ")}], not [${wanted.join(", ")}]`),
  );
  const parameters = {
    source: first.supply,
    init: tally.init,
    count: problems.length,
    models: counted(tally, "misshapen"),
  };
  context.report(diagnostic("source-tensors-misshapen", { ...parameters, tensors }, tally.location));
}

function reportUncovered(context: Context, tally: SupplyTally): void {
  for (const [model, { problems }] of tally.models) {
    const uncovered = [...problems.values()].filter((problem) => problem.kind === "uncovered");
    if (uncovered.length === 0) continue;
    const tensors = listed(uncovered.map(({ tensor }) => `\`${tensor}\``));
    const parameters = { init: tally.init, model, count: uncovered.length, tensors };
    context.report(diagnostic("tensors-uncovered", parameters, tally.location));
  }
}

type ProblemOf<K extends SupplyProblem["kind"]> = Extract<SupplyProblem, { kind: K }>;

function problemsOf<K extends SupplyProblem["kind"]>({ models }: SupplyTally, kind: K): readonly ProblemOf<K>[] {
  const all = [...models.values()].flatMap(({ problems }) => [...problems.values()]);
  return all.filter((problem): problem is ProblemOf<K> => problem.kind === kind);
}

function counted({ models }: SupplyTally, kind: SupplyProblem["kind"]): string {
  return [...models]
    .map(([model, { total, problems }]) => {
      const count = [...problems.values()].filter((problem) => problem.kind === kind).length;
      return `${model}: ${count} of ${total} tensors`;
    })
    .join(", ");
}

function listed(items: readonly string[]): string {
  const shown = items.slice(0, SHOWN).join(", ");
  return items.length > SHOWN ? `${shown} and ${items.length - SHOWN} more` : shown;
}
