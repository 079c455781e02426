/** Probes that classify a split by the pooled features of a bank: what they read is the same. */

import { traceModel } from "../../../models/trace.js";
import { type Gathered, knnRows } from "../../probes/knn.js";
import { linearRows } from "../../probes/linear.js";
import { flagOption, layersOf, metricOf, numberOption, textOption } from "../../probes/options.js";
import { featureKind, PooledCollector } from "../../probes/pooled.js";
import type { ProbeRow } from "../../results/types.js";
import type { ProbeNode } from "../forward-work.js";
import { type ForwardWork, wantOf } from "../forward-work.js";
import { type OpContext, probeValue } from "../types.js";

interface Found {
  readonly rows: readonly ProbeRow[];
  readonly warnings: readonly string[];
}

export function forwardKnn(node: ProbeNode, context: OpContext): Promise<ForwardWork> {
  const { params } = node;
  return gathered(node, context, (bank, query) =>
    knnRows(bank, query, {
      ...common(node, context),
      k: numberOption(params, "k"),
      temperature: numberOption(params, "temperature"),
    }),
  );
}

export function forwardLinear(node: ProbeNode, context: OpContext): Promise<ForwardWork> {
  const { params } = node;
  return gathered(node, context, (bank, query) =>
    linearRows(bank, query, {
      ...common(node, context),
      l2: numberOption(params, "l2"),
      standardize: flagOption(params, "standardize"),
    }),
  );
}

function common({ params }: ProbeNode, { plugins }: OpContext) {
  return { plugins, layers: layersOf(params), metric: metricOf(params), classes: params.model.classes };
}

async function gathered(
  node: ProbeNode,
  context: OpContext,
  classify: (bank: Gathered, query: Gathered) => Found,
): Promise<ForwardWork> {
  const { params } = node;
  const bankWant = await wantOf(node, context, "state", "bank");
  const queryWant = await wantOf(node, context, "state", "query");
  const info = traceModel(params.model);
  const collector = (images: number) =>
    new PooledCollector(layersOf(params), images, featureKind(textOption(params, "features")), info);
  const bank = collector(bankWant.images.info.images);
  const query = queryWant.dataKey === bankWant.dataKey ? bank : collector(queryWant.images.info.images);
  const close = () => {
    bank.close();
    query.close();
  };
  return {
    wants: [
      { ...bankWant, rounds: 1, reader: () => ({ reader: bank.reader() }) },
      ...(query === bank ? [] : [{ ...queryWant, rounds: 1, reader: () => ({ reader: query.reader() }) }]),
    ],
    async finish() {
      const { rows, warnings } = classify(
        { spool: bank.spool, images: bankWant.images },
        { spool: query.spool, images: queryWant.images },
      );
      return { outputs: {}, value: probeValue(rows, warnings), summary: `${rows.length} layers` };
    },
    close,
  };
}
