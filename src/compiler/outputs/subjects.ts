/** What has properties: `model.units`, `target.size`, `source.size`. */

import type { Cell } from "../study.js";
import type { PropertySubject } from "./signature.js";

const SLOTS = ["model", "target", "source"] as const;
export type Slot = (typeof SLOTS)[number];

export function isSlot(name: string): name is Slot {
  return SLOTS.some((slot) => slot === name);
}

export function subjectOf(cell: Cell, slot: Slot): PropertySubject | undefined {
  switch (slot) {
    case "model":
      return { kind: "model", model: cell.model };
    case "target":
      return { kind: "target", target: cell.target.base ?? cell.target };
    case "source":
      return cell.source && { kind: "source", source: cell.source };
    default:
      return slot satisfies never;
  }
}
