/**
 * Init rules that can do nothing. A point of an axis where a rule is empty is fine (`units[1..0]`, or `rest` when all
 * is taken); a rule that names nothing of some model at every point, or never gets what it names, is a mistake.
 */

import { diagnostic } from "../../messages.js";
import type { Selector } from "../../study.js";
import type { Context } from "../lower/context.js";
import type { RuleTally } from "../lower/observed.js";

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

/** An empty range is a point of its axis, `rest` means whatever is left, and some families have no buffers. */
function mayBeEmpty(part: Selector): boolean {
  if (part.kind === "rest" || part.kind === "buffers") return true;
  return (part.kind === "units" || part.kind === "layers") && part.to < part.from;
}

function reportEmpty(context: Context, { init, rule, models }: RuleTally): void {
  const empty = [...models].filter(([, { named }]) => named === 0).map(([model]) => model);
  if (empty.length === 0) return;
  const counts = [...models].map(([model, { named, total }]) => `${model} ${named} of ${total}`).join(", ");
  context.report(diagnostic("rule-matches-nothing", { init, model: empty.join(", "), counts }, rule.location));
}

function reportShadowed(context: Context, { init, rule, models }: RuleTally): void {
  const shadowed = [...models].filter(([, { named, taken }]) => named > 0 && taken === 0).map(([model]) => model);
  if (shadowed.length === 0) return;
  const counts = [...models].map(([model, { named, taken }]) => `${model} ${named} and ${taken}`).join(", ");
  context.report(diagnostic("rule-shadowed", { init, model: shadowed.join(", "), counts }, rule.location));
}
