/** What probes say of their own numbers, once each with how often it is said. */

import type { NodeKey, Plan } from "../../compiler/plan/types.js";
import { readProbeResult } from "../results/collect.js";
import type { ProbeWarning } from "./data.js";
import { withoutPaths } from "./privacy.js";
import type { ReportInput } from "./types.js";

export function probeWarnings({
  plan,
  manifest,
}: Pick<ReportInput, "manifest"> & { readonly plan: Plan }): readonly ProbeWarning[] {
  const found = new Map<string, { warning: ProbeWarning; nodes: Set<NodeKey> }>();
  for (const { node, experiment, measure, cell } of plan.results) {
    const value = manifest(node)?.value;
    const said = value === undefined ? [] : (readProbeResult(value)?.warnings ?? []);
    const of = experiment.startsWith("derive:") ? experiment : `${experiment}.${measure}`;
    for (const message of said) {
      const key = JSON.stringify([of, message]);
      const known = found.get(key);
      if (known === undefined) {
        const warning = { of, message: withoutPaths(message), times: 1, first: cell };
        found.set(key, { warning, nodes: new Set([node]) });
      } else {
        known.nodes.add(node);
      }
    }
  }
  return [...found.values()].map(({ warning, nodes }) => ({ ...warning, times: nodes.size }));
}
