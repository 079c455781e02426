import { statistics } from "../../analysis/index.js";
import type { TestResult } from "../../analysis/statistics/test-result.js";
import { classesOf, type Predictions } from "../probes/predictions.js";
import { manifestOf } from "./inputs.js";
import { readPredictions, taskOf } from "./predictions.js";
import { type OpImplementation, probeValue } from "./types.js";

type Method = (first: readonly Predictions[], second: readonly Predictions[]) => TestResult;

/** Tests over cases by catalogue id; a test holds the two lists equal. */
export const CASE_TESTS: { readonly [id: string]: Method } = {
  delong: (first, second) =>
    statistics.delongRepeated(labelsOf(first), first.map(secondClass), second.map(secondClass)),
  mcnemar: (first, second) => statistics.mcnemar(right(first), right(second)),
};

export const testCases: OpImplementation<"test.cases"> = {
  op: "test.cases",
  async run(node, context) {
    const { method, task } = node.params;
    const test = CASE_TESTS[method];
    if (test === undefined) throw new Error(`no test ${method}; there is ${Object.keys(CASE_TESTS).join(", ")}`);
    const repeats = node.inputs.length / 2;
    const side = (name: string) =>
      Promise.all(
        Array.from({ length: repeats }, (_, i) => readPredictions(node, context, `${name}${i}`, taskOf(task))),
      );
    const cases = new Set(node.inputs.map(({ role }) => manifestOf(context, role).outputs.ids?.digest));
    if (cases.size > 1) throw new Error("the two sides were predicted on different cases");
    const result = test(await side("first"), await side("second"));
    if (result.kind === "undefined") {
      const { reason } = result;
      return {
        outputs: {},
        value: probeValue([{ inner: {}, value: Number.NaN, reason }], [`${method} has no value: ${reason}`]),
        summary: reason,
      };
    }
    const { p, estimate, statistic } = result;
    return {
      outputs: {},
      value: probeValue([{ inner: {}, value: p }], []),
      summary: `${method} p ${p.toPrecision(3)}, difference ${estimate.toPrecision(3)}, statistic ${statistic.toPrecision(3)}`,
    };
  },
};

function labelsOf([first]: readonly Predictions[]): Int32Array {
  return first?.labels ?? new Int32Array(0);
}

function secondClass({ images, classes, probabilities }: Predictions): Float64Array {
  return Float64Array.from({ length: images }, (_, i) => probabilities[i * classes + 1] as number);
}

/** 1 where the class likeliest on average over the repeats is the true one. */
function right(repeats: readonly Predictions[]): Int8Array {
  const [first] = repeats;
  if (first === undefined) return new Int8Array(0);
  const probabilities = first.probabilities.map((_, i) =>
    repeats.reduce((sum, each) => sum + (each.probabilities[i] as number), 0),
  );
  const called = classesOf({ ...first, probabilities });
  return Int8Array.from(called, (label, i) => (label === first.labels[i] ? 1 : 0));
}
