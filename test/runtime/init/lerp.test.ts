import { describe, expect, it } from "vitest";
import { traceModel } from "../../../src/models/trace.js";
import type { ModelSpec } from "../../../src/models/types.js";
import { lerpStates } from "../../../src/runtime/init/lerp.js";
import { StateError } from "../../../src/runtime/init/state.js";
import { goldenState } from "../../support/goldens.js";
import { uniform } from "../../support/numbers.js";
import fc from "../../support/properties.js";

const MODEL: ModelSpec = {
  family: "resnet",
  version: 1,
  params: { blocks: [1], widths: [4], block: "basic", stem: "small" },
  classes: 3,
  channels: 1,
  size: 8,
};
const info = traceModel(MODEL);
const a = goldenState(MODEL);
const b = new Map(
  info.tensors.map(({ name, shape, role }) => [
    name,
    role === "counter" ? { shape, data: Int32Array.of(9) } : uniform(`b ${name}`, shape, -3, 3),
  ]),
);
const bits = (state: ReadonlyMap<string, { readonly data: ArrayLike<number> }>) =>
  [...state].map(([name, { data }]) => [name, Array.from(data)]);

describe("lerp", () => {
  it("is its ends at 0 and 1, bit for bit", () => {
    expect(bits(lerpStates(info, a, b, { t: 0, buffers: "interpolate" }))).toEqual(bits(a));
    expect(bits(lerpStates(info, a, b, { t: 1, buffers: "interpolate" }))).toEqual(bits(b));
  });

  it("is the state itself between two that are one, wherever", () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, noNaN: true }), (t) => {
        expect(bits(lerpStates(info, a, a, { t, buffers: "interpolate" }))).toEqual(bits(a));
      }),
    );
  });

  it("is the same from either end, between them, and rounded once", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 63 }), (step) => {
        const t = step / 64; // 1 − t is exact
        const there = lerpStates(info, a, b, { t, buffers: "interpolate" });
        const back = lerpStates(info, b, a, { t: 1 - t, buffers: "interpolate" });
        if (t !== 0.5) expect(bits(there)).toEqual(bits(back));
        const [x, y] = [a.get("conv1.weight")?.data ?? [], b.get("conv1.weight")?.data ?? []];
        there.get("conv1.weight")?.data.forEach((value, i) => {
          const exact = (1 - t) * (x[i] ?? 0) + t * (y[i] ?? 0);
          expect(value).toBe(Math.fround(exact));
        });
      }),
    );
  });

  it("keeps the first one's statistics where it is told to, and counts as the nearer", () => {
    const kept = lerpStates(info, a, b, { t: 1, buffers: "keep" });
    expect(kept.get("bn1.running_mean")).toEqual(a.get("bn1.running_mean"));
    expect(kept.get("bn1.weight")).toEqual(b.get("bn1.weight"));
    const between = lerpStates(info, a, b, { t: 0.75, buffers: "interpolate" });
    expect(between.get("bn1.num_batches_tracked")?.data[0]).toBe(9);
    const mean = 0.25 * (a.get("bn1.running_mean")?.data[0] ?? 0) + 0.75 * (b.get("bn1.running_mean")?.data[0] ?? 0);
    expect(between.get("bn1.running_mean")?.data[0]).toBe(Math.fround(mean));
  });

  it("refuses states of two models", () => {
    const other = new Map(b).set("fc.weight", { shape: [5, 4], data: new Float32Array(20) });
    expect(() => lerpStates(info, a, other, { t: 0.5, buffers: "interpolate" })).toThrow(StateError);
    other.delete("fc.weight");
    expect(() => lerpStates(info, a, other, { t: 0.5, buffers: "interpolate" })).toThrow(/no tensor fc.weight/);
  });
});
