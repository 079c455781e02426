/** Every operation's implementation. A test holds the list equal to the plan's operations. */

import type { OpName } from "../../compiler/plan/types.js";
import { datasetIndex } from "./dataset-index.js";
import { datasetPrepare } from "./dataset-prepare.js";
import { datasetView } from "./dataset-view.js";
import { init } from "./init.js";
import { type ForwardNode, runForward } from "./pass.js";
import { probeHistory } from "./probe-history.js";
import { probeL2 } from "./probe-l2.js";
import { score } from "./score.js";
import { testCases } from "./test-cases.js";
import { train } from "./train.js";
import type { OpContext, OpImplementation, OpResult } from "./types.js";
import { weightsImport } from "./weights-import.js";

type Registry = { readonly [K in OpName]: OpImplementation<K> };

/** A forward operation by itself; `runOps` runs several together. */
async function alone(node: ForwardNode, context: OpContext): Promise<OpResult> {
  const result = (await runForward([{ node, context }])).get(node.key);
  if (result === undefined) throw new Error(`${node.op} gave no result`);
  return result;
}

export const OPERATIONS: Registry = {
  "dataset.index": datasetIndex,
  "dataset.prepare": datasetPrepare,
  "dataset.view": datasetView,
  "weights.import": weightsImport,
  init,
  train,
  predict: { op: "predict", run: alone },
  score,
  "probe.cka": { op: "probe.cka", run: alone },
  "probe.knn": { op: "probe.knn", run: alone },
  "probe.l2": probeL2,
  "test.cases": testCases,
  "probe.history": probeHistory,
};
