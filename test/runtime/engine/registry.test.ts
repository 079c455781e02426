import { describe, expect, it } from "vitest";
import { EngineError, listEngines, openEngine } from "../../../src/runtime/engine/index.js";
import { tensorflow } from "../../support/tensorflow.js";

describe("the engine registry", () => {
  it("opens engines by name, and the embedded one for `auto`", async () => {
    const auto = await openEngine("auto", { device: "cpu", threads: 2 });
    expect(auto.signature).toEqual({
      engine: "onnx",
      engineVersion: expect.stringMatching(/^\d+\.\d+\.\d+$/),
      device: "cpu",
      precision: "f32",
      threads: 2,
    });
    expect((await openEngine("reference", { device: "cpu", threads: 1 })).id).toBe("reference");
  });

  it("says what it cannot do", async () => {
    await expect(openEngine("onnx", { device: "cuda", threads: 1 })).rejects.toThrow(
      /has no CUDA libraries here; run `xferc engine install onnx --cuda`|finds no CUDA device it can use/,
    );
    await expect(openEngine("tensorflow", { device: "webgpu", threads: 1 })).rejects.toThrow(/use `--engine onnx`/);
    await expect(openEngine("auto", { device: "cuda", threads: 1 })).rejects.toThrow(/no engine works here/);
    await expect(openEngine("onnx", { device: "cpu", threads: 0 })).rejects.toBeInstanceOf(EngineError);
  });

  it("reports every engine it has", async () => {
    const reports = await listEngines();
    expect(reports.map(({ id, found }) => [id, found])).toEqual([
      ["onnx", true],
      ["tensorflow", tensorflow !== undefined],
      ["reference", true],
    ]);
    expect(reports[0]?.devices).toContain("cpu");
    if (tensorflow === undefined) expect(reports[1]?.remedy).toBe("xferc engine install tensorflow");
    else expect(reports[1]?.version).toBe(tensorflow.manifest.tensorflow);
  });
});
