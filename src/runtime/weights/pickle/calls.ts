/** What the allowed names make of their arguments. */

import type { AllowedGlobal } from "./globals.js";
import { describe, isObject, type PickleStorage, type PickleTensor, type PickleValue } from "./values.js";

/** Tells what is wrong; the machine adds where. */
export type Refuse = (problem: string) => never;

const MAX_DIMENSIONS = 16;

/** `global(*args)`, as REDUCE and NEWOBJ ask for. */
export function call({ name, role }: AllowedGlobal, args: readonly PickleValue[], refuse: Refuse): PickleValue {
  switch (role.kind) {
    case "dict":
      return { kind: "dict", entries: pairsOf(name, args, refuse) };
    case "tuple": {
      const [items = { kind: "tuple" as const, items: [] }] = args;
      if (isObject(items) && (items.kind === "tuple" || items.kind === "list")) return items;
      return refuse(`${name} is made of ${describe(items)}`);
    }
    case "tensor":
      return tensorOf(name, args, refuse);
    case "parameter": {
      const [tensor] = args;
      if (isObject(tensor) && tensor.kind === "tensor") return tensor;
      return refuse(`${name} is made of ${describe(tensor)}, not of a tensor`);
    }
    case "inert":
      return { kind: "inert", name };
    case "storage":
      return refuse(`${name} is called, which a state dict has no need of`);
    default:
      return role satisfies never;
  }
}

/** An OrderedDict's own arguments: none, or a list of pairs (Python 2). */
function pairsOf(name: string, args: readonly PickleValue[], refuse: Refuse): [PickleValue, PickleValue][] {
  const [list] = args;
  if (list === undefined) return [];
  if (!isObject(list) || list.kind !== "list") return refuse(`${name} is made of ${describe(list)}`);
  return list.items.map((pair): [PickleValue, PickleValue] => {
    const items = isObject(pair) && (pair.kind === "list" || pair.kind === "tuple") ? pair.items : [];
    const [key, value] = items;
    if (key === undefined || value === undefined || items.length !== 2) {
      return refuse(`${name} is made of ${describe(pair)} where a pair should be`);
    }
    return [key, value];
  });
}

/**
 * (storage, offset, size, stride[, requires_grad, hooks[, metadata]]). Metadata other than an empty dict says that the
 * numbers are kept negated or conjugated.
 */
function tensorOf(name: string, args: readonly PickleValue[], refuse: Refuse): PickleTensor {
  const [storage, offset, size, stride, , , metadata] = args;
  if (!isObject(storage) || storage.kind !== "storage") return refuse(`${name} is made of ${describe(storage)}`);
  if (isObject(metadata) && !(metadata.kind === "dict" && metadata.entries.length === 0)) {
    return refuse("a tensor is kept as the negative or the conjugate of another; save it resolved");
  }
  const shape = sizesOf(size);
  const strides = sizesOf(stride);
  if (!isSize(offset) || shape === undefined || strides === undefined || shape.length !== strides.length) {
    return refuse(`${name} is given no shape and strides that fit together`);
  }
  checkInside(storage, { offset, shape, strides }, refuse);
  return { kind: "tensor", storage, offset, shape, strides };
}

type View = Pick<PickleTensor, "offset" | "shape" | "strides">;

function checkInside(storage: PickleStorage, { offset, shape, strides }: View, refuse: Refuse): void {
  if (shape.includes(0)) return;
  const last = shape.reduce((sum, extent, axis) => sum + (extent - 1) * (strides[axis] ?? 0), offset);
  if (last < storage.elements) return;
  refuse(`a tensor [${shape.join(", ")}] reaches to number ${last} of a storage of ${storage.elements}`);
}

function sizesOf(value: PickleValue | undefined): readonly number[] | undefined {
  if (!isObject(value) || (value.kind !== "tuple" && value.kind !== "list")) return undefined;
  // A copy: a list may be appended to later on.
  const sizes = value.items.length <= MAX_DIMENSIONS ? value.items.filter(isSize) : [];
  return sizes.length === value.items.length ? sizes : undefined;
}

export function isSize(value: PickleValue | undefined): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}
