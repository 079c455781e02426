/** `predictions("./theirs.csv")`: what a model from elsewhere said of images, where a score asks for a state. */

import type { Call, Expression } from "../../../grammar/syntax.js";
import { entry, fillDefaults } from "../../catalog/index.js";
import type { CatalogEntry, ModelEntry, ParameterSchema, ProbeEntry } from "../../catalog/types.js";
import type { Location } from "../diagnostics.js";
import { matchArguments } from "../evaluate/arguments.js";
import type { Context } from "../evaluate/context.js";
import { convert, isConversion } from "../evaluate/convert.js";
import { type Environment, locate, sourceText } from "../evaluate/environment.js";
import { report } from "../evaluate/report.js";
import { type StateValue, UNKNOWN, type Value } from "../evaluate/values.js";
import type { ModelChoice, PredictionsSpec, StateSpec } from "../study.js";
import { listed } from "../suggest.js";
import { FEATURES } from "./features.js";

const PATH: ParameterSchema = {
  type: "string",
  description:
    "a .csv, .tsv or .parquet file, relative to this study file: the column `id` of the images' ids, and a column a class, or `label`.",
};
const SCORES: ParameterSchema = {
  type: "string",
  enum: ["probabilities", "logits"],
  default: "probabilities",
  description: "what the columns of classes hold; logits are what a softmax, of several labels a sigmoid, is taken of.",
};

export const PREDICTIONS = {
  id: "predictions",
  doc: 'What a model from elsewhere said of images, where a score asks for a state: `score(top1, of: predictions("./theirs.csv"))`.',
  parameters: { path: PATH, scores: SCORES },
  required: ["path"],
  positional: ["path"],
} as const satisfies Pick<CatalogEntry, "id" | "doc" | "parameters" | "required" | "positional">;

export function predictionsCall(context: Context, expression: Call, environment: Environment): Value {
  const matched = matchArguments(context, environment, PREDICTIONS, expression.args, expression.span);
  const path = matched?.get("path");
  const scores = matched?.get("scores");
  if (matched === undefined || path === undefined) {
    return UNKNOWN;
  }
  const place = convert(context, environment, "path", PATH, path.value);
  const held = scores && convert(context, environment, "scores", SCORES, scores.value);
  if (!isConversion(place) || (held !== undefined && !isConversion(held))) {
    return UNKNOWN;
  }
  const file = String(place.json);
  if (!/\.(csv|tsv|parquet)$/i.test(file)) {
    return report(context, environment, path.value.span, "predictions-name", { path: file });
  }
  const predictions: PredictionsSpec = {
    path: file,
    declaredIn: environment.scope.file.path,
    scores: held?.json === "logits" ? "logits" : "probabilities",
    location: locate(environment, expression.span),
  };
  const state: StateSpec = { kind: "predictions", predictions };
  return {
    kind: "state",
    text: sourceText(environment, expression.span),
    own: false,
    outside: "predictions",
    make: () => state,
  };
}

/** A call that stands for a state and has no tensors. */
export function isGiven(expression: Expression): expression is Call {
  return (
    expression.kind === "call" &&
    expression.callee.kind === "name" &&
    (expression.callee.text === PREDICTIONS.id || expression.callee.text === FEATURES.id)
  );
}

/** Reports where tensors are wanted; `true` where they are there. */
export function hasTensors(
  context: Context,
  state: StateValue,
  reader: string,
  span: Call["span"],
  environment: Environment,
): boolean {
  switch (state.outside) {
    case undefined:
      return true;
    case "predictions":
      report(context, environment, span, "predictions-are-no-state", { reader, text: state.text });
      return false;
    case "features": {
      const able = context.catalog.entries("probe").filter(readsFeatures);
      const probes = listed(able.map(({ id }) => id));
      report(context, environment, span, "features-are-no-state", { reader, text: state.text, probes });
      return false;
    }
    default:
      return state.outside satisfies never;
  }
}

/** Reports where a probe is given what it cannot read; `true` where it can. */
export function suitsProbe(
  context: Context,
  probe: ProbeEntry,
  state: StateValue,
  span: Call["span"],
  environment: Environment,
): boolean {
  const suits =
    state.outside === "predictions" ? probe.reads.kind === "predictions" : state.outside && readsFeatures(probe);
  return suits || hasTensors(context, state, `\`${probe.id}(…)\``, span, environment);
}

function readsFeatures({ reads }: ProbeEntry): boolean {
  return reads.kind === "inputs" && reads.given === true;
}

/** Of an experiment that reads nothing else: some model must prepare the images, and this one asks least of them. */
export function anyModel(location: Location): ModelChoice {
  const found: ModelEntry | undefined = entry("model", "cbr");
  if (found === undefined) throw new Error("the catalogue has no cbr");
  return { name: "none", family: fillDefaults(found, { widths: [1], kernel: 1, size: 8 }), standIn: true, location };
}
