/**
 * Images that cannot be decoded are found before anything trains. No training starts before all that the study reads is
 * prepared, or could not be; and none starts whose data set could not be, in whatever part, or a set that its state is to
 * be looked at on. Keys do not know of it.
 *
 * A training from which others start serves them too: what it is only looked at on does not hold it back, so that one bad
 * target does not cost every other target its source.
 */

import type { NodeKey, PlanNode } from "../../compiler/plan/types.js";

/** What a node waits for. */
export interface Waits {
  /** To be done: its inputs, and of a training the preparations without which it would be for nothing. */
  needs(node: PlanNode): readonly NodeKey[];
  /** To have ended, well or not. */
  behind(node: PlanNode): readonly NodeKey[];
}

export function dataFirst(nodes: readonly PlanNode[]): Waits {
  const sets = new DataSets(nodes);
  return {
    needs(node) {
      const inputs = node.inputs.map((input) => input.node);
      return trains(node) ? [...inputs, ...sets.of(node).flatMap((dataset) => sets.preparations(dataset))] : inputs;
    },
    behind: (node) => (trains(node) ? sets.all : []),
  };
}

function trains({ op }: PlanNode): boolean {
  return op === "train" || op === "fit" || op === "tune.refit";
}

class DataSets {
  /** Every preparation. */
  readonly all: readonly NodeKey[];
  readonly #byKey: ReadonlyMap<NodeKey, PlanNode>;
  readonly #preparations = new Map<string, NodeKey[]>();
  readonly #users = new Map<NodeKey, PlanNode[]>();
  /** By node, that is not a training: the sets it and all that is made of it look at, up to the next training. */
  readonly #below = new Map<NodeKey, Below>();

  constructor(nodes: readonly PlanNode[]) {
    this.#byKey = new Map(nodes.map((node) => [node.key, node]));
    for (const node of nodes) {
      for (const key of new Set(node.inputs.map((input) => input.node))) listed(this.#users, key).push(node);
      const dataset = node.op === "dataset.prepare" ? nameOf(node) : undefined;
      if (dataset !== undefined) listed(this.#preparations, dataset).push(node.key);
    }
    this.all = [...this.#preparations.values()].flat();
  }

  preparations(dataset: string): readonly NodeKey[] {
    return this.#preparations.get(dataset) ?? [];
  }

  /** That a training is of, and is looked at on. */
  of(training: PlanNode): readonly string[] {
    const { sets, startsOthers } = this.#lookedAt(training);
    return [...new Set([...this.#behind(training), ...(startsOthers ? [] : sets)])];
  }

  /** Of the images it reads; what else it reads, such as a state, is of no data set here. */
  #behind(node: PlanNode): readonly string[] {
    return node.inputs.flatMap(({ node: key }) => {
      const input = this.#byKey.get(key);
      switch (input?.op) {
        case "dataset.prepare":
          return nameOf(input) ?? [];
        case "dataset.view":
          return this.#behind(input);
        default:
          return [];
      }
    });
  }

  #lookedAt(node: PlanNode): Below {
    const known = this.#below.get(node.key);
    if (known !== undefined) return known;
    const sets = new Set<string>();
    let startsOthers = false;
    for (const user of this.#users.get(node.key) ?? []) {
      // a trial serves the refit that its score may choose, and no other
      if (trains(user) && user.inputs.some(({ node: key, role }) => key === node.key && role !== "choice")) {
        startsOthers = true;
        continue;
      }
      for (const dataset of this.#behind(user)) sets.add(dataset);
      const below = this.#lookedAt(user);
      for (const dataset of below.sets) sets.add(dataset);
      startsOthers ||= below.startsOthers;
    }
    const found = { sets, startsOthers };
    this.#below.set(node.key, found);
    return found;
  }
}

interface Below {
  readonly sets: ReadonlySet<string>;
  /** Whether a training begins with what is made of it. */
  readonly startsOthers: boolean;
}

function listed<K, T>(lists: Map<K, T[]>, key: K): T[] {
  const known = lists.get(key);
  if (known !== undefined) return known;
  const made: T[] = [];
  lists.set(key, made);
  return made;
}

/** As declared: two that read one folder may each have a `reject` of its own. */
function nameOf({ resource }: PlanNode): string | undefined {
  return resource && JSON.stringify([resource.declaredIn, resource.name, resource.path]);
}
