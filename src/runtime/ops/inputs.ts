/** What a node reads and writes, in the store's terms. */

import type { InputRef } from "../../compiler/plan/types.js";
import type { DatasetIndex } from "../data/types.js";
import { type NamedTensors, readSafetensors, writeSafetensors } from "../state/safetensors.js";
import type { BlobRef, Manifest } from "../store/types.js";
import type { OpContext } from "./types.js";

interface HasInputs {
  readonly inputs: readonly InputRef[];
}

export function manifestOf(context: OpContext, role: string): Manifest {
  const manifest = context.inputs.get(role);
  if (manifest === undefined) throw new Error(`input ${role} was not given`);
  return manifest;
}

/** The blob an input points at: of another node, one named output. */
export function inputBlob(node: HasInputs, context: OpContext, role: string): BlobRef {
  const manifest = manifestOf(context, role);
  const output = node.inputs.find((input) => input.role === role)?.output ?? "";
  const ref = manifest.outputs[output];
  if (ref === undefined) throw new Error(`input ${role}: ${manifest.op} left no ${output}`);
  return ref;
}

export async function readState(node: HasInputs, context: OpContext, role: string): Promise<NamedTensors> {
  return readSafetensors(await context.blobs.get(inputBlob(node, context, role)), `the state of input ${role}`);
}

/** What a `dataset.index` left: an early one says nothing of columns and problems. */
export async function readIndex(node: HasInputs, context: OpContext, role = "index"): Promise<DatasetIndex> {
  const text = new TextDecoder().decode(await context.blobs.get(inputBlob(node, context, role)));
  const index: Omit<DatasetIndex, "columns" | "problems"> & Partial<DatasetIndex> = JSON.parse(text);
  return { columns: [], problems: [], ...index };
}

export function putState(context: OpContext, state: NamedTensors): Promise<BlobRef> {
  return context.blobs.put(writeSafetensors(state));
}

export function putJson(context: OpContext, value: unknown): Promise<BlobRef> {
  return context.blobs.put(new TextEncoder().encode(JSON.stringify(value)));
}
