/** What a pickle can hold for us: plain data, tensors over storages, and things kept as a mere name. */

import type { StoredType } from "../../state/dtypes.js";
import type { AllowedGlobal } from "./globals.js";

export type PickleValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | PickleList
  | PickleDict
  | PickleTensor
  | PickleStorage
  | { readonly kind: "bytes" }
  | { readonly kind: "set" }
  | { readonly kind: "global"; readonly global: AllowedGlobal }
  /** Something a state dict has no use for: an optimizer's numpy number, command line arguments. Only its name is kept. */
  | { readonly kind: "inert"; readonly name: string };

/** Lists and tuples; a list can hold itself. */
export interface PickleList {
  readonly kind: "list" | "tuple";
  readonly items: PickleValue[];
}

/** In the order of the file; of equal keys the last one counts. */
export interface PickleDict {
  readonly kind: "dict";
  readonly entries: [key: PickleValue, value: PickleValue][];
}

/** Numbers that lie elsewhere in the file. */
export interface PickleStorage {
  readonly kind: "storage";
  readonly dtype: StoredType;
  readonly key: string;
  readonly elements: number;
}

/** A view of a storage: element [i, j, …] is its number `offset + i·strides[0] + j·strides[1] + …`. */
export interface PickleTensor {
  readonly kind: "tensor";
  readonly storage: PickleStorage;
  readonly offset: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
}

export type PickleObject = Exclude<PickleValue, null | boolean | number | bigint | string>;

export function isObject(value: PickleValue | undefined): value is PickleObject {
  return typeof value === "object" && value !== null;
}

/** For error messages: `a list`, `the text "epoch"`, `argparse.Namespace`. */
export function describe(value: PickleValue | undefined): string {
  if (value === undefined) return "nothing";
  if (value === null) return "None";
  if (!isObject(value)) return typeof value === "string" ? `the text ${JSON.stringify(clip(value))}` : String(value);
  switch (value.kind) {
    case "global":
      return value.global.name;
    case "inert":
      return value.name;
    case "tensor":
      return `a tensor [${value.shape.join(", ")}]`;
    case "list":
    case "tuple":
    case "dict":
    case "storage":
    case "bytes":
    case "set":
      return `a ${value.kind}`;
    default:
      return value satisfies never;
  }
}

export function clip(text: string): string {
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}
