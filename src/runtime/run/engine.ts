/** Which engine a run computes with; `auto` is resolved once and recorded. */

import type { NumericSignature } from "../../compiler/plan/types.js";
import { type EngineChoice, openEngine } from "../engine/index.js";
import { discoverInventory, type Inventory } from "../schedule/index.js";
import type { EngineChoice as WorkerEngine } from "../workers/types.js";
import type { MicroBatchWish } from "./micro-batches.js";

export interface ComputeWish {
  readonly engine: EngineChoice;
  readonly device: "auto" | "cpu";
  /** Threads of one worker; part of what results are keyed by, so the default is the same on every machine. */
  readonly threads?: number | undefined;
  readonly jobs?: number | undefined;
  /** Images a training takes at once, where its batch is larger. */
  readonly microBatch?: MicroBatchWish;
}

export interface Compute {
  readonly engine: WorkerEngine;
  readonly signature: NumericSignature;
  readonly inventory: Inventory;
  /** `onnx 1.30.0 cpu`. */
  readonly title: string;
}

/** Small models gain little from a second thread; many cells at once gain from every core. */
const DEFAULT_THREADS = 1;

/** @throws EngineError where no such engine works here. */
export async function resolveCompute(wish: ComputeWish): Promise<Compute> {
  const threads = wish.threads ?? DEFAULT_THREADS;
  const { id, signature } = await openEngine(wish.engine, { device: "cpu", threads });
  const jobs = wish.jobs === undefined ? {} : { jobs: wish.jobs };
  return {
    engine: { id, device: signature.device, threads },
    signature,
    inventory: discoverInventory({ threads, ...jobs }),
    title: `${signature.engine} ${signature.engineVersion} ${signature.device}`,
  };
}
