import { tOf } from "./paired-t.js";
import { differences, type TestResult } from "./test-result.js";

/**
 * The corrected resampled t test (Nadeau and Bengio 2003, eq. 11): of differences over train/test splits that share
 * images, such as folds × repeats. Their variance is multiplied by 1/n + n_test/n_train in place of 1/n.
 * @param testOverTrain n_test / n_train; 1 / (k − 1) for k folds
 * @throws RangeError where it is not positive
 */
export function correctedT(first: ArrayLike<number>, second: ArrayLike<number>, testOverTrain: number): TestResult {
  if (!(testOverTrain > 0) || !Number.isFinite(testOverTrain)) {
    throw new RangeError(`n_test / n_train is ${testOverTrain}; it must be positive`);
  }
  return tOf(differences(first, second), testOverTrain);
}
