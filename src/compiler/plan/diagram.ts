/** The plan as a drawing's parts: every node, or, past what a drawing can show, one box an operation and status. */

import type { PlanDiff } from "./diff.js";
import type { Plan } from "./types.js";

export interface DiagramBox {
  readonly id: string;
  readonly label: string;
  readonly status: "cached" | "new" | "invalidated";
}
export interface Diagram {
  readonly boxes: readonly DiagramBox[];
  readonly arrows: readonly { readonly from: string; readonly to: string; readonly label: string }[];
}

const MOST_BOXES = 400;

export function diagramOf(plan: Plan, diff: PlanDiff): Diagram {
  const whole = plan.nodes.length <= MOST_BOXES;
  const boxOf = new Map<string, string>();
  const members = new Map<string, { label: string; status: DiagramBox["status"]; count: number }>();
  for (const node of plan.nodes) {
    const status = diff.status.get(node.key)?.status ?? "new";
    const id = whole ? `n${node.key.slice(0, 12)}` : `${node.op.replaceAll(".", "_")}_${status}`;
    boxOf.set(node.key, id);
    const box = members.get(id);
    if (box) box.count++;
    else members.set(id, { label: whole ? node.label : node.op, status, count: 1 });
  }
  const arrows = new Map<string, Diagram["arrows"][number]>();
  for (const node of plan.nodes) {
    const to = boxOf.get(node.key) ?? "";
    for (const input of node.inputs) {
      const from = boxOf.get(input.node) ?? "";
      const label = whole ? input.role : "";
      arrows.set(`${from} ${to} ${label}`, { from, to, label });
    }
  }
  const boxes = [...members].map(([id, { label, status, count }]) => ({
    id,
    label: whole ? label : `${count} × ${label}`,
    status,
  }));
  return { boxes, arrows: [...arrows.values()] };
}
