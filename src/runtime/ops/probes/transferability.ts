/** LogME and LEEP: what a state's features or predictions say of labels it was not trained on. */

import { leep, logme } from "../../../analysis/transferability.js";
import { sampleImages } from "../../probes/cka.js";
import { EmbeddingRows, embeddingReader } from "../../probes/embedding.js";
import { labelsAt, oneHot } from "../../probes/labelled.js";
import { numberOption, streamOf } from "../../probes/options.js";
import { softmaxRows } from "../../probes/predictions.js";
import type { ProbeRow } from "../../results/types.js";
import type { ProbeNode } from "../forward-work.js";
import { type ForwardWork, wantOf } from "../forward-work.js";
import { type OpContext, probeValue } from "../types.js";

async function sampled(node: ProbeNode, context: OpContext) {
  const want = await wantOf(node, context, "state", "data");
  const sample = sampleImages(want.images.hashes, numberOption(node.params, "images"), streamOf(node.params));
  return { want, sample };
}

function one(row: Omit<ProbeRow, "inner">, warnings: readonly string[], images: number) {
  const summary = `${row.value.toPrecision(4)} over ${images} images`;
  return { outputs: {}, value: probeValue([{ inner: {}, ...row }], warnings), summary };
}

export async function forwardLogme(node: ProbeNode, context: OpContext): Promise<ForwardWork> {
  const { want, sample } = await sampled(node, context);
  const sink = new EmbeddingRows(sample.length);
  const reader = embeddingReader(new Set(sample), sink);
  return {
    wants: [{ ...want, rounds: 1, reader: () => ({ reader }) }],
    async finish() {
      const targets = oneHot(want.images, sample, classesOf(node, want.images.labelWidth));
      const dead = sink.constant ? ["what the head reads is the same for all images: LogME tells nothing of them"] : [];
      return one({ value: logme(sink.features, targets) }, dead, sample.length);
    },
  };
}

/** Of the images' labels; the state's own head may be of others. */
function classesOf({ params }: ProbeNode, labelWidth: number): number {
  return labelWidth > 1 ? labelWidth : params.model.classes;
}

export async function forwardLeep(node: ProbeNode, context: OpContext): Promise<ForwardWork> {
  const { want, sample } = await sampled(node, context);
  const { classes: width } = node.params.model;
  const rows = new Map(sample.map((image, row) => [image, row]));
  const logits = new Float32Array(sample.length * width);
  const reader = {
    images: new Set(sample),
    flat: [],
    pooled: [],
    take: (batch: { readonly indices: readonly number[]; readonly logits: Float32Array }) => {
      for (const [i, image] of batch.indices.entries()) {
        const row = rows.get(image);
        if (row !== undefined) logits.set(batch.logits.subarray(i * width, (i + 1) * width), row * width);
      }
    },
  };
  return {
    wants: [{ ...want, rounds: 1, reader: () => ({ reader }) }],
    async finish() {
      const labels = labelsAt(want.images, sample);
      const classes = labels.reduce((most, label) => Math.max(most, label + 1), 1);
      const shares = softmaxRows(logits, width);
      return one({ value: leep({ data: shares, shape: [sample.length, width] }, labels, classes) }, [], sample.length);
    },
  };
}
