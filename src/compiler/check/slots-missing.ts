/** An experiment that says nothing of a slot: where an axis is called almost like it, that one is meant. */

import type { DeclaredSymbol } from "../bind/scope.js";
import type { Context } from "../evaluate/context.js";
import { type Environment, locate } from "../evaluate/environment.js";
import { report } from "../evaluate/report.js";
import { isBroken } from "../load.js";
import { listed, nearest } from "../suggest.js";
import type { AxisDeclaration } from "./experiment.js";

const EXAMPLES = {
  model: "model resnet_s",
  target: "target digits_few",
  init: "init transfer",
  train: "train finetune",
} as const;

type NeededSlot = keyof typeof EXAMPLES;

export function slotsMissing(
  context: Context,
  symbol: DeclaredSymbol,
  environment: Environment,
  missing: readonly NeededSlot[],
  strange: readonly AxisDeclaration[] = [],
): void {
  if (isBroken(environment.scope.file, symbol.declaration.span)) {
    return;
  }
  const slot = missing[0] ?? "model";
  const near = nearest(
    slot,
    strange.map(({ name }) => name),
  );
  const meant = strange.find(({ name }) => name === near);
  const span = meant?.nameSpan ?? symbol.declaration.name.span;
  const parameters = { name: symbol.name, missing: listed(missing), example: EXAMPLES[slot] };
  const edits = meant === undefined ? [] : [{ location: locate(environment, meant.nameSpan), text: slot }];
  report(
    context,
    environment,
    span,
    "slots-missing",
    parameters,
    meant === undefined
      ? {}
      : {
          label: `\`${meant.name}\` is an axis and fills no slot`,
          hint: "",
          fixes: [{ title: `write \`${slot}\``, edits, safe: false }],
        },
  );
}
