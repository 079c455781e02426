/** Functions of states: `lerp(initial, selected, 0.5, batchnorm: recompute)`, whichever the catalogue has. */

import type { Call } from "../../../grammar/syntax.js";
import { entry, fillDefaults } from "../../catalog/index.js";
import type { Choice, Json, StateEntry } from "../../catalog/types.js";
import { choose, convertArguments, matchArguments, spanOf } from "../evaluate/arguments.js";
import type { Context } from "../evaluate/context.js";
import { type Environment, locate, sourceText } from "../evaluate/environment.js";
import { combinedState, stateOf } from "../evaluate/states.js";
import { UNKNOWN, type Value } from "../evaluate/values.js";
import type { StateSpec } from "../study.js";
import { hasTensors } from "./predictions.js";

export function stateCall(context: Context, found: StateEntry, expression: Call, environment: Environment): Value {
  const matched = matchArguments(context, environment, found, expression.args, expression.span);
  if (matched === undefined) {
    return UNKNOWN;
  }
  const states = found.states.map((name) => {
    const written = matched.get(name)?.value;
    const state = written && stateOf(context, written, environment);
    const reader = `\`${found.id}(…)\``;
    return state && hasTensors(context, state, reader, written.span, environment) ? state : undefined;
  });
  const params = convertArguments(context, environment, found, matched, new Set(found.states));
  const given = { ...Object.fromEntries(found.states.map((name): [string, Json] => [name, name])), ...params };
  const where = (name: string) => spanOf(matched, name, expression.span);
  const chosen = params && choose(context, environment, found, given, where, expression.span);
  const known = states.filter((state) => state !== undefined);
  if (chosen === undefined || known.length < states.length) {
    return UNKNOWN;
  }
  const location = locate(environment, expression.span);
  const { call, after } = sequence(found, chosen);
  return combinedState(sourceText(environment, expression.span), known, (request) => {
    const made = known.map((state) => state.make(request));
    return made.every((state) => state !== undefined)
      ? after.reduce((state: StateSpec, next) => ({ kind: "call", call: next, states: [state], location }), {
          kind: "call",
          call,
          states: made,
          location,
        })
      : undefined;
  });
}

/** What is called first, and what is called of what it gives: a value of a parameter may stand for that. */
function sequence(found: StateEntry, chosen: Choice): { readonly call: Choice; readonly after: readonly Choice[] } {
  const params: { [name: string]: Json } = {};
  const after: Choice[] = [];
  for (const [name, value] of Object.entries(chosen.params)) {
    if (found.states.includes(name)) {
      continue;
    }
    const next = entry("state", found.means?.[name]?.[String(value)] ?? "");
    params[name] = next === undefined ? value : (found.parameters[name]?.default ?? null);
    if (next !== undefined) {
      const { params: filled, ...rest } = fillDefaults(
        next,
        Object.fromEntries(next.states.map((state) => [state, state])),
      );
      after.push({
        ...rest,
        params: Object.fromEntries(Object.entries(filled).filter(([p]) => !next.states.includes(p))),
      });
    }
  }
  return { call: { ...chosen, params }, after };
}
