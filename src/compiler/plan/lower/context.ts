/** What every lowering shares: the graph, the facts, what was lowered already, and where problems go. */

import type { Catalog } from "../../../catalog/index.js";
import type { ModelInfo, ModelSpec } from "../../../models/types.js";
import type { Diagnostic } from "../../diagnostics.js";
import type { Cell } from "../../study.js";
import type { TrainedUse } from "../check/trained-parts.js";
import type { Rates } from "../estimate.js";
import type { StudyFacts } from "../facts.js";
import type { Graph, Output } from "../graph.js";
import { remembered } from "../memo.js";
import type { OpName, OpParams } from "../types.js";
import { OP_VERSIONS } from "../versions.js";
import type { DatasetMemo } from "./datasets.js";
import type { InitMemo } from "./init.js";
import type { MicroBatching } from "./micro-batch.js";
import type { ModelMemo } from "./models.js";
import type { RuleUse, SupplyUse } from "./observed.js";
import type { SourceMemo } from "./sources.js";
import type { Trained, TrainMemo } from "./train.js";
import type { TuneMemo } from "./tune.js";

export type Trace = (spec: ModelSpec) => ModelInfo;

export interface Context {
  readonly catalog: Catalog;
  readonly graph: Graph;
  readonly facts: StudyFacts;
  readonly trace: Trace;
  readonly rates: Rates;
  readonly microBatch: MicroBatching | undefined;
  readonly report: (diagnostic: Diagnostic) => void;
  readonly datasets: DatasetMemo;
  readonly models: ModelMemo;
  readonly ids: Identities;
  readonly inits: InitMemo;
  readonly sources: SourceMemo;
  readonly training: TrainMemo;
  readonly tunes: TuneMemo;
  /** Parameters many nodes have alike, so that they are one object, written and digested once. */
  readonly params: ParamsMemo;
  readonly cells: Map<Cell, Trained | undefined>;
  /** Seen while lowering, judged when all cells are known. */
  readonly rules: RuleUse;
  readonly supplies: SupplyUse;
  readonly trained: TrainedUse;
}

export type ParamsMemo = { readonly [K in OpName]: Map<string, OpParams[K]> };

export function newParamsMemo(): ParamsMemo {
  return Object.fromEntries(Object.keys(OP_VERSIONS).map((op) => [op, new Map()])) as unknown as ParamsMemo;
}

/** `about` must hold all that `make` reads; objects count by identity. */
export function sharedParams<K extends OpName>(
  context: Context,
  op: K,
  about: readonly (object | string | number)[],
  make: () => OpParams[K],
): OpParams[K] {
  let name = "";
  for (const part of about) name += `${typeof part === "object" ? `#${context.ids.of(part)}` : part} `;
  const memo: Map<string, OpParams[K]> = context.params[op];
  return remembered(memo, name, make);
}

/** Small numbers for objects, to compose memo keys of. */
export class Identities {
  readonly #ids = new WeakMap<object, number>();
  #next = 0;

  of(object: object): number {
    let id = this.#ids.get(object);
    if (id === undefined) {
      id = this.#next++;
      this.#ids.set(object, id);
    }
    return id;
  }
}

export const outputId = ({ vertex, output }: Output): string => `${vertex.node.key}:${output}`;
