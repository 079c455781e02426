/** The plan as a Graphviz graph. */

import { diagramOf } from "./diagram.js";
import type { PlanDiff } from "./diff.js";
import type { Plan } from "./types.js";

const FILL = { cached: "#e8e8e8", new: "#d6f5d6", invalidated: "#ffe6c7" } as const;

export function planDot(plan: Plan, diff: PlanDiff): string {
  const { boxes, arrows } = diagramOf(plan, diff);
  return [
    "digraph plan {",
    "  rankdir=LR;",
    '  node [shape=box, style=filled, fontname="sans-serif"];',
    ...boxes.map(({ id, label, status }) => `  ${id} [label=${quoted(label)}, fillcolor="${FILL[status]}"];`),
    ...arrows.map(({ from, to, label }) => `  ${from} -> ${to}${label === "" ? "" : ` [label=${quoted(label)}]`};`),
    "}",
    "",
  ].join("\n");
}

function quoted(text: string): string {
  return `"${text.replace(/[\\"]/g, "\\$&").replaceAll("\n", "\\n")}"`;
}
