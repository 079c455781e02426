/** Every operation's implementation. A test holds the list equal to the plan's operations. */

import { sharesPasses } from "../../compiler/plan/passes.js";
import type { OpName, ProbeOp } from "../../compiler/plan/types.js";
import { datasetIndex } from "./dataset-index.js";
import { datasetPrepare } from "./dataset-prepare.js";
import { datasetView } from "./dataset-view.js";
import { featuresImport } from "./features-import.js";
import { fit } from "./fit.js";
import type { ForwardNode } from "./forward-work.js";
import { init } from "./init.js";
import { runForward } from "./pass.js";
import { predictionsImport } from "./predictions-import.js";
import { probeHistory } from "./probes/history.js";
import { PROBES } from "./probes/index.js";
import { pluginOfTensors } from "./probes/plugin.js";
import { score } from "./score.js";
import { STATE_OPERATIONS } from "./states.js";
import { testCases } from "./test-cases.js";
import { train } from "./train.js";
import { tuneChoose } from "./tune-choose.js";
import { tuneRefit, tuneTake } from "./tune-state.js";
import type { OpContext, OpImplementation, OpResult } from "./types.js";
import { weightsImport } from "./weights-import.js";

type Registry = { readonly [K in OpName]: OpImplementation<K> };

/** A forward operation by itself; `runOps` runs several together. */
async function alone(node: ForwardNode, context: OpContext): Promise<OpResult> {
  const result = (await runForward([{ node, context }])).get(node.key);
  if (result === undefined) throw new Error(`${node.op} gave no result`);
  return result;
}

const pluginProbe: OpImplementation<"probe.plugin"> = {
  op: "probe.plugin",
  run: (node, context) => (sharesPasses(node) ? alone(node, context) : pluginOfTensors(node, context)),
};

type ProbeOperations = { readonly [K in ProbeOp]: OpImplementation<K> };

function probeOperations(): ProbeOperations {
  const operations = Object.entries(PROBES).map(([id, implementation]) => {
    const op = `probe.${id}` as ProbeOp;
    return [op, { op, run: implementation.kind === "alone" ? implementation.run : alone }];
  });
  return { ...Object.fromEntries(operations), "probe.plugin": pluginProbe } as ProbeOperations;
}

export const OPERATIONS: Registry = {
  "dataset.index": datasetIndex,
  "dataset.prepare": datasetPrepare,
  "dataset.view": datasetView,
  "weights.import": weightsImport,
  init,
  train,
  features: { op: "features", run: alone },
  fit,
  "tune.choose": tuneChoose,
  "tune.take": tuneTake,
  "tune.refit": tuneRefit,
  predict: { op: "predict", run: alone },
  "predictions.import": predictionsImport,
  "features.import": featuresImport,
  score,
  "test.cases": testCases,
  "probe.history": probeHistory,
  ...STATE_OPERATIONS,
  ...probeOperations(),
};
