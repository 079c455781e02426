/** How near our resizing is to what pytorch-fid does to images (test/goldens/fid_resize.py), as docs/probes.md says. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { resizeToPlanes } from "../../../src/runtime/data/pillow.js";
import { below } from "../../support/numbers.js";

interface Case {
  readonly height: number;
  readonly width: number;
  readonly size: number;
  readonly data: readonly number[];
}
const cases: { readonly enlarged: Case; readonly shrunk: Case } = JSON.parse(
  readFileSync(join(import.meta.dirname, "golden/fid-resize.golden.json"), "utf8"),
);

/** The greatest difference, in levels of 256. */
function farthest(name: keyof typeof cases): number {
  const { height, width, size, data } = cases[name];
  const pixels = Uint8Array.from(below(`fid ${name}`, [height, width, 3], 256).data);
  const out = new Uint8Array(3 * size * size);
  resizeToPlanes({ data: pixels, height, width, channels: 3 }, size, out, 0);
  return Math.max(...data.map((value, i) => Math.abs(value - (out[i] ?? Number.NaN))));
}

it("is the same within a level where an image is enlarged, which is rounded in each direction", () => {
  expect(farthest("enlarged")).toBeLessThan(1.01);
});

it("is another one where an image is shrunk: pixels are averaged, not skipped", () => {
  expect(farthest("shrunk")).toBeGreaterThan(30);
});
