/**
 * Layouts. The IR has images N×C×H×W and filters O×I×H×W; TensorFlow's CPU kernels take N×H×W×C and H×W×I×O, and so do
 * the fast ones of a GPU. A tensor is kept in whatever layout its producer gave it, and turned only where it must be.
 */

import type { Operation, OpKind, Program, ProgramBundle, Shape, Value } from "../../../../program/types.js";

/** `plain` is the IR's own order of axes. */
export type Layout = "plain" | "image" | "filter";

const PERMUTATIONS = { image: [0, 2, 3, 1], filter: [2, 3, 1, 0] } as const;

/** Axis i of the layout is axis `permutation[i]` of the IR's value. */
export function permutationOf(layout: Layout): readonly number[] | undefined {
  return layout === "plain" ? undefined : PERMUTATIONS[layout];
}

export function inverse(permutation: readonly number[]): number[] {
  return permutation.map((_, axis) => permutation.indexOf(axis));
}

export function permuted<T>(items: readonly T[], layout: Layout): T[] {
  const permutation = permutationOf(layout);
  if (permutation === undefined) return [...items];
  return permutation.map((axis) => {
    const item = items[axis];
    if (item === undefined) throw new Error(`internal: layout ${layout} of ${items.length} axes`);
    return item;
  });
}

/** Whether a permutation only moves axes of extent one, so that the elements stay where they are. */
export function movesNothing(shape: Shape, permutation: readonly number[]): boolean {
  const moved = permutation.filter((axis) => (shape[axis] ?? 1) !== 1);
  return moved.every((axis, index) => index === 0 || axis > (moved[index - 1] ?? 0));
}

/** Where convolutions take their filter. */
const FILTER_INPUT: { readonly [K in OpKind]?: number } = { conv2d: 1, conv2dInputGrad: 1 };

/** Names of states kept as H×W×I×O: filters that some program convolves with, and what the optimizer keeps of them. */
export function filterStates(bundle: ProgramBundle): ReadonlySet<string> {
  const programs = Object.values(bundle.programs);
  const filters = new Set(programs.flatMap((program) => [...convolved(program)]));
  return new Set([...filters, ...programs.flatMap((program) => moments(program, filters))]);
}

function convolved(program: Program): ReadonlySet<string> {
  const filters = new Set<number>();
  const casts = new Map<number, Value>();
  for (const operation of program.operations) {
    const [source] = operation.inputs;
    const [target] = operation.outputs;
    if (operation.kind === "cast" && source !== undefined && target !== undefined) casts.set(target.id, source);
    const index = FILTER_INPUT[operation.kind];
    const filter = index === undefined ? undefined : operation.inputs[index];
    if (filter === undefined) continue;
    filters.add(filter.id);
    const uncast = casts.get(filter.id);
    if (uncast !== undefined) filters.add(uncast.id);
  }
  return new Set(program.state.flatMap(({ name, value }) => (filters.has(value.id) ? [name] : [])));
}

/** What an optimizer keeps beside a parameter: the inputs that are state. */
function slotInputs(operation: Operation): readonly number[] {
  switch (operation.kind) {
    case "adam":
      return [2, 3];
    case "sgd":
      return [2];
    default:
      return [];
  }
}

function moments(program: Program, filters: ReadonlySet<string>): readonly string[] {
  const names = new Map(program.state.map(({ name, value }) => [value.id, name]));
  return program.operations.flatMap((operation) => {
    const [parameter] = operation.inputs;
    const name = parameter === undefined ? undefined : names.get(parameter.id);
    if (name === undefined || !filters.has(name)) return [];
    return slotInputs(operation).flatMap((index) => {
      const slot = operation.inputs[index];
      const slotName = slot === undefined ? undefined : names.get(slot.id);
      return slotName === undefined ? [] : [slotName];
    });
  });
}
