/** The scheduler's tasks and the nodes they stand for. */

import { passGroup } from "../../compiler/plan/passes.js";
import type { NodeKey, PlanNode } from "../../compiler/plan/types.js";
import type { Task } from "../schedule/scheduler.js";
import type { Waits } from "./data-first.js";

/** A task is named after its node's key, with `#n` where the node has to be made again. */
export class TaskList {
  readonly #nodes = new Map<string, PlanNode>();

  constructor(private readonly waits: Waits) {}

  node(task: string): PlanNode {
    const node = this.#nodes.get(task);
    if (node === undefined) throw new Error(`internal error: no task ${task}`);
    return node;
  }

  /** @param waits whether a node is still to be computed */
  add(id: string, node: PlanNode, waits: (key: NodeKey) => boolean): Task {
    this.#nodes.set(id, node);
    const group = passGroup(node);
    return {
      id,
      after: [...new Set(this.waits.needs(node).filter(waits))],
      behind: this.waits.behind(node).filter(waits),
      seconds: node.estimate.seconds,
      memory: node.estimate.memory,
      deviceMemory: node.estimate.deviceMemory,
      ...(group === undefined ? {} : { group }),
    };
  }

  /** The node once more, after these. */
  again(node: PlanNode, after: readonly string[]): Task {
    return { ...this.add(`${node.key}#${this.#nodes.size}`, node, () => false), after };
  }
}
