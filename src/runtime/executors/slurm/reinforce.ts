/** How many jobs a run should have in the queue, and what they are told to do. */

import type { NodeKey, NumericSignature, PlanNode } from "../../../compiler/plan/types.js";
import type { SlurmConfig } from "../../host/slurm-config.js";
import type { Fleet } from "./fleet.js";
import type { Ledger } from "./ledger.js";
import type { RoundPlace } from "./place.js";
import { type JobClass, MAIN_CLASS, PILOTS, requestFor, serves } from "./resources.js";
import { arrayWords, type Program, pilotScript } from "./words.js";

export interface ReinforcementOptions {
  readonly config: SlurmConfig;
  readonly classes: readonly JobClass[];
  readonly signature: NumericSignature;
  readonly round: RoundPlace;
  /** The pilot's program, but for its class. */
  readonly program: Program;
  /** Whether a node is computed by someone who is not of this run. */
  readonly isElsewhere: (key: NodeKey) => Promise<boolean>;
}

export type Reinforced =
  | { readonly status: "submitted"; readonly array: string; readonly count: number }
  | { readonly status: "later" | "refused"; readonly message: string };

/** Slurm's own default for the highest number in an array is 1000. */
const ARRAY_SIZE = 1000;

export class Reinforcements {
  private arraySize: number;

  constructor(private readonly options: ReinforcementOptions) {
    this.arraySize = options.config.arraySize ?? ARRAY_SIZE;
  }

  /** Submits what is missing, class by class. */
  async send(ledger: Ledger, fleet: Fleet): Promise<readonly Reinforced[]> {
    const sent: Reinforced[] = [];
    for (const one of this.options.classes) {
      for (let missing = await this.missing(one, ledger, fleet); missing > 0; ) {
        const reinforced = await this.submit(one, ledger, fleet, Math.min(missing, this.arraySize));
        sent.push(reinforced);
        if (reinforced.status !== "submitted") break;
        missing -= reinforced.count;
      }
    }
    return sent;
  }

  private async missing(one: JobClass, ledger: Ledger, fleet: Fleet): Promise<number> {
    const { pilots = PILOTS, workers = 1 } = one.resources;
    const living = fleet.living(one.name).length;
    const most = pilots - living;
    if (most <= 0) return 0;
    const wanted = await this.count(this.nodesFor(one, ledger, fleet), pilots * workers);
    return Math.min(most, Math.ceil(wanted / workers) - living);
  }

  /** Ready nodes of a class; quick ones do not need a job where one of another class will take them along. */
  private nodesFor(one: JobClass, ledger: Ledger, fleet: Fleet): readonly PlanNode[] {
    const ready = ledger.ready().filter(({ op }) => one.ops.has(op));
    if (one.name !== MAIN_CLASS) return ready;
    const others = this.options.classes.filter(({ name }) => name !== MAIN_CLASS && fleet.living(name).length > 0);
    return ready.filter((node) => !others.some((other) => serves(other, node, one)));
  }

  private async count(nodes: readonly PlanNode[], enough: number): Promise<number> {
    let count = 0;
    for (const { key } of nodes) {
      if (count >= enough) break;
      if (!(await this.options.isElsewhere(key))) count += 1;
    }
    return count;
  }

  private async submit(one: JobClass, ledger: Ledger, fleet: Fleet, count: number): Promise<Reinforced> {
    const { config, round, signature, program } = this.options;
    const { slurm } = round;
    const nodes = ledger.openNodes().filter(({ op }) => one.ops.has(op));
    const script = round.writeScript(
      one.name,
      pilotScript(config, { ...program, words: [...program.words, one.name] }),
    );
    const words = arrayWords({
      jobName: slurm.jobName(one.name),
      request: requestFor(one, nodes, signature),
      ...{ config, count, script, logs: slurm.logs, folder: program.folder, mounts: program.mounts },
    });
    const submitted = await fleet.submit(one.name, words, count);
    switch (submitted.status) {
      case "submitted":
        return { status: "submitted", array: submitted.array, count };
      case "unanswered":
        return { status: "later", message: submitted.message };
      case "later":
        return submitted;
      case "refused":
        if (!/array/i.test(submitted.message) || this.arraySize === 1 || count === 1) return submitted;
        // The cluster's arrays are shorter than thought.
        this.arraySize = Math.ceil(Math.min(count, this.arraySize) / 2);
        return this.submit(one, ledger, fleet, this.arraySize);
      default:
        return submitted satisfies never;
    }
  }
}
