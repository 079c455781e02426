/** What a node that runs a model forward takes part in: passes that others share. */

import type { SharedPassNode } from "../../compiler/plan/passes.js";
import type { NodeFor, NormalizeParams, ProbeOp } from "../../compiler/plan/types.js";
import type { ModelSpec } from "../../models/types.js";
import { type ImageSet, infoOf, loadImages, normalizationOf } from "../data/images.js";
import type { Reader } from "../probes/features.js";
import type { BlobRef } from "../store/types.js";
import { inputBlob, manifestOf } from "./inputs.js";
import type { OpContext, OpResult } from "./types.js";

export type ForwardNode = SharedPassNode;
export type ProbeNode = NodeFor<ProbeOp>;

/** What a node wants of one state on one split: in round 0, 1, … a reader, and what to do when its pass is over. */
export interface Want {
  readonly state: BlobRef;
  readonly stateRole: string;
  readonly images: ImageSet;
  readonly dataKey: string;
  /** Whose statistics the images are normalized by, where these are not their own. */
  readonly normalizedBy: string | null;
  readonly rounds: number;
  reader(round: number): { readonly reader: Reader; readonly finish?: () => Promise<void> };
}

/** A node's share of the passes and what it makes of them. */
export interface ForwardWork {
  readonly wants: readonly Want[];
  finish(): Promise<OpResult>;
  /** Lets go of what it holds, whether it came to an end or not. */
  close?(): void;
}

export function sourceOf(
  params: { readonly model: ModelSpec; readonly normalize?: NormalizeParams },
  images: ImageSet,
  { inputs }: OpContext,
) {
  const reference = inputs.get("normalize");
  const by = reference === undefined ? images.info : infoOf(reference);
  const task = images.labelWidth > 1 ? ("multilabel" as const) : ("multiclass" as const);
  return { model: params.model, task, normalization: normalizationOf(params.normalize ?? { kind: "data" }, by) };
}

/** The state and split a role names. */
export async function wantOf(node: ForwardNode, context: OpContext, stateRole: string, dataRole: string) {
  const manifest = manifestOf(context, dataRole);
  return {
    state: inputBlob(node, context, stateRole),
    stateRole,
    images: await loadImages(manifest, context.blobs),
    dataKey: manifest.key,
    normalizedBy: context.inputs.get("normalize")?.key ?? null,
  };
}
