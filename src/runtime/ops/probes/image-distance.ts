/** FID and KID: two sets of images through one network; a set is passed once, whatever it is compared with. */

import { frechetDistance } from "../../../analysis/fid.js";
import { kid } from "../../../analysis/index.js";
import { classDistance } from "../../../analysis/transport.js";
import type { ImageSet } from "../../data/images.js";
import { sampleImages } from "../../probes/cka.js";
import {
  EmbeddingClasses,
  EmbeddingMoments,
  EmbeddingRows,
  embeddingReader,
  type Sink,
} from "../../probes/embedding.js";
import { numberOption, streamOf, textOption } from "../../probes/options.js";
import type { ProbeNode } from "../forward-work.js";
import { type ForwardWork, type Want, wantOf } from "../forward-work.js";
import { type OpContext, probeValue } from "../types.js";

interface Side<S extends Sink> {
  readonly want: Want;
  readonly sink: S;
  readonly images: number;
}

async function side<S extends Sink>(
  node: ProbeNode,
  context: OpContext,
  role: string,
  sinkOf: (images: number, set: ImageSet) => S,
): Promise<Side<S>> {
  const want = await wantOf(node, context, "network", role);
  const sample = sampleImages(want.images.hashes, numberOption(node.params, "images"), streamOf(node.params));
  const sink = sinkOf(sample.length, want.images);
  const reader = embeddingReader(new Set(sample), sink);
  return { want: { ...want, rounds: 1, reader: () => ({ reader }) }, sink, images: sample.length };
}

async function compared<S extends Sink>(
  node: ProbeNode,
  context: OpContext,
  sinkOf: (images: number, set: ImageSet) => S,
  compare: (p: S, q: S) => { readonly value: number; readonly warnings: readonly string[] },
): Promise<ForwardWork> {
  const [p, q] = [await side(node, context, "p", sinkOf), await side(node, context, "q", sinkOf)];
  return {
    wants: [p.want, q.want],
    async finish() {
      const { value, warnings } = compare(p.sink, q.sink);
      const dead = [p, q].filter(({ sink }) => sink.constant).length;
      return {
        outputs: {},
        value: probeValue([{ inner: {}, value }], [...warnings, ...deadSets(dead)]),
        summary: `${value.toPrecision(4)} between ${p.images} and ${q.images} images`,
      };
    },
  };
}

export function forwardFid(node: ProbeNode, context: OpContext): Promise<ForwardWork> {
  return compared(
    node,
    context,
    () => new EmbeddingMoments(),
    (p, q) => {
      const [first, second] = [p.moments(), q.moments()];
      const few = Math.min(first.images, second.images);
      const deficient = `${few} images for ${first.width} features: a covariance has not full rank and the distance is biased upward; kid is not`;
      return { value: frechetDistance(first, second), warnings: few <= first.width ? [deficient] : [] };
    },
  );
}

/** The sample is held whole: every pair is looked at, and its size is the estimator's own. */
export function forwardKid(node: ProbeNode, context: OpContext): Promise<ForwardWork> {
  return compared(
    node,
    context,
    (images) => new EmbeddingRows(images),
    (p, q) => ({ value: kid(p.features, q.features), warnings: [] }),
  );
}

/** Class means alone are kept of each set. */
export function forwardEmd(node: ProbeNode, context: OpContext): Promise<ForwardWork> {
  const gamma = numberOption(node.params, "gamma");
  const similar = textOption(node.params, "report") === "similarity";
  return compared(
    node,
    context,
    (_, { labels }) => new EmbeddingClasses(labels),
    (p, q) => {
      const distance = classDistance(p.classes(), q.classes());
      return { value: similar ? Math.exp(-gamma * distance) : distance, warnings: [] };
    },
  );
}

function deadSets(dead: number): readonly string[] {
  if (dead === 0) return [];
  const sets = dead === 2 ? "both sets" : "one set";
  return [`the network gives all images of ${sets} the same features: the distance tells nothing of the images`];
}
