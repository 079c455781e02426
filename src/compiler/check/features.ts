/** `features("./retfound.parquet")`: what a network from elsewhere computed of images, where a probe reads features. */

import type { Call } from "../../../grammar/syntax.js";
import type { CatalogEntry, ParameterSchema } from "../../catalog/types.js";
import { matchArguments, spanOf } from "../evaluate/arguments.js";
import type { Context } from "../evaluate/context.js";
import { convert, isConversion } from "../evaluate/convert.js";
import { type Environment, locate, sourceText } from "../evaluate/environment.js";
import { report } from "../evaluate/report.js";
import { UNKNOWN, type Value } from "../evaluate/values.js";
import type { FeaturesSpec, StateSpec } from "../study.js";

const PATH: ParameterSchema = {
  type: "string",
  description:
    "a .csv, .tsv or .parquet file of the column `id` of the images' ids and a column a feature; or .npz of the arrays `ids` and `features`; or .safetensors with `ids`, a JSON list, in its metadata.",
};
const ARRAY: ParameterSchema = {
  type: "string",
  default: "features",
  description: "which array of the file, of .npz and .safetensors; the name of its layer in results.",
};

export const FEATURES = {
  id: "features",
  doc: 'What a network from elsewhere computed of images, where a probe that reads features asks for a state: `linear_probe(features("./retfound.parquet"))`.',
  parameters: { path: PATH, array: ARRAY },
  required: ["path"],
  positional: ["path"],
} as const satisfies Pick<CatalogEntry, "id" | "doc" | "parameters" | "required" | "positional">;

const TABLES = /\.(csv|tsv|parquet)$/i;
const ARRAYS = /\.(npz|safetensors)$/i;

export function featuresCall(context: Context, expression: Call, environment: Environment): Value {
  const matched = matchArguments(context, environment, FEATURES, expression.args, expression.span);
  const path = matched?.get("path");
  if (matched === undefined || path === undefined) {
    return UNKNOWN;
  }
  const array = matched.get("array");
  const place = convert(context, environment, "path", PATH, path.value);
  const named = array && convert(context, environment, "array", ARRAY, array.value);
  if (!isConversion(place) || (named !== undefined && !isConversion(named))) {
    return UNKNOWN;
  }
  const file = String(place.json);
  if (!TABLES.test(file) && !ARRAYS.test(file)) {
    return report(context, environment, path.value.span, "features-name", { path: file });
  }
  if (array !== undefined && TABLES.test(file)) {
    return report(context, environment, spanOf(matched, "array", expression.span), "features-without-arrays", {
      path: file,
    });
  }
  const layer = named === undefined ? ARRAY.default : named.json;
  const features: FeaturesSpec = {
    path: file,
    declaredIn: environment.scope.file.path,
    scores: "features",
    array: String(layer),
    location: locate(environment, expression.span),
  };
  const state: StateSpec = { kind: "features", features };
  return {
    kind: "state",
    text: sourceText(environment, expression.span),
    own: false,
    outside: "features",
    layer: features.array,
    make: () => state,
  };
}
