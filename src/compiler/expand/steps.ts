/** The order in which an experiment's names get their values: axes downward, a fixed slot as soon as what it reads is there. */

import type { AxisDeclaration, ExperimentShape, SlotDeclaration } from "../check/experiment.js";
import type { Context } from "../evaluate/context.js";
import type { Environment } from "../evaluate/environment.js";
import { namesIn } from "../evaluate/mentions.js";
import { report } from "../evaluate/report.js";

export type Step =
  | { readonly kind: "axis"; readonly axis: AxisDeclaration; readonly reads: readonly string[] }
  | { readonly kind: "slot"; readonly slot: SlotDeclaration; readonly reads: readonly string[] };

/** Reads by way of a declaration: an init may ask for the model, a recipe for the target. */
const BEHIND = ["model", "target"];

export interface Order {
  readonly steps: readonly Step[];
  /** Names read before they are varied: reported, and unknown from then on. */
  readonly early: readonly string[];
}

export function order(context: Context, shape: ExperimentShape, environment: Environment): Order {
  const early: string[] = [];
  const named = new Set<string>(shape.slots.map((each) => each.slot));
  for (const axis of shape.axes) {
    for (const name of boundBy(axis)) {
      named.add(name);
    }
  }
  const steps: Step[] = [];
  const bound = new Set<string>();
  let waiting = shape.slots;
  const takeReady = (): void => {
    for (let taken = true; taken; ) {
      const ready = waiting.filter((slot) => needs(slot, named).every((name) => bound.has(name)));
      waiting = waiting.filter((slot) => !ready.includes(slot));
      for (const slot of ready) {
        steps.push({ kind: "slot", slot, reads: reads(slot, bound) });
        bound.add(slot.slot);
      }
      taken = ready.length > 0;
    }
  };
  takeReady();
  for (const axis of shape.axes) {
    for (const name of namesIn(axis.values)) {
      const later = named.has(name) && !bound.has(name) && !boundBy(axis).includes(name);
      if (later && !environment.scope.names.has(name) && axis.scope === environment.scope) {
        report(context, environment, axis.values.span, "axis-too-early", { name });
        early.push(name);
      }
    }
    steps.push({ kind: "axis", axis, reads: [...namesIn(axis.values)].filter((name) => bound.has(name)) });
    for (const name of boundBy(axis)) {
      bound.add(name);
    }
    takeReady();
  }
  for (const slot of waiting) {
    steps.push({ kind: "slot", slot, reads: reads(slot, bound) });
    bound.add(slot.slot);
  }
  return { steps, early };
}

function boundBy(axis: AxisDeclaration): readonly string[] {
  return axis.fills === undefined ? [axis.name] : [axis.name, ...axis.fills];
}

/** A slot's own name in its value is the declaration of that name: `source source_a`. */
function needs(slot: SlotDeclaration, named: ReadonlySet<string>): readonly string[] {
  return [...namesIn(slot.value)].filter((name) => named.has(name) && name !== slot.slot);
}

function reads(slot: SlotDeclaration, bound: ReadonlySet<string>): readonly string[] {
  const names = new Set([...namesIn(slot.value), ...BEHIND]);
  return [...names].filter((name) => bound.has(name));
}
