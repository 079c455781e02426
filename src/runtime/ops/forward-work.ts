/** What a node that runs a model forward takes part in: passes that others share. */

import type { SharedPassNode } from "../../compiler/plan/passes.js";
import type { NodeFor, NormalizeParams, ProbeOp } from "../../compiler/plan/types.js";
import type { LayerInfo, ModelSpec } from "../../models/types.js";
import { type ImageSet, infoOf, loadImages, normalizationOf } from "../data/images.js";
import type { Reader } from "../probes/features.js";
import { type GivenRows, givenRows } from "../probes/given.js";
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
  /** Where the state is features from elsewhere: no model is run. */
  readonly given?: GivenRows;
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
  const images = await loadImages(manifest, context.blobs);
  const given = await givenOf(node, context, stateRole, images);
  return {
    state: inputBlob(node, context, stateRole),
    stateRole,
    images,
    ...(given === undefined ? {} : { given }),
    dataKey: manifest.key,
    normalizedBy: context.inputs.get("normalize")?.key ?? null,
  };
}

/** What is read of both is the same. */
export function isSameSide(a: Pick<Want, "state" | "given">, b: Pick<Want, "state" | "given">): boolean {
  return a.state.digest === b.state.digest && a.given?.layer === b.given?.layer;
}

async function givenOf(node: ForwardNode, context: OpContext, role: string, images: ImageSet) {
  const layer = "given" in node.params ? (node.params as ProbeNode["params"]).given?.[role] : undefined;
  if (layer === undefined) return undefined;
  const ref = manifestOf(context, role).outputs.ids;
  if (ref === undefined) throw new Error(`internal error: input ${role} has no ids`);
  const ids = JSON.parse(new TextDecoder().decode(await context.blobs.get(ref))) as readonly string[];
  return givenRows(layer, ids, images, `features(…) of ${role}`);
}

/** Layers that a role's state has: the model's, or the one of features from elsewhere. */
export function layersOfRole(
  { params }: ProbeNode,
  context: OpContext,
  role: string,
  layers: readonly LayerInfo[],
): readonly LayerInfo[] {
  const name = params.given?.[role];
  if (name === undefined) return layers;
  const { value } = manifestOf(context, role);
  const width = typeof value === "object" && value !== null && "width" in value ? Number(value.width) : 1;
  return [{ name, shape: [width], tensors: [] }];
}
