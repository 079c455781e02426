/** A state with the head it was trained with: what it predicts, of its own classes, on the target's images. */

import { diagnostic } from "../../messages.js";
import { lowerState } from "./cells.js";
import type { Context } from "./context.js";
import type { ProbeRequest } from "./probe-request.js";
import type { LoweredState } from "./sources.js";

/** The request as of the state's own model; undefined, with a diagnostic, where it has no head that is known. */
export function ownHeaded(
  context: Context,
  request: ProbeRequest,
): { readonly request: ProbeRequest; readonly state: LoweredState } | undefined {
  const { probe, cell } = request;
  const [spec] = probe.states;
  const state = spec && lowerState(context, spec, cell);
  if (!state) return undefined;
  if (!state.model) {
    const parameters = { probe: probe.probe.id, source: state.label };
    context.report(diagnostic("state-without-head", parameters, probe.location));
    return undefined;
  }
  return { request: { ...request, model: state.model }, state };
}
