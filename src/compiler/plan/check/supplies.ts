/** Tensors without a source, or with one of another shape: listed, and counted for each model. */

import { likelyCause } from "../../../models/recognize.js";
import { diagnostic } from "../../messages.js";
import type { Context } from "../lower/context.js";
import type { SupplyTally } from "../lower/observed.js";
import type { SupplyProblem, TensorSupply } from "../parts/manifest.js";

const SHOWN = 5;

export function checkSupplies(context: Context): void {
  for (const tally of context.supplies.tallies.values()) {
    const { init, location } = tally;
    if (problemsOf(tally, "no-source").length > 0 && context.sources.unusable.size === 0) {
      context.report(diagnostic("nothing-to-transfer", { init }, location));
    }
    reportMissing(context, tally);
    reportExtra(context, tally);
    reportMisshapen(context, tally);
    reportUncovered(context, tally);
  }
}

function reportMissing(context: Context, tally: SupplyTally): void {
  const problems = problemsOf(tally, "missing");
  const [first] = problems;
  if (!first) return;
  const tensors = listed([...new Set(problems.map(({ tensor }) => `\`${tensor}\``))]);
  const cause =
    causeOf(tally, first.supply) ?? "transfer only the parts both have, or take the source from the same model";
  const parameters = { ...described(tally, "missing", problems.length, first.supply), tensors, cause };
  context.report(diagnostic("source-tensors-missing", parameters, tally.location));
}

function reportExtra(context: Context, tally: SupplyTally): void {
  const problems = problemsOf(tally, "extra");
  const [first] = problems;
  if (!first) return;
  const tensors = listed([...new Set(problems.map(({ tensor }) => `\`${tensor}\``))]);
  const cause = causeOf(tally, first.supply) ?? surplus(tally, problems);
  const models = [...tally.models.keys()].join(", ");
  const { label: source } = first.supply;
  const parameters = { source, init: tally.init, count: problems.length, models, tensors, cause };
  context.report(diagnostic("source-tensors-extra", parameters, tally.location));
}

/** Heads that pretraining put on a network, decoders and queues are parts that no tensor of the model lies in. */
function surplus({ models }: SupplyTally, problems: readonly ProblemOf<"extra">[]): string {
  const own = [...models.values()].flatMap(({ tensors }) => tensors.map(({ name }) => name));
  const parts = new Set(problems.map(({ tensor }) => strangePart(tensor, own)));
  const drop = [...parts].map((part) => JSON.stringify(part));
  const known = "check that the file is of this model; a backbone's tensors are all or nothing";
  if (drop.length > SHOWN) return known;
  return `${known}. What pretraining alone had use for is left out by \`weights("…", drop: [${drop.join(", ")}])\``;
}

/** The shortest beginning of a name, of whole segments, that no name of the model has. */
function strangePart(tensor: string, own: readonly string[]): string {
  const segments = tensor.split(".");
  for (let length = 1; length < segments.length; length++) {
    const part = segments.slice(0, length).join(".");
    if (!own.some((name) => name === part || name.startsWith(`${part}.`))) return part;
  }
  return tensor;
}

function reportMisshapen(context: Context, tally: SupplyTally): void {
  const problems = problemsOf(tally, "misshapen");
  const [first] = problems;
  if (!first) return;
  const tensors = listed(
    problems.map(({ tensor, found, wanted }) => `\`${tensor}\` is [${found.join(", ")}], not [${wanted.join(", ")}]`),
  );
  const cause = causeOf(tally, first.supply) ?? ADAPTED;
  const parameters = { ...described(tally, "misshapen", problems.length, first.supply), tensors, cause };
  context.report(diagnostic("source-tensors-misshapen", parameters, tally.location));
}

const ADAPTED =
  "transfer only the parts of equal shape; what adapts by itself is a first convolution to other input channels, and positions to another image size";

function described(tally: SupplyTally, kind: SupplyProblem["kind"], count: number, { label }: TensorSupply) {
  return { source: label, init: tally.init, count, models: counted(tally, kind) };
}

/** Told only of files: of states we trained ourselves the study says which model they are of. */
function causeOf({ models }: SupplyTally, { from, shapes }: TensorSupply): string | undefined {
  if (from !== "file" || shapes === undefined) return undefined;
  const [wanted] = models.values();
  return wanted && likelyCause(shapes, wanted.tensors);
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
