/**
 * A bundle → one TensorFlow graph. Each program's nodes lie under its name; states are resource variables that all of
 * them share; `load` and `read` move the state in and out.
 */

import type { OpKind, Program, ProgramBundle, Value } from "../../../../program/types.js";
import type { TensorSpec } from "../../tensors.js";
import { first, Graph, shapeAttribute, type Tensor, text, type } from "../graph.js";
import { LoweringContext, type OperationOf, type Rule, type Variable } from "./context.js";
import { convolutions } from "./conv.js";
import { elementwise } from "./elementwise.js";
import { filterStates, inverse, type Layout, permutationOf, permuted } from "./layout.js";
import { matmuls } from "./matmul.js";
import { norms } from "./norm.js";
import { optimizers, writeNode, writtenIn } from "./optimizer.js";
import { pools } from "./pool.js";
import { randoms } from "./random.js";
import { Recomputation } from "./recompute.js";
import { shapes } from "./shape.js";
import { softmaxes } from "./softmax.js";
import { isWidened, lowerWidened } from "./widen.js";

const rules: { readonly [K in OpKind]: Rule<K> } = {
  ...convolutions,
  ...elementwise,
  ...matmuls,
  ...norms,
  ...optimizers,
  ...pools,
  ...randoms,
  ...shapes,
  ...softmaxes,
};

/** Nodes by the names of what they take and give. */
export interface Signature {
  readonly inputs: ReadonlyMap<string, Tensor>;
  readonly outputs: ReadonlyMap<string, Tensor>;
}

export interface LoweredBundle {
  readonly graph: Graph;
  /** The bundle's programs, and `load` and `read`. */
  readonly signatures: ReadonlyMap<string, Signature>;
}

/** The output that stands for everything a signature writes. */
export const DONE = "done";
/** Programs that are no program of the bundle. */
export const LOAD = "xferc.load";
export const READ = "xferc.read";

interface Slot extends TensorSpec {
  readonly name: string;
  readonly node: string;
  readonly layout: Layout;
}

/** @param states of all programs together, by name */
export function lowerBundle(
  bundle: ProgramBundle,
  states: ReadonlyMap<string, TensorSpec>,
  device: "cpu" | "cuda",
): LoweredBundle {
  const graph = new Graph();
  const filters = filterStates(bundle);
  const slots = [...states].map(([name, spec], index): Slot => {
    const layout = filters.has(name) ? "filter" : "plain";
    return { ...spec, name, node: `state/${index}.${nodeName(name)}`, layout };
  });
  const signatures = new Map<string, Signature>();
  const handles = new Map(slots.map((slot) => [slot.name, variable(graph, slot)]));
  for (const [name, program] of Object.entries(bundle.programs)) {
    signatures.set(
      name,
      graph.within(nodeName(name), () => lowerProgram({ graph, program, slots, handles, device })),
    );
  }
  signatures.set(
    LOAD,
    graph.within(LOAD, () => loading(graph, slots, handles)),
  );
  signatures.set(
    READ,
    graph.within(READ, () => reading(graph, slots, handles)),
  );
  return { graph, signatures };
}

/** What TensorFlow allows in a node's name. */
const nodeName = (name: string): string => name.replace(/[^A-Za-z0-9_.-]/g, "_");

/** Integers only count; a GPU keeps them in the host's memory anyway. */
const deviceOf = ({ dtype }: Pick<Slot, "dtype">) => (dtype === "i32" ? ({ device: "cpu" } as const) : {});

function variable(graph: Graph, slot: Slot): Tensor {
  const attributes = {
    dtype: type(slot.dtype),
    shape: shapeAttribute(permuted(slot.shape, slot.layout)),
    shared_name: text(slot.node),
    container: text(""),
  };
  const outputs = { shapes: [[]], types: ["resource" as const] };
  return first(graph.node("VarHandleOp", [], outputs, { attributes, name: slot.node, ...deviceOf(slot) }));
}

type Handles = ReadonlyMap<string, Tensor>;

function handleOf(handles: Handles, { name }: Slot): Tensor {
  const handle = handles.get(name);
  if (handle === undefined) throw new Error(`internal: no variable ${name}`);
  return handle;
}

function readVariable(graph: Graph, slot: Slot, handles: Handles): Tensor {
  const outputs = { shapes: [permuted(slot.shape, slot.layout)], types: [slot.dtype] };
  const options = { attributes: { dtype: type(slot.dtype) }, ...deviceOf(slot) };
  return first(graph.node("ReadVariableOp", [handleOf(handles, slot)], outputs, options));
}

function assign(graph: Graph, slot: Slot, handles: Handles, value: Tensor, after: readonly Tensor[] = []): Tensor {
  return writeNode(graph, "AssignVariableOp", [handleOf(handles, slot), value], {
    attributes: { dtype: type(slot.dtype) },
    after,
    ...deviceOf(slot),
  });
}

/** A number that is there when all of `nodes` have run. */
function done(graph: Graph, nodes: readonly Tensor[]): Tensor {
  const one = graph.scalar(1);
  const attributes = { T: type("f32") };
  return first(graph.node("Identity", [one], { shapes: [[]] }, { attributes, after: nodes, name: DONE }));
}

interface ProgramRequest {
  readonly graph: Graph;
  readonly program: Program;
  readonly slots: readonly Slot[];
  readonly handles: Handles;
  readonly device: "cpu" | "cuda";
}

function lowerProgram({ graph, program, slots, handles, device }: ProgramRequest): Signature {
  const context = new LoweringContext(graph, program);
  const inputs = new Map<string, Tensor>();
  program.feeds.forEach(({ name, value }, index) => {
    const tensor = graph.placeholder(`feed/${index}.${nodeName(name)}`, value.shape, value.dtype);
    inputs.set(name, tensor);
    context.set(value, tensor);
  });
  const byName = new Map(slots.map((slot) => [slot.name, slot]));
  const own = program.state.flatMap(({ name, value }) => {
    const slot = byName.get(name);
    return slot === undefined ? [] : [{ slot, value }];
  });
  const variables = new Map<string, Variable>();
  for (const { slot, value } of own) {
    const read = readVariable(graph, slot, handles);
    const seen = { name: slot.name, handle: handleOf(handles, slot), read };
    variables.set(slot.name, seen);
    context.setVariable(value, seen, slot.layout);
  }
  const recomputation = new Recomputation(context, (operation) => {
    if (isWidened(operation, device)) lowerWidened(context, operation, (wide) => lowerOperation(context, wide));
    else lowerOperation(context, operation);
  });
  for (const operation of program.operations) recomputation.next(operation);
  const writes = [...writtenIn(context).nodes];
  for (const { name, value } of program.updates) {
    const slot = byName.get(name);
    const before = variables.get(name);
    if (slot === undefined || before === undefined || writtenIn(context).states.has(name)) continue;
    writes.push(assign(graph, slot, handles, kept(context, value, slot), [before.read]));
  }
  const outputs = new Map(
    program.fetches.map(({ name, value }, index) => {
      const tensor = context.get(value);
      const fetch = `fetch/${index}.${nodeName(name)}`;
      const attributes = { T: type(tensor.type) };
      return [name, first(graph.node("Identity", [tensor], { shapes: [tensor.shape] }, { attributes, name: fetch }))];
    }),
  );
  outputs.set(DONE, done(graph, writes));
  return { inputs, outputs };
}

/** A state's next value as its variable keeps it: a tensor of its own, for variables are written in place. */
function kept(context: LoweringContext, value: Value, slot: Slot): Tensor {
  const tensor = context.as(value, slot.layout);
  return context.variableOf(value) === undefined ? tensor : copied(context.graph, tensor);
}

function copied(graph: Graph, tensor: Tensor): Tensor {
  const attributes = { T: type(tensor.type) };
  const device = tensor.type === "i32" ? ({ device: "cpu" } as const) : {};
  return first(graph.node("DeepCopy", [tensor], { shapes: [tensor.shape] }, { attributes, ...device }));
}

function lowerOperation<K extends OpKind>(context: LoweringContext, operation: OperationOf<K>): void {
  const rule = rules[operation.kind as K] as Rule<K>;
  rule(context, operation as never);
}

/** What is fed lies in JavaScript's memory and must not become a variable, so each state is copied or turned. */
function loading(graph: Graph, slots: readonly Slot[], handles: Handles): Signature {
  const inputs = new Map<string, Tensor>();
  const writes = slots.map((slot, index) => {
    const given = graph.placeholder(`feed/${index}`, slot.shape, slot.dtype);
    inputs.set(slot.name, given);
    const permutation = permutationOf(slot.layout);
    return assign(
      graph,
      slot,
      handles,
      permutation === undefined ? copied(graph, given) : turned(graph, given, permutation),
    );
  });
  return { inputs, outputs: new Map([[DONE, done(graph, writes)]]) };
}

function reading(graph: Graph, slots: readonly Slot[], handles: Handles): Signature {
  const outputs = new Map(
    slots.map((slot) => {
      const read = readVariable(graph, slot, handles);
      const permutation = permutationOf(slot.layout);
      return [slot.name, permutation === undefined ? read : turned(graph, read, inverse(permutation))];
    }),
  );
  return { inputs: new Map(), outputs };
}

function turned(graph: Graph, tensor: Tensor, permutation: readonly number[]): Tensor {
  const shape = permutation.map((axis) => tensor.shape[axis] ?? 1);
  return graph.op("Transpose", [tensor, graph.indices(permutation)], shape, { Tperm: type("i32") });
}
