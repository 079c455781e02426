import { knnRows, PooledCollector } from "../probes/knn.js";
import { layersOf, metricOf, numberOption } from "../probes/options.js";
import { type ForwardWork, wantOf } from "./pass.js";
import type { ProbeNode } from "./probes.js";
import { type OpContext, probeValue } from "./types.js";

export async function forwardKnn(node: ProbeNode, context: OpContext): Promise<ForwardWork> {
  const { params } = node;
  const layers = layersOf(params);
  const bankWant = await wantOf(node, context, "state", "bank");
  const queryWant = await wantOf(node, context, "state", "query");
  const bank = new PooledCollector(layers, bankWant.images.info.images);
  const query =
    queryWant.dataKey === bankWant.dataKey ? bank : new PooledCollector(layers, queryWant.images.info.images);
  return {
    wants: [
      { ...bankWant, rounds: 1, reader: () => ({ reader: bank.reader() }) },
      ...(query === bank ? [] : [{ ...queryWant, rounds: 1, reader: () => ({ reader: query.reader() }) }]),
    ],
    async finish() {
      const { rows, warnings } = knnRows(
        { features: bank, images: bankWant.images },
        { features: query, images: queryWant.images },
        {
          layers,
          k: numberOption(params, "k"),
          temperature: numberOption(params, "temperature"),
          metric: metricOf(params),
          classes: params.model.classes,
        },
      );
      return { outputs: {}, value: probeValue(rows, warnings), summary: `${rows.length} layers` };
    },
  };
}
