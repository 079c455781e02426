/** IR program → ONNX model: one rule per op, in the program's own order. */

import type { Operation, OpKind, Program } from "../../../../program/types.js";
import { Graph, type HeavyNode } from "../graph.js";
import type { PackedUpdate } from "../packing.js";
import { activations } from "./activation.js";
import { LoweringContext, type Machine, plainMachine, type Rule } from "./context.js";
import { convolutions } from "./conv.js";
import { elementwise } from "./elementwise.js";
import { matmuls } from "./matmul.js";
import { graphNames } from "./names.js";
import { norms } from "./norm.js";
import { optimizers } from "./optimizer.js";
import { PackedLowering } from "./packed.js";
import { pools } from "./pool.js";
import { randoms } from "./random.js";
import { reductions } from "./reduce.js";
import { shapes } from "./shape.js";
import { softmaxes } from "./softmax.js";

const rules: { readonly [K in OpKind]: Rule<K> } = {
  ...activations,
  ...convolutions,
  ...elementwise,
  ...matmuls,
  ...norms,
  ...optimizers,
  ...pools,
  ...randoms,
  ...reductions,
  ...shapes,
  ...softmaxes,
};

/** A program as onnxruntime takes it. Inputs are those something reads; state leaves as vectors. */
export interface LoweredProgram {
  readonly name: string;
  /** ModelProto. */
  readonly model: Uint8Array;
  readonly feeds: ReadonlySet<string>;
  /** States that enter by themselves, in their own shape. */
  readonly state: ReadonlySet<string>;
  /** States that are replaced by themselves. */
  readonly updates: readonly string[];
  /** Packed buffers that enter and are replaced as a whole. */
  readonly buffers: readonly string[];
  readonly nodes: number;
  readonly heavyNodes: readonly HeavyNode[];
}

export interface LoweringOptions {
  readonly packedUpdates?: readonly PackedUpdate[];
  readonly machine?: Machine;
}

export function lowerProgram(
  program: Program,
  { packedUpdates = [], machine = plainMachine }: LoweringOptions = {},
): LoweredProgram {
  const graph = new Graph();
  const context = new LoweringContext(graph, program, machine);
  const plan = new PackedLowering(context, packedUpdates);
  const feeds = new Set<string>();
  const state = new Set<string>();
  for (const { name, value } of program.feeds) {
    if (!context.isRead(value)) continue;
    feeds.add(name);
    context.set(value, graph.input(graphNames.feed(name), value.shape, value.dtype));
  }
  for (const { name, value } of program.state) {
    if (!plan.isReadAlone(value)) continue;
    state.add(name);
    context.set(value, graph.input(graphNames.state(name), value.shape, value.dtype));
  }
  for (const operation of program.operations) {
    const deferred = context.deferredTo(operation);
    if (deferred !== undefined) deferred();
    else if (!context.isAbsorbed(operation) && !plan.lower(operation)) lowerOperation(context, operation);
  }
  const buffers = plan.finish();
  for (const { name, value } of program.fetches) graph.output(graphNames.fetch(name), context.get(value));
  const updates = program.updates.filter(({ value }) => !plan.isPacked(value));
  for (const { name, value } of updates) graph.output(graphNames.update(name), context.flat(context.raw(value)));
  return {
    name: program.name,
    model: graph.encode(program.name),
    feeds,
    state,
    updates: updates.map(({ name }) => name),
    buffers,
    nodes: graph.nodeCount,
    heavyNodes: graph.heavyNodes,
  };
}

function lowerOperation<K extends OpKind>(context: LoweringContext, operation: Extract<Operation, { kind: K }>): void {
  const rule = rules[operation.kind as K] as Rule<K>;
  rule(context, operation as never);
}
