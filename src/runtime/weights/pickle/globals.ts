/**
 * The only names a pickle may mention. None is ever looked up or called: each stands for what we make of it, and every
 * other name is refused.
 */

import type { StoredType } from "../../state/dtypes.js";

export interface AllowedGlobal {
  /** `module.name`. */
  readonly name: string;
  readonly role: GlobalRole;
}

export type GlobalRole =
  | { readonly kind: "dict" }
  | { readonly kind: "tuple" }
  /** `(storage, offset, size, stride, …)` → a tensor. */
  | { readonly kind: "tensor" }
  /** `(tensor, …)` → the tensor. */
  | { readonly kind: "parameter" }
  | { readonly kind: "storage"; readonly dtype: StoredType }
  /** What it makes is kept as a name. */
  | { readonly kind: "inert" };

const STORAGES: { readonly [name: string]: StoredType } = {
  DoubleStorage: "F64",
  FloatStorage: "F32",
  HalfStorage: "F16",
  BFloat16Storage: "BF16",
  LongStorage: "I64",
  IntStorage: "I32",
  ShortStorage: "I16",
  CharStorage: "I8",
  ByteStorage: "U8",
  BoolStorage: "BOOL",
};

/** Found beside the weights in training checkpoints: arguments, learning rates, losses. */
const INERT = [
  "argparse.Namespace",
  "yacs.config.CfgNode",
  "pytorch_lightning.utilities.parsing.AttributeDict",
  "lightning.pytorch.utilities.parsing.AttributeDict",
  "lightning_fabric.utilities.data.AttributeDict",
  "lightning.fabric.utilities.data.AttributeDict",
  "pathlib.Path",
  "pathlib.PosixPath",
  "pathlib.WindowsPath",
  "collections.defaultdict",
  "collections.Counter",
  "_codecs.encode",
  "numpy.dtype",
  "numpy.ndarray",
  "numpy.core.multiarray.scalar",
  "numpy._core.multiarray.scalar",
  "numpy.core.multiarray._reconstruct",
  "numpy._core.multiarray._reconstruct",
  "torch.device",
  ...["builtins", "__builtin__"].flatMap((module) =>
    ["set", "frozenset", "list", "dict", "int", "float", "str", "bool", "bytearray", "complex", "slice"].map(
      (name) => `${module}.${name}`,
    ),
  ),
  ...["float64", "float32", "float16", "bfloat16", "int64", "int32", "int16", "int8", "uint8", "bool"].map(
    (name) => `torch.${name}`,
  ),
];

const GLOBALS = new Map<string, AllowedGlobal>(
  [
    ["collections.OrderedDict", { kind: "dict" }] as const,
    ["torch.Size", { kind: "tuple" }] as const,
    ["torch._utils._rebuild_tensor", { kind: "tensor" }] as const,
    ["torch._utils._rebuild_tensor_v2", { kind: "tensor" }] as const,
    ["torch._utils._rebuild_parameter", { kind: "parameter" }] as const,
    ["torch._utils._rebuild_parameter_with_state", { kind: "parameter" }] as const,
    ...Object.entries(STORAGES).map(([name, dtype]) => [`torch.${name}`, { kind: "storage", dtype }] as const),
    ...INERT.map((name) => [name, { kind: "inert" }] as const),
  ].map(([name, role]) => [name, { name, role }]),
);

export function allowedGlobal(module: string, name: string): AllowedGlobal | undefined {
  // `torch` with `nn.Module` is not `torch.nn` with `Module`.
  return name.includes(".") ? undefined : GLOBALS.get(`${module}.${name}`);
}
