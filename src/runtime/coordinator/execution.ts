/** What a run of a plan is given, and what it comes to. */

import type { NodeFor, NodeKey, Plan, PlanNode } from "../../compiler/plan/types.js";
import type { CheckpointInterval } from "../../compiler/study.js";
import type { Device } from "../devices/types.js";
import type { EventSink } from "../journal/journal.js";
import type { Splitting } from "../run/micro-batches.js";
import type { Inventory } from "../schedule/inventory.js";
import type { FailurePolicy } from "../schedule/scheduler.js";
import type { Leases } from "../store/lease.js";
import type { PartialWork } from "../store/partial.js";
import type { BlobRef, Manifest, Store } from "../store/types.js";
import type { WorkerFactory } from "../workers/types.js";
import type { pauseFor } from "./backoff.js";
import type { Demand } from "./demand.js";
import type { Peers } from "./peers.js";

export interface CoordinatorOptions {
  readonly plan: Plan;
  readonly demand?: Demand;
  readonly store: Store & { retract(key: NodeKey): Promise<void>; isWhole(ref: BlobRef): Promise<boolean> };
  /** How nodes are leased, so that runs on one cache compute each of them once; without it, this run is alone. */
  readonly openLeases?: () => Promise<Leases>;
  /** Other processes that carry out the same run, and leave their results and failures where this one finds them. */
  readonly peers?: Peers;
  readonly events: EventSink;
  readonly inventory: Inventory;
  /** What the inventory's places are, one for one. */
  readonly devices?: readonly Device[];
  readonly policy: FailurePolicy;
  /** How often trainings write checkpoints; where it is absent, as their recipes say. */
  readonly checkpointEvery?: CheckpointInterval | undefined;
  /** Where a node's unfinished work lies. */
  readonly partial?: (key: NodeKey) => PartialWork;
  readonly startWorker: WorkerFactory;
  /** Where a node's dataset or checkpoint lies on this machine. */
  readonly resource: (node: PlanNode) => string | undefined;
  /** Asks for a graceful stop. */
  readonly signal: AbortSignal;
  /** What to do with a training that finds no memory; it fails unless given. */
  readonly splitting?: (node: NodeFor<"train">) => Splitting;
  /** Nodes that failed in an earlier round of this run, and would again. */
  readonly failed?: ReadonlyMap<NodeKey, string>;
  readonly by: Manifest["by"];
  /** For tests. */
  readonly pause?: typeof pauseFor;
}

export interface Execution {
  readonly manifests: ReadonlyMap<NodeKey, Manifest>;
  /** Why each node that failed, or waited for one that failed, has no result. */
  readonly failures: ReadonlyMap<NodeKey, string>;
  readonly computed: number;
  readonly cached: number;
  /** Computed by other runs in the meantime. */
  readonly shared: number;
  readonly failed: number;
  readonly interrupted: boolean;
  /** Trainings set aside because their steps find no memory, by `stepName`: how many images to take at once instead. */
  readonly tooLarge: ReadonlyMap<string, number>;
  /** What stopped the whole run: a full disk, an engine that does not start. */
  readonly fatal?: string;
}
