/** Parameter updates: in place on the variables where the program only passes them through, else as plain arithmetic. */

import type { Operation } from "../../../../program/types.js";
import { operand, result } from "../../operands.js";
import { bool, first, type Graph, int, type NodeOptions, type Tensor, type } from "../graph.js";
import type { LoweringContext, OperationOf, Rule, Variable } from "./context.js";

/** What became of states: names whose variables a node has already written, and those nodes. */
class Written {
  readonly states = new Set<string>();
  readonly nodes: Tensor[] = [];
}

const written = new WeakMap<LoweringContext, Written>();
export function writtenIn(context: LoweringContext): Written {
  const known = written.get(context) ?? new Written();
  written.set(context, known);
  return known;
}

/**
 * The variables an update may write in place, in the order of `slots`: each input is a state as it was, each output is
 * that state's next value and nothing else.
 */
function inPlace(
  context: LoweringContext,
  operation: Operation,
  slots: readonly { readonly input: number; readonly output: number }[],
): readonly Variable[] | undefined {
  const { fetches, updates } = context.program;
  const variables: Variable[] = [];
  for (const { input, output } of slots) {
    const variable = context.variableOf(operand(operation, input));
    const next = result(operation, output);
    const kept = updates.some(({ name, value }) => name === variable?.name && value.id === next.id);
    const elsewhere = context.readersOf(next) > 0 || fetches.some(({ value }) => value.id === next.id);
    if (variable === undefined || !kept || elsewhere) return undefined;
    variables.push(variable);
  }
  return variables;
}

interface Apply {
  readonly op: string;
  readonly variables: readonly Variable[];
  readonly inputs: readonly Tensor[];
  readonly attributes?: NodeOptions["attributes"];
  readonly after?: readonly Tensor[];
}

/** A node that writes variables; it waits until what the program reads of them has been read. */
function apply(context: LoweringContext, { op, variables, inputs, attributes = {}, after = [] }: Apply): Tensor {
  const node = writeNode(context.graph, op, [...variables.map(({ handle }) => handle), ...inputs], {
    attributes: { T: type("f32"), use_locking: bool(false), ...attributes },
    after: [...variables.map(({ read }) => read), ...after],
  });
  const record = writtenIn(context);
  for (const { name } of variables) record.states.add(name);
  record.nodes.push(node);
  return node;
}

/** A node without outputs, as something to wait for. */
export function writeNode(graph: Graph, op: string, inputs: readonly Tensor[], options: NodeOptions): Tensor {
  return first(graph.node(op, inputs, { shapes: [[]] }, options));
}

/** The gradient in its variable's layout, L2 added. */
function gradientOf(context: LoweringContext, operation: OperationOf<"adam" | "sgd">): Tensor {
  const parameter = operand(operation, 0);
  const layout = context.layoutOf(parameter);
  const gradient = context.as(operand(operation, 1), layout);
  const { l2 } = operation.attributes;
  return l2 === 0 ? gradient : context.add(gradient, context.scale(context.as(parameter, layout), l2));
}

const scalarAt = (context: LoweringContext, operation: Operation, index: number): Tensor =>
  context.get(operand(operation, index));

/** lr/c1 · m/(√v/√c2 + ε) = lr·√c2/c1 · m/(√v + ε·√c2): TensorFlow's Adam with another rate and ε. */
function adamScalars(context: LoweringContext, operation: OperationOf<"adam">) {
  const [rate, correction1, correction2] = [4, 5, 6].map((index) => scalarAt(context, operation, index)) as [
    Tensor,
    Tensor,
    Tensor,
  ];
  const root = context.once(`root ${correction2.name}`, () => context.unary("Sqrt", correction2));
  const size = context.once(`size ${rate.name} ${correction1.name} ${root.name}`, () =>
    context.binary("RealDiv", context.mul(rate, root), correction1),
  );
  const { epsilon } = operation.attributes;
  const small = context.once(`epsilon ${root.name} ${epsilon}`, () => context.scale(root, epsilon));
  return { rate, size, small };
}

const ADAM_SLOTS = [
  { input: 0, output: 0 },
  { input: 2, output: 1 },
  { input: 3, output: 2 },
];

function lowerAdam(context: LoweringContext, operation: OperationOf<"adam">): void {
  const { beta1, beta2, weightDecay } = operation.attributes;
  const { rate, size, small } = adamScalars(context, operation);
  const variables = inPlace(context, operation, ADAM_SLOTS);
  const { graph } = context;
  if (variables === undefined) {
    composeAdam(context, operation, { rate, size, small });
    return;
  }
  const [parameter] = variables;
  const decay: Tensor[] = [];
  if (weightDecay > 0 && parameter !== undefined) {
    const amount = context.mul(parameter.read, context.scale(rate, weightDecay));
    const attributes = { dtype: type("f32") };
    decay.push(
      writeNode(graph, "AssignSubVariableOp", [parameter.handle, amount], { attributes, after: [parameter.read] }),
    );
  }
  const zero = graph.scalar(0);
  const numbers = [zero, zero, size, graph.scalar(beta1), graph.scalar(beta2), small];
  const inputs = [...numbers, gradientOf(context, operation)];
  apply(context, {
    op: "ResourceApplyAdam",
    variables,
    inputs,
    attributes: { use_nesterov: bool(false) },
    after: decay,
  });
}

function composeAdam(
  context: LoweringContext,
  operation: OperationOf<"adam">,
  { rate, size, small }: { readonly rate: Tensor; readonly size: Tensor; readonly small: Tensor },
): void {
  const { beta1, beta2, weightDecay } = operation.attributes;
  const layout = context.layoutOf(operand(operation, 0));
  const [parameter, m0, v0] = [0, 2, 3].map((index) => context.as(operand(operation, index), layout)) as [
    Tensor,
    Tensor,
    Tensor,
  ];
  const gradient = gradientOf(context, operation);
  const m = context.add(context.scale(m0, beta1), context.scale(gradient, 1 - beta1));
  const v = context.add(context.scale(v0, beta2), context.scale(context.unary("Square", gradient), 1 - beta2));
  const change = context.binary("RealDiv", context.mul(m, size), context.add(context.unary("Sqrt", v), small));
  const kept =
    weightDecay === 0
      ? parameter
      : context.mul(parameter, context.sub(context.graph.scalar(1), context.scale(rate, weightDecay)));
  for (const [index, tensor] of [context.sub(kept, change), m, v].entries()) {
    context.set(result(operation, index), tensor, layout);
  }
}

const SGD_SLOTS = [
  { input: 0, output: 0 },
  { input: 2, output: 1 },
];

function lowerSgd(context: LoweringContext, operation: OperationOf<"sgd">): void {
  const { momentum, nesterov } = operation.attributes;
  const rate = scalarAt(context, operation, 3);
  const gradient = gradientOf(context, operation);
  const variables = inPlace(context, operation, SGD_SLOTS);
  if (variables !== undefined) {
    const inputs = [rate, gradient, context.graph.scalar(momentum)];
    apply(context, { op: "ResourceApplyMomentum", variables, inputs, attributes: { use_nesterov: bool(nesterov) } });
    return;
  }
  const layout = context.layoutOf(operand(operation, 0));
  const [parameter, velocity] = [context.as(operand(operation, 0), layout), context.as(operand(operation, 2), layout)];
  const next = context.add(context.scale(velocity, momentum), gradient);
  const direction = nesterov ? context.add(gradient, context.scale(next, momentum)) : next;
  context.set(result(operation, 0), context.sub(parameter, context.mul(direction, rate)), layout);
  context.set(result(operation, 1), next, layout);
}

/**
 * ½Σx² of each, doubled. The parts are packed and summed: an `AddN` begins with whichever input's memory it may reuse, so
 * its last bit changes from run to run.
 */
function lowerSumSquares(context: LoweringContext, operation: OperationOf<"sumSquares">): void {
  const { graph } = context;
  const halves = operation.inputs.map((value) => graph.op("L2Loss", [context.raw(value)], []));
  const packed = graph.op("Pack", halves, [halves.length], { N: int(halves.length), axis: int(0) });
  context.set(first(operation.outputs), context.scale(context.reduce("Sum", packed, [0], "dropped"), 2));
}

export const optimizers: { readonly [K in "sumSquares" | "adam" | "sgd"]: Rule<K> } = {
  sumSquares: lowerSumSquares,
  adam: lowerAdam,
  sgd: lowerSgd,
};
