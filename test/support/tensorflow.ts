/** For tests of the tensorflow engine: they run where one is installed, and elsewhere are skipped with the reason in their name. */

import { describe, it } from "vitest";
import { findTensorflow } from "../../src/runtime/engine/tensorflow/location.js";

/** The engine's installation; undefined where there is none. */
export const tensorflow = await findTensorflow(process.env);

const reason = "skipped: no tensorflow engine; run `xferc engine install tensorflow`";
const named = (name: string) => (tensorflow === undefined ? `${name} (${reason})` : name);

/**
 * The body is run to collect its tests even where they are skipped, so open the engine in `beforeAll` or in a test, not
 * in the body or the module.
 */
export function describeTensorflow(name: string, body: () => void): void {
  describe.skipIf(tensorflow === undefined)(named(name), body);
}

export function testTensorflow(name: string, body: () => Promise<void>, timeoutMs?: number): void {
  it.skipIf(tensorflow === undefined)(named(name), body, timeoutMs);
}
