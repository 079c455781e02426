import { traceModel } from "../../models/trace.js";
import { runPass } from "../probes/features.js";
import { rowValue } from "../probes/labelled.js";
import { predictionsOf } from "../probes/metric.js";
import { metricOf, streamOf, textOption } from "../probes/options.js";
import { type PutBack, partsOf, putBack } from "../probes/reinit.js";
import type { ProbeRow } from "../results/types.js";
import { readState } from "./inputs.js";
import { sourceOf, wantOf } from "./pass.js";
import type { ProbeNode } from "./probes.js";
import { type OpContext, type OpResult, probeValue } from "./types.js";

/** A pass for every part: the states differ, so nothing of one serves another. */
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
  const rows: ProbeRow[] = [];
  for (const [index, part] of parts.entries()) {
    const logits = new Float32Array(images.info.images * classes);
    await runPass({
      engine: context.engine,
      state: putBack(info, state, part, how),
      source,
      readers: [
        {
          flat: [],
          pooled: [],
          take: (batch) => {
            batch.indices.forEach((image, i) => {
              logits.set(batch.logits.subarray(i * classes, (i + 1) * classes), image * classes);
            });
          },
        },
      ],
      signal: context.signal,
      onProgress: (done, total) => context.progress(Math.round(((index + done / total) / parts.length) * 1000), 1000),
    });
    const predictions = predictionsOf(logits, images.labels, classes, source.task);
    rows.push({ inner: { layer: part.name }, ...rowValue(metric, predictions, context.plugins) });
  }
  return { outputs: {}, value: probeValue(rows, []), summary: `${metric} with each of ${rows.length} parts put back` };
}
