/**
 * Init rules that can do nothing. A point of an axis where a rule is empty is fine (`units[1..0]`, or `rest` when all
 * is taken); a rule that names nothing of some model at every point, or never gets what it names, is a mistake.
 */

import { diagnostic } from "../../messages.js";
import type { Context } from "../lower/context.js";
import type { RuleTally } from "../lower/observed.js";
import { mayBeEmpty } from "../parts/select.js";

export function checkRules(context: Context): void {
  for (const { rule, part, model, count, kind } of context.rules.outOfRange.values()) {
    context.report(diagnostic("part-out-of-range", { part, model, count, kind }, rule.location));
  }
  for (const tally of context.rules.tallies.values()) {
    if (tally.rule.parts.every(mayBeEmpty)) continue;
    reportEmpty(context, tally);
    reportShadowed(context, tally);
  }
}

function reportEmpty(context: Context, { init, rule, models }: RuleTally): void {
  const empty = [...models].filter(([, { named }]) => named === 0);
  const [first] = empty;
  if (first === undefined) return;
  const counts = [...models].map(([model, { named, total }]) => `${model} ${named} of ${total}`).join(", ");
  const [model, { some, total }] = first;
  const tensors = `${model}'s are ${firstOf(some, total)}`;
  const names = empty.map(([name]) => name).join(", ");
  context.report(diagnostic("rule-matches-nothing", { init, model: names, counts, tensors }, rule.location));
}

function reportShadowed(context: Context, { init, rule, models }: RuleTally): void {
  const shadowed = [...models].filter(([, { named, taken }]) => named > 0 && taken === 0);
  const [first] = shadowed;
  if (first === undefined) return;
  const counts = [...models].map(([model, { named, taken }]) => `${model} ${named} and ${taken}`).join(", ");
  const [model, { some, named }] = first;
  const tensors = `of ${model} it names ${firstOf(some, named)}`;
  const names = shadowed.map(([name]) => name).join(", ");
  context.report(diagnostic("rule-shadowed", { init, model: names, counts, tensors }, rule.location));
}

/** `conv1.weight`, `bn1.weight`, `bn1.bias` and 15 more. */
function firstOf(some: readonly string[], count: number): string {
  const names = some.map((name) => `\`${name}\``).join(", ");
  return count > some.length ? `${names} and ${count - some.length} more` : names;
}
