import type { NodeKey } from "../../compiler/plan/types.js";
import { canonicalSpec } from "../../models/trace.js";
import { runPass } from "../probes/features.js";
import { runGivenPass } from "../probes/given.js";
import { readSafetensors } from "../state/safetensors.js";
import { forwardFeatures } from "./features.js";
import { type ForwardNode, type ForwardWork, sourceOf, type Want } from "./forward-work.js";
import { forwardPredict } from "./predict.js";
import { implementationOf } from "./probes/index.js";
import type { OpContext, OpResult } from "./types.js";

export interface ForwardCall<N extends ForwardNode = ForwardNode> {
  readonly node: N;
  readonly context: OpContext;
}

/** Runs each pass (state, split) once for all nodes. */
export async function runForward(calls: readonly ForwardCall[]): Promise<ReadonlyMap<NodeKey, OpResult>> {
  const works = await Promise.all(calls.map(async (call) => ({ call, work: await workOf(call) })));
  const passes = new Map<string, { readonly call: ForwardCall; readonly want: Want }[]>();
  for (const { call, work } of works) {
    for (const want of work.wants) {
      const key = passKey(call.node, want);
      const members = passes.get(key);
      if (members === undefined) passes.set(key, [{ call, want }]);
      else members.push({ call, want });
    }
  }
  try {
    let done = 0;
    for (const members of passes.values()) {
      await runRounds(members, done, passes.size);
      done += 1;
    }
    const results = new Map<NodeKey, OpResult>();
    for (const { call, work } of works) {
      results.set(call.node.key, await work.finish());
      work.close?.();
    }
    return results;
  } finally {
    for (const { work } of works) work.close?.();
  }
}

function workOf({ node, context }: ForwardCall): Promise<ForwardWork> {
  if (node.op === "predict") return forwardPredict(node, context);
  if (node.op === "features") return forwardFeatures(node, context);
  const implementation = implementationOf(node);
  if (implementation.kind === "shared") return implementation.work(node, context);
  throw new Error(`${node.op} takes part in no shared pass`);
}

function passKey(node: ForwardNode, want: Want): string {
  const { model, normalize } = node.params;
  const of = want.given === undefined ? canonicalSpec(model) : want.given.layer;
  return JSON.stringify([want.state.digest, want.dataKey, want.normalizedBy, of, normalize]);
}

type Members = readonly { readonly call: ForwardCall; readonly want: Want }[];

/** Most readers are done after one pass; those short of memory come back for more. */
async function runRounds(members: Members, passesDone: number, passes: number): Promise<void> {
  const [first] = members;
  if (first === undefined) return;
  const { node, context } = first.call;
  const bytes = await context.blobs.get(first.want.state);
  const state = readSafetensors(bytes, `the state of input ${first.want.stateRole}`);
  const { images } = first.want;
  const source = { images, ...sourceOf(node.params, images, context) };
  const rounds = Math.max(...members.map(({ want }) => want.rounds));
  for (let round = 0; round < rounds; round++) {
    const active = members.filter(({ want }) => round < want.rounds).map(({ want }) => want.reader(round));
    const readers = active.map(({ reader }) => reader);
    const { given } = first.want;
    if (given !== undefined) {
      await runGivenPass({ tensors: state, given, readers, signal: context.signal });
      for (const { finish } of active) await finish?.();
      continue;
    }
    await runPass({
      engine: context.engine,
      state,
      source,
      readers,
      signal: context.signal,
      onProgress: (done, total) => {
        const share = (passesDone + (round + done / total) / rounds) / passes;
        for (const { call } of members) call.context.progress(Math.round(share * 1000), 1000);
      },
    });
    for (const { finish } of active) await finish?.();
  }
}
