/** Storages as pickles name them, and tensors as views of them. */

import { sizeOf } from "../../program/shape.js";
import { BYTES_PER_ELEMENT, decodeElements } from "../state/dtypes.js";
import { CheckpointError } from "./errors.js";
import { isSize, type Refuse } from "./pickle/calls.js";
import { describe, isObject, type PickleTensor, type PickleValue } from "./pickle/values.js";

/** `("storage", type, key, location, elements[, view])` → the storage. Where it lay (a GPU) does not matter. */
export function persistentStorage(id: PickleValue, refuse: Refuse): PickleValue {
  const items = isObject(id) && id.kind === "tuple" ? id.items : [];
  const [what, type, key, , elements, view = null] = items;
  if (what !== "storage") return refuse(`it refers to ${describe(what)} outside of it, not to a storage`);
  if (view !== null) return refuse("its storages are views of others, as before torch 0.4");
  const role = isObject(type) && type.kind === "global" ? type.global.role : undefined;
  if (role?.kind !== "storage") return refuse(`a storage is of type ${describe(type)}`);
  if (typeof key !== "string" || !isSize(elements)) return refuse("a storage has no key and size");
  return { kind: "storage", dtype: role.dtype, key, elements };
}

/** Whether the view is the storage's numbers one after the other. */
function isContiguous({ shape, strides }: PickleTensor): boolean {
  let expected = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const extent = shape[axis] ?? 1;
    if (extent !== 1 && strides[axis] !== expected) return false;
    expected *= extent;
  }
  return true;
}

/** The view's elements in row-major order, decoded. @throws CheckpointError */
export function viewOf(
  tensor: PickleTensor,
  storage: Uint8Array<ArrayBuffer>,
  name: string,
  file: string,
): Float32Array | Int32Array {
  const { dtype } = tensor.storage;
  const width = BYTES_PER_ELEMENT[dtype];
  const wanted = tensor.storage.elements * width;
  if (storage.length < wanted) {
    const problem = `its storage ${tensor.storage.key} has ${storage.length} bytes and should have ${wanted}`;
    throw new CheckpointError(file, `${problem}; the file is damaged`);
  }
  const count = sizeOf(tensor.shape);
  const from = tensor.offset * width;
  const raw = isContiguous(tensor) ? storage.slice(from, from + count * width) : gathered(tensor, storage, width);
  const data = decodeElements(dtype, raw);
  if (typeof data !== "bigint") return data;
  throw new CheckpointError(file, `tensor ${name}: holds ${data}, which does not fit a 32-bit integer`);
}

function gathered({ shape, strides, offset }: PickleTensor, storage: Uint8Array, width: number) {
  const out = new Uint8Array(sizeOf(shape) * width);
  const index = shape.map(() => 0);
  let from = offset;
  for (let at = 0; at < out.length; at += width) {
    for (let byte = 0; byte < width; byte++) out[at + byte] = storage[from * width + byte] ?? 0;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const next = (index[axis] ?? 0) + 1;
      from += strides[axis] ?? 0;
      if (next < (shape[axis] ?? 0)) {
        index[axis] = next;
        break;
      }
      from -= next * (strides[axis] ?? 0);
      index[axis] = 0;
    }
  }
  return out;
}
