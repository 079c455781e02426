/** How each function of states of the catalogue is computed; a line a function. */

import type { StateId } from "../../catalog/states/index.js";
import type { NodeFor, StateOp, StreamSpec } from "../../compiler/plan/types.js";
import { traceModel } from "../../models/trace.js";
import { loadImages } from "../data/images.js";
import { lerpStates } from "../init/lerp.js";
import { Stream } from "../random/stream.js";
import type { NamedTensors } from "../state/safetensors.js";
import { calibrate } from "../train/calibrate.js";
import { sourceOf } from "./forward-work.js";
import { manifestOf, putState, readState } from "./inputs.js";
import type { OpContext, OpImplementation, OpResult } from "./types.js";

type StateNode = NodeFor<StateOp>;
interface Made {
  readonly state: NamedTensors;
  readonly summary: string;
}

const STATES: { readonly [K in StateId]: (node: StateNode, context: OpContext) => Promise<Made> } = {
  lerp: async (node, context) => {
    const { model, t, batchnorm } = node.params;
    const [a, b] = await Promise.all([readState(node, context, "a"), readState(node, context, "b")]);
    const buffers = batchnorm === "keep" ? "keep" : "interpolate";
    const state = lerpStates(traceModel(model), a, b, { t: Number(t), buffers });
    return { state, summary: `${state.size} tensors at ${Number(t)}` };
  },
  update_batchnorm: async (node, context) => {
    const { model, batch = 1, stream } = node.params;
    const images = await loadImages(manifestOf(context, "train"), context.blobs);
    const state = await calibrate({
      engine: context.engine,
      info: traceModel(model),
      state: await readState(node, context, "of"),
      source: { images, ...sourceOf(node.params, images, context) },
      batch,
      order: new Stream(stream as StreamSpec),
      signal: context.signal,
      onProgress: (done, total) => context.progress(done, total),
    });
    return { state, summary: `running statistics of ${images.info.images} images` };
  },
};

async function run(node: StateNode, context: OpContext): Promise<OpResult> {
  const { state, summary } = await STATES[node.op.slice("state.".length) as StateId](node, context);
  return { outputs: { state: await putState(context, state) }, value: {}, summary };
}

type StateOperations = { readonly [K in StateOp]: OpImplementation<K> };

export const STATE_OPERATIONS: StateOperations = Object.fromEntries(
  Object.keys(STATES).map((id) => [`state.${id}`, { op: `state.${id}`, run }]),
) as unknown as StateOperations;
