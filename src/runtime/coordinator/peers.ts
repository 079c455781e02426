/**
 * Processes that carry out one run together, each with all of its plan: leases divide the nodes among them; this tells
 * which are not for this process, and what became of those the others gave up.
 */

import type { PlanNode } from "../../compiler/plan/types.js";

export type PeerVerdict =
  /** To be computed here, where no one else is at it. */
  | { readonly kind: "ours" }
  /** For processes with other resources; it is waited for. */
  | { readonly kind: "theirs" }
  /** Another one failed at it, and so would this one. */
  | { readonly kind: "failed"; readonly message: string }
  /** Nothing new is to start anywhere. */
  | { readonly kind: "over" };

export interface Peers {
  /** Asked right before a node would start. */
  verdict(node: PlanNode): Promise<PeerVerdict>;
  /** This process has given up a node, for this reason. */
  gaveUp(node: PlanNode, message: string): void;
}
