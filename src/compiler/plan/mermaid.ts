/** The plan as a Mermaid flowchart. */

import { diagramOf } from "./diagram.js";
import type { PlanDiff } from "./diff.js";
import type { Plan } from "./types.js";

export function planMermaid(plan: Plan, diff: PlanDiff): string {
  const { boxes, arrows } = diagramOf(plan, diff);
  return [
    "flowchart LR",
    "  classDef cached fill:#e8e8e8,stroke:#999,color:#333",
    "  classDef new fill:#d6f5d6,stroke:#2a7,color:#000",
    "  classDef invalidated fill:#ffe6c7,stroke:#c70,color:#000",
    ...boxes.map(({ id, label, status }) => `  ${id}["${escapeLabel(label)}"]:::${status}`),
    ...arrows.map(({ from, to, label }) => `  ${from} -->${label === "" ? "" : `|${label}|`} ${to}`),
    "",
  ].join("\n");
}

/** Mermaid reads `#code;` inside quotes. */
function escapeLabel(label: string): string {
  return label.replace(/[#"<>&\n]/g, (character) => `#${character.charCodeAt(0)};`);
}
