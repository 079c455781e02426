/** A run's folder read back: its plan, and where in the cache the states of its cells are. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { RecordedCell, RecordedNode, RecordedPlan } from "../../compiler/plan/diff/recorded.js";
import { readPlanJson } from "../../compiler/plan/read-json.js";
import { leavesTrainedState } from "../../compiler/plan/trainings.js";
import type { NodeKey, OpParams } from "../../compiler/plan/types.js";
import type { PreparedInfo } from "../data/images.js";
import { UsageError } from "../host/errors.js";
import type { BlobRef, Store } from "../store/types.js";
import type { ChosenState } from "./selector.js";

/** @throws UsageError where the folder is no run's */
export function readRunPlan(folder: string, shown: string): RecordedPlan {
  let text: string;
  try {
    text = readFileSync(join(folder, "plan.json"), "utf8");
  } catch {
    throw new UsageError(`${shown} is no run: it has no plan.json`, "name a folder below runs/");
  }
  const read = readPlanJson(text);
  if (read.ok) return read.plan;
  throw new UsageError(`${shown}/plan.json cannot be read: ${read.problem}`, "run the study again");
}

/** A state with what belongs to it. */
export interface FoundState {
  readonly cell: RecordedCell;
  readonly moment: ChosenState["moment"];
  /** Of the node that put it out. */
  readonly key: NodeKey;
  readonly blob: BlobRef;
  readonly model: OpParams["train"]["model"];
  /** In RGB [0, 1] units; absent where the images' statistics are no longer in the cache. */
  readonly normalization?: { readonly mean: readonly number[]; readonly std: readonly number[] };
  readonly classes: readonly string[];
}

export class RunStates {
  readonly #nodes: ReadonlyMap<string, RecordedNode>;

  constructor(
    plan: RecordedPlan,
    private readonly store: Pick<Store, "lookup">,
  ) {
    this.#nodes = new Map(plan.nodes.map((node) => [node.key, node]));
  }

  /** Undefined where it has not been computed, or is no longer in the cache. */
  async find({ cell, moment }: ChosenState): Promise<FoundState | undefined> {
    const trained = cell.train === null ? undefined : this.#nodes.get(cell.train);
    if (trained === undefined || !leavesTrainedState(trained.op)) return undefined;
    const source = moment === "initial" ? this.#initial(trained) : { node: trained, output: moment };
    const manifest = source && (await this.store.lookup(source.node.key));
    const blob = source && manifest?.outputs[source.output];
    if (source === undefined || blob === undefined) return undefined;
    // The file was checked to be a plan of ours, and a node's parameters follow from its operation.
    const { model, normalize } = trained.params as unknown as OpParams["train"];
    const images = await this.#images(trained);
    const normalization = perChannel(
      model.channels,
      normalize.kind === "given" ? normalize : (images?.statistics ?? undefined),
    );
    return {
      cell,
      moment,
      key: source.node.key,
      blob,
      model,
      classes: images?.classes ?? [],
      ...(normalization === undefined ? {} : { normalization }),
    };
  }

  /** What the first stage of the training began with. */
  #initial(trained: RecordedNode): { readonly node: RecordedNode; readonly output: string } | undefined {
    let node = trained;
    for (;;) {
      const input = this.#input(node, "init");
      if (input === undefined || !leavesTrainedState(input.node.op)) return input;
      node = input.node;
    }
  }

  async #images(trained: RecordedNode): Promise<PreparedInfo | undefined> {
    const input = this.#input(trained, "train");
    const manifest = input && (await this.store.lookup(input.node.key));
    return manifest?.value as unknown as PreparedInfo | undefined;
  }

  #input({ roles, inputs }: RecordedNode, role: string) {
    const index = roles.findIndex((each) => each.role === role);
    const node = this.#nodes.get(inputs[index] ?? "");
    return node && { node, output: roles[index]?.output ?? "" };
  }
}

/** As training has it: one number given for grey stands for every channel, and no deviation for 1. */
function perChannel(
  channels: number,
  given: { readonly mean: readonly number[]; readonly std: readonly number[] } | undefined,
): FoundState["normalization"] {
  if (given === undefined) return undefined;
  const { mean, std } = given;
  const every = (values: readonly number[], otherwise: number) =>
    Array.from({ length: channels }, (_, channel) => values[channel % values.length] || otherwise);
  return { mean: every(mean, 0), std: every(std, 1) };
}
