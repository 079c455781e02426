/** A plug-in's metric as any other: of fixed cases, to be worked out on resamples of them. */

import {
  type CaseMetric,
  type Counts,
  type Measured,
  undefinedBecause,
  valued,
} from "../../analysis/metrics/measured.js";
import { classesOf, type Predictions, type Thresholds } from "../probes/predictions.js";
import type { MetricCases, PluginMetric } from "./api.js";
import { type Hook, hookError } from "./errors.js";

export function pluginMetric(metric: PluginMetric, hook: Hook): (of: Predictions, at?: Thresholds) => CaseMetric {
  return (predictions, thresholds) => {
    const predicted = predictions.several ? calledOf(predictions, thresholds) : classesOf(predictions, thresholds);
    return {
      cases: predictions.images,
      measure: (counts) => measured(metric, hook, casesOf(predictions, predicted, counts)),
    };
  };
}

/** Zeros and ones; without a threshold where the probability is above a half. */
function calledOf({ probabilities, classes }: Predictions, thresholds: Thresholds | undefined): Int32Array {
  const [first] = thresholds ?? [];
  return Int32Array.from(probabilities, (p, i) => {
    const least = thresholds?.[i % classes] ?? first;
    return (least === undefined ? p > 0.5 : p >= least) ? 1 : 0;
  });
}

/** Always copies: what a plug-in writes to is no one else's. */
function casesOf(predictions: Predictions, predicted: Int32Array, counts: Counts | undefined): MetricCases {
  const { images, classes, probabilities, labels, several } = predictions;
  const rows: number[] = [];
  for (let i = 0; i < images; i++) for (let n = counts?.[i] ?? (counts === undefined ? 1 : 0); n > 0; n--) rows.push(i);
  const width = several ? classes : 1;
  const cases = {
    task: several ? "multilabel" : classes === 2 ? "binary" : "multiclass",
    images: rows.length,
    classes,
    labels: new Int32Array(rows.length * width),
    predicted: new Int32Array(rows.length * width),
    probabilities: new Float64Array(rows.length * classes),
  } as const;
  rows.forEach((row, i) => {
    cases.labels.set(labels.subarray(row * width, (row + 1) * width), i * width);
    cases.predicted.set(predicted.subarray(row * width, (row + 1) * width), i * width);
    cases.probabilities.set(probabilities.subarray(row * classes, (row + 1) * classes), i * classes);
  });
  return cases;
}

function measured({ measure, range = [null, null] }: PluginMetric, hook: Hook, cases: MetricCases): Measured {
  if (cases.images === 0) return undefinedBecause("there are no images");
  let given: unknown;
  try {
    given = measure(cases);
  } catch (error) {
    throw hookError(hook, error);
  }
  if (typeof given === "object" && given !== null && "undefined" in given && typeof given.undefined === "string") {
    return undefinedBecause(given.undefined);
  }
  if (typeof given !== "number" || !Number.isFinite(given)) {
    const what = given instanceof Promise ? "a promise" : String(given);
    throw hookError(hook, `it gave ${what}; a metric gives a finite number, or { undefined: "why there is none" }`);
  }
  const [least, greatest] = range;
  if ((least !== null && given < least) || (greatest !== null && given > greatest)) {
    throw hookError(hook, `it gave ${given}, outside its range of ${least ?? "−∞"} to ${greatest ?? "∞"}`);
  }
  return valued(given);
}
