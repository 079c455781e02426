/** IR program → ONNX model: one rule per op, in the program's own order. */

import { sizeOf } from "../../../../program/shape.js";
import type { Operation, OpKind, Program, Shape } from "../../../../program/types.js";
import { Graph } from "../graph.js";
import { activations } from "./activation.js";
import { LoweringContext, type Rule } from "./context.js";
import { convolutions } from "./conv.js";
import { elementwise } from "./elementwise.js";
import { matmuls } from "./matmul.js";
import { norms } from "./norm.js";
import { optimizers } from "./optimizer.js";
import { pools } from "./pool.js";
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
  ...reductions,
  ...shapes,
  ...softmaxes,
};

/** Names in the graph: a feed and a state may share one in the program. */
export const graphNames = {
  feed: (name: string): string => `feed:${name}`,
  state: (name: string): string => `state:${name}`,
  fetch: (name: string): string => `fetch:${name}`,
  update: (name: string): string => `update:${name}`,
};

/** A program as onnxruntime takes it. State enters and leaves as vectors: optimizers work on those. */
export interface LoweredProgram {
  readonly name: string;
  /** ModelProto. */
  readonly model: Uint8Array;
  /** Names of the feeds and states that are inputs of the graph: those something reads. */
  readonly feeds: ReadonlySet<string>;
  readonly state: ReadonlySet<string>;
  readonly nodes: number;
}

export function lowerProgram(program: Program): LoweredProgram {
  const graph = new Graph();
  const context = new LoweringContext(graph, program);
  const feeds = new Set<string>();
  const state = new Set<string>();
  for (const { name, value } of program.feeds) {
    if (!context.isRead(value)) continue;
    feeds.add(name);
    context.set(value, graph.input(graphNames.feed(name), value.shape, value.dtype));
  }
  for (const { name, value } of program.state) {
    if (!context.isRead(value)) continue;
    state.add(name);
    context.set(value, graph.input(graphNames.state(name), flatShape(value.shape), value.dtype));
  }
  for (const operation of program.operations) lowerOperation(context, operation);
  for (const { name, value } of program.fetches) graph.output(graphNames.fetch(name), context.get(value));
  for (const { name, value } of program.updates) {
    graph.output(graphNames.update(name), context.view(context.raw(value), flatShape(value.shape)));
  }
  return { name: program.name, model: graph.encode(program.name), feeds, state, nodes: graph.nodeCount };
}

export const flatShape = (shape: Shape): Shape => [sizeOf(shape)];

function lowerOperation<K extends OpKind>(context: LoweringContext, operation: Extract<Operation, { kind: K }>): void {
  const rule = rules[operation.kind as K] as Rule<K>;
  rule(context, operation as never);
}
