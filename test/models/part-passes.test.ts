/** What running a model part by part costs: at most a pass a part and one more, and less the later the parts begin. */

import { describe, expect, it } from "vitest";
import { partPasses } from "../../src/models/part-passes.js";
import { resolvePreset } from "../../src/models/presets.js";
import { traceModel } from "../../src/models/trace.js";
import type { ModelSpec } from "../../src/models/types.js";

function preset(id: string): ModelSpec {
  const found = resolvePreset(id);
  if (found === undefined) throw new Error(`no ${id}`);
  return { ...found, classes: 10, channels: 3, size: 224 };
}

describe("passes part by part", () => {
  it.each([
    ["resnet50", 18, 10.2],
    ["deit_small", 26, 14.5],
  ])("of %s: %i layers in as many passes as were counted when it ran", (id, layers, passes) => {
    const spec = preset(id);
    expect(traceModel(spec).layers.filter(({ tensors }) => tensors.length > 0)).toHaveLength(layers);
    expect(partPasses(spec, "layers")).toBeCloseTo(passes, 1);
  });

  it("of one block after the stem: the stem whole, the block but the stem, the head nearly nothing", () => {
    const params = { blocks: [1], widths: [8], block: "basic", stem: "small" };
    const spec: ModelSpec = { family: "resnet", version: 1, params, classes: 2, channels: 1, size: 8 };
    const [stem, block, head] = [2 * 64 * 8 * 9, 2 * 64 * 8 * (9 * 8) * 2, 2 * 8 * 2];
    const whole = stem + block + head;
    // conv1 begins beside the images: a pass of its own; then one for what is in front of the others, and theirs
    expect(partPasses(spec, "layers")).toBeCloseTo(1 + 1 + (block + head) / whole + head / whole, 10);
    expect(partPasses(spec, "units")).toBeCloseTo(1 + 1 + (block + head) / whole, 10);
  });
});
