/** The engines that compile, for tests that hold all of them to the same: each opened when a test first asks for it. */

import { describe } from "vitest";
import { openOnnxEngine } from "../../src/runtime/engine/onnx/index.js";
import { openReferenceEngine } from "../../src/runtime/engine/reference/index.js";
import { openTensorflowEngine } from "../../src/runtime/engine/tensorflow/index.js";
import type { Engine } from "../../src/runtime/engine/types.js";
import { describeTensorflow } from "./tensorflow.js";

/**
 * The body's tests once for each engine. Where there is no tensorflow engine, its tests are skipped by name.
 * @param threads one number for a whole file: TensorFlow takes it once a process
 */
export function describeEngines(
  name: string,
  body: (engine: () => Promise<Engine>) => void,
  { threads = 1 }: { readonly threads?: number } = {},
): void {
  const options = { device: "cpu", threads } as const;
  describe(`${name} on onnx`, () => body(once(() => openOnnxEngine(options))));
  describeTensorflow(`${name} on tensorflow`, () => body(once(() => openTensorflowEngine(options))));
}

/** As `describeEngines`, and once more for the interpreter. */
export function describeAllEngines(name: string, body: (engine: () => Promise<Engine>) => void): void {
  describe(`${name} on the interpreter`, () => body(once(async () => openReferenceEngine())));
  describeEngines(name, body);
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
