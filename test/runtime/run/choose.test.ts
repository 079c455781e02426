import { describe, expect, it } from "vitest";
import { chooseEngine, type Option } from "../../../src/runtime/run/choose.js";

const option = (title: string, seconds: number, rest: Partial<Option> = {}): Option => ({
  title,
  seconds,
  workers: 1,
  nodes: 5,
  measured: true,
  ...rest,
});

describe("an engine", () => {
  it("is not weighed where there is one", () => {
    expect(chooseEngine([option("onnx cpu", 100)])).toEqual({ index: 0, why: undefined });
  });

  it("is the preferred one where nothing was measured", () => {
    const [first, second] = [option("tf cpu", 100, { measured: false }), option("onnx cpu", 100, { measured: false })];
    expect(chooseEngine([first, second])).toEqual({
      index: 0,
      why: "preferred to onnx cpu; tf cpu was not measured here yet (`xferc bench step` does)",
    });
  });

  it("is the preferred one until it was measured, at the speed of the other", () => {
    expect(chooseEngine([option("tf cpu", 100, { measured: false }), option("onnx cpu", 100)]).index).toBe(0);
  });

  it("is the faster one by what was measured, and says by how much", () => {
    expect(chooseEngine([option("tf cpu", 200), option("onnx cpu", 100)])).toEqual({
      index: 1,
      why: "measured here as the fastest: about 1 min 40 s against 3 min 20 s on tf cpu",
    });
    expect(chooseEngine([option("tf cpu", 100), option("onnx cpu", 200)])).toEqual({
      index: 0,
      why: "about 1 min 40 s against 3 min 20 s on onnx cpu, as measured here",
    });
  });

  it("is not changed for what may be noise", () => {
    expect(chooseEngine([option("tf cpu", 100), option("onnx cpu", 95)]).index).toBe(0);
  });

  it("counts by the wall: slow workers may be many", () => {
    expect(chooseEngine([option("onnx cuda", 100), option("onnx cpu", 400, { workers: 8 })]).index).toBe(1);
  });

  it("stays where the results are in the cache already, and need not look at the others", () => {
    const cached = option("onnx cpu", 0, { nodes: 0, measured: false });
    expect(chooseEngine([cached], 2)).toEqual({ index: 0, why: "all its results are in the cache" });
    expect(chooseEngine([cached], 1).why).toBeUndefined();
    expect(chooseEngine([option("tf cuda", 50), cached])).toEqual({
      index: 1,
      why: "all its results are in the cache",
    });
    const nearly = option("onnx cpu", 20, { nodes: 1, measured: false });
    expect(chooseEngine([option("tf cuda", 50), nearly]).why).toMatch(/^has the least left to compute: about 20 s/);
  });

  it("is the fastest of several", () => {
    const options = [option("a", 100), option("b", 60), option("c", 40), option("d", 39)];
    expect(chooseEngine(options).index).toBe(2);
  });
});
