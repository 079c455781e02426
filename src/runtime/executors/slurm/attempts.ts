/** How often jobs were lost under a node. Pure. */

import type { NodeKey } from "../../../compiler/plan/types.js";

/** The first and two more, as for workers of one machine. */
export const ATTEMPTS = 3;

export class Attempts {
  private readonly lost = new Map<NodeKey, number>();
  /** The latest checkpoint there is of a training. */
  private readonly kept = new Map<NodeKey, number>();
  private readonly keptBefore = new Map<NodeKey, number>();

  keep(node: NodeKey, step: number): void {
    this.kept.set(node, Math.max(step, this.kept.get(node) ?? 0));
  }

  /** @returns which attempt it was; one that came further than those before it is the first again */
  lose(node: NodeKey): number {
    const kept = this.kept.get(node) ?? 0;
    const further = kept > (this.keptBefore.get(node) ?? 0);
    const attempt = further ? 1 : (this.lost.get(node) ?? 0) + 1;
    this.keptBefore.set(node, kept);
    this.lost.set(node, attempt);
    return attempt;
  }
}
