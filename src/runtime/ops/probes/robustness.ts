import { traceModel } from "../../../models/trace.js";
import { rowValue } from "../../probes/labelled.js";
import { predictionsOf } from "../../probes/metric.js";
import { metricOf, streamOf, textOption } from "../../probes/options.js";
import { changedLogits } from "../../probes/put-back.js";
import { type PutBack, partsOf, putBack } from "../../probes/reinit.js";
import type { ProbeRow } from "../../results/types.js";
import type { ProbeNode } from "../forward-work.js";
import { sourceOf, wantOf } from "../forward-work.js";
import { readState } from "../inputs.js";
import { type OpContext, type OpResult, probeValue } from "../types.js";

/** A run for every part, from where it begins. */
export async function probeRobustness(node: ProbeNode, context: OpContext): Promise<OpResult> {
  const { params } = node;
  const { images } = await wantOf(node, context, "state", "data");
  const [state, to] = await Promise.all([readState(node, context, "state"), readState(node, context, "to")]);
  const info = traceModel(params.model);
  const parts = partsOf(info, textOption(params, "by"));
  const how: PutBack =
    textOption(params, "mode") === "reinit"
      ? { mode: "reinit", to }
      : {
          mode: "rerand",
          scheme: { id: textOption(params, "scheme"), version: 1, params: {} },
          stream: streamOf(params),
        };
  const source = { images, ...sourceOf(params, images, context) };
  const { classes } = params.model;
  const metric = metricOf(params);
  const { logits, shortened } = await changedLogits({
    engine: context.engine,
    state,
    source,
    parts: parts.map((part) => ({ ...part, state: () => putBack(info, state, part, how) })),
    signal: context.signal,
    onProgress: (done, total) => context.progress(Math.round((done / total) * 1000), 1000),
  });
  const rows = parts.map((part, index): ProbeRow => {
    const predictions = predictionsOf(logits[index] ?? new Float32Array(0), images.labels, classes, source.task);
    return { inner: { layer: part.name }, ...rowValue(metric, predictions, context.plugins) };
  });
  const saved = `${shortened} of ${rows.length} parts run from where they begin`;
  return {
    outputs: {},
    value: probeValue(rows, []),
    summary: `${metric} with each of ${rows.length} parts put back, ${saved}`,
  };
}
