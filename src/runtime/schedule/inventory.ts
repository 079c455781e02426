/** What this machine has to offer, and how many workers that makes. */

import { availableParallelism, totalmem } from "node:os";
import type { Inventory } from "./scheduler.js";

export interface InventoryWish {
  readonly jobs?: number;
  /** Threads of one worker. */
  readonly threads: number;
}

/** Share of the memory that workers may plan with; the rest is for the system and for estimates that were too low. */
const MEMORY_SHARE = 0.8;

export function discoverInventory(wish: InventoryWish): Inventory {
  const slots = wish.jobs ?? Math.max(1, Math.floor(availableParallelism() / Math.max(1, wish.threads)));
  return { slots, memoryBytes: Math.floor(totalmem() * MEMORY_SHARE) };
}
