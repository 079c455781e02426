/** A lowered bundle as a SavedModel: what TensorFlow loads through its public call. It has no variables files. */

import { create, toBinary } from "@bufbuild/protobuf";
import {
  MetaGraphDef_MetaInfoDefSchema,
  MetaGraphDefSchema,
  SavedModelSchema,
  SignatureDefSchema,
  type TensorInfo,
  TensorInfoSchema,
} from "./generated/tensorflow_pb.js";
import { dataTypeOf, shapeProto, type Tensor } from "./graph.js";
import type { LoweredBundle, Signature } from "./lower/index.js";

export const TAG = "serve";

/** The bytes of `saved_model.pb`. */
export function encodeSavedModel({ graph, signatures }: LoweredBundle): Uint8Array {
  const signatureDef = Object.fromEntries(
    [...signatures].map(([name, { inputs, outputs }]) => [
      name,
      create(SignatureDefSchema, { inputs: infos(inputs), outputs: infos(outputs), methodName: "xferc" }),
    ]),
  );
  const metaInfoDef = create(MetaGraphDef_MetaInfoDefSchema, { tags: [TAG] });
  const metaGraph = create(MetaGraphDefSchema, { metaInfoDef, graphDef: graph.build(), signatureDef });
  return toBinary(SavedModelSchema, create(SavedModelSchema, { savedModelSchemaVersion: 1n, metaGraphs: [metaGraph] }));
}

const infos = (tensors: Signature["inputs"]): { [name: string]: TensorInfo } =>
  Object.fromEntries([...tensors].map(([name, tensor]) => [name, info(tensor)]));

function info({ name, shape, type }: Tensor): TensorInfo {
  return create(TensorInfoSchema, { name: endpoint(name), dtype: dataTypeOf(type), tensorShape: shapeProto(shape) });
}

/** `NODE:INDEX`, with the index that nodes may leave out. */
export const endpoint = (name: string): string => (name.includes(":") ? name : `${name}:0`);
