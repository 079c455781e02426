import { undefinedBecause } from "../metrics/measured.js";
import { mean, standardDeviation } from "./moments.js";
import { studentQuantile, upperTail } from "./student.js";
import { differences, type TestResult } from "./test-result.js";

/**
 * Student's t of paired differences (scipy's ttest_rel). Undefined below two pairs, and where all differences are the
 * same number.
 */
export function pairedT(first: ArrayLike<number>, second: ArrayLike<number>): TestResult {
  return tOf(differences(first, second), 0);
}

/** @param correction the test sets' share of what they overlap: n_test / n_train, 0 for independent differences */
export function tOf(list: readonly number[], correction: number): TestResult {
  const n = list.length;
  if (n < 2) return undefinedBecause(`a t test needs two pairs, and there ${n === 1 ? "is" : "are"} ${n}`);
  const estimate = mean(list);
  const standardError = standardDeviation(list) * Math.sqrt(1 / n + correction);
  if (list.every((each) => each === list[0])) return undefinedBecause(`all ${n} differences are the same number`);
  const statistic = estimate / standardError;
  const df = n - 1;
  const half = studentQuantile(0.975, df) * standardError;
  return {
    kind: "tested",
    statistic,
    p: Math.min(1, 2 * upperTail(Math.abs(statistic), df)),
    estimate,
    standardError,
    interval: { low: estimate - half, high: estimate + half },
    df,
    n,
  };
}
