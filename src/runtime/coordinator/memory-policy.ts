/** What becomes of nodes for which there is no memory: not tried, tried once more alone, or failed with what would fit. */

import type { PlanNode } from "../../compiler/plan/types.js";
import type { Device } from "../devices/types.js";
import type { Inventory } from "../schedule/inventory.js";
import type { MemoryState, Problem } from "../workers/types.js";
import { HOPELESS, isHopeless, outOfMemory, outOfMemoryReason } from "./out-of-memory.js";

export interface Lack {
  readonly task: string;
  readonly node: PlanNode;
  readonly slot: number;
  /** Whether another task ran beside it. */
  readonly company: boolean;
  readonly told: string;
  readonly state: MemoryState | undefined;
}

export interface NoMemory {
  /** For who watches: with all figures. */
  readonly message: string;
  /** For the results: the same whenever this node finds no memory on such a device. */
  readonly reason: string;
}

export class MemoryPolicy {
  /** Tasks that were given the machine to themselves already. */
  private readonly alone = new Set<string>();

  constructor(
    private readonly inventory: Inventory,
    private readonly devices: readonly Device[],
  ) {}

  /**
   * Why a node is not even tried: its values alone are more than its device has. A system that runs out of memory ends
   * what it likes, not only who asked for it.
   */
  refusal(node: PlanNode, slot: number): NoMemory | undefined {
    const device = this.deviceOf(slot);
    if (!isHopeless(node, device)) return undefined;
    return { message: outOfMemory(node, device, HOPELESS, undefined), reason: outOfMemoryReason(node, device) };
  }

  /** `alone`: once more, where another job's memory may be what it lacked. */
  verdict({ task, node, slot, company, told, state }: Lack): NoMemory & { readonly course: "alone" | "fail" } {
    const device = this.deviceOf(slot);
    const [message, reason] = [outOfMemory(node, device, told, state), outOfMemoryReason(node, device)];
    if (!company || this.alone.has(task)) return { course: "fail", message, reason };
    this.alone.add(task);
    return { course: "alone", message: `${message}, beside other jobs; it has the machine to itself next`, reason };
  }

  private deviceOf(slot: number): Device | undefined {
    return this.devices[this.inventory.slots[slot] ?? 0];
  }
}

/** What its engine and its device hold afterwards is of no more use. */
export function leavesWorkerUseless({ kind }: Problem): boolean {
  return kind === "memory" || kind === "device";
}
