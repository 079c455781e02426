/** Models of plug-ins: the example's is timm's to the number; what is no model is told as the plug-in's. */

import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Choice, PluginRef } from "../../../src/catalog/types.js";
import { bringFamily, familyOf } from "../../../src/models/families.js";
import { buildFeatures, buildStep } from "../../../src/models/programs.js";
import { canonicalSpec, traceModel } from "../../../src/models/trace.js";
import type { ModelSpec } from "../../../src/models/types.js";
import { stepScalars } from "../../../src/program/training/optimizer.js";
import { openReferenceEngine } from "../../../src/runtime/engine/reference/index.js";
import type { PluginModel } from "../../../src/runtime/plugins/api.js";
import { loadPlugins } from "../../../src/runtime/plugins/load.js";
import { pluginFamily } from "../../../src/runtime/plugins/model.js";
import { root } from "../../built.js";
import { expectSampled, goldenState, goldenTrainingState, type Sampled } from "../../support/goldens.js";
import { below, uniform } from "../../support/numbers.js";

interface Golden {
  readonly spec: ModelSpec;
  readonly batch: number;
  readonly optimizer: Choice;
  readonly tensors: readonly (readonly [name: string, shape: readonly number[]])[];
  readonly forward: {
    readonly logits: Sampled;
    readonly pooled: Sampled;
    readonly taps: { readonly [layer: string]: Sampled };
  };
  readonly train: {
    readonly lr: number;
    readonly losses: readonly number[];
    readonly after: { readonly [tensor: string]: Sampled };
  };
}
const golden: Golden = JSON.parse(readFileSync(join(import.meta.dirname, "mixer.golden.json"), "utf8"));

let folder: string;
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "xferc-plugin-models-")));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** The example's model, from where nothing is installed. */
async function mixer(): Promise<PluginRef> {
  const text = readFileSync(join(root, "examples/plugin/xfer/mixer.js"), "utf8");
  mkdirSync(join(folder, "xfer"));
  writeFileSync(
    join(folder, "xfer", "mixer.mjs"),
    text.replace('import { definePlugin } from "xferc/plugin";', "const definePlugin = (plugin) => plugin;"),
  );
  const [spec] = (await loadPlugins(["./xfer/mixer.mjs"], folder)).specs;
  if (spec === undefined) throw new Error("it is one plug-in");
  return spec.ref;
}

describe("the example's mixer", () => {
  it("has timm's tensors, layer by layer timm's numbers, and learns as timm's does", async () => {
    const spec: ModelSpec = { ...golden.spec, plugin: await mixer() };
    const info = traceModel(spec);
    expect(info.tensors.map(({ name, shape }) => [name, shape])).toEqual(golden.tensors);
    expect(info.units.map(({ name }) => name)).toEqual(["stem", "blocks.0", "blocks.1", "norm"]);
    expect(info.tensors.filter(({ place }) => place.kind === "head").map(({ name }) => name)).toEqual([
      "head.weight",
      "head.bias",
    ]);
    const engine = openReferenceEngine();
    const x = uniform("mixer x", [golden.batch, 3, 20, 20], -1.7, 1.7);
    const layers = Object.keys(golden.forward.taps);
    const features = buildFeatures(spec, golden.batch, { layers, form: "native" });
    const session = await engine.open({ programs: { features } });
    await session.load(goldenState(spec));
    const outputs = await session.run("features", { x });
    expectSampled(outputs.logits, golden.forward.logits, 1e-5, "logits");
    expectSampled(outputs.pooled, golden.forward.pooled, 1e-5, "pooled");
    for (const [layer, tap] of Object.entries(golden.forward.taps)) {
      expectSampled(outputs[`tap.${layer}`], tap, 1e-5, layer);
    }

    const { optimizer, batch } = golden;
    const step = buildStep({ model: spec, batch, optimizer, clipNorm: null, task: "multiclass" });
    const training = await engine.open({ programs: { step } });
    await training.load(goldenTrainingState(spec, optimizer));
    for (const [i, loss] of golden.train.losses.entries()) {
      const scalars = stepScalars(optimizer, i + 1, golden.train.lr);
      const fetched = await training.run("step", { x, y: below("mixer y", [batch], 5), ...scalars });
      expect(fetched.loss?.data[0]).toBeCloseTo(loss, 5);
    }
    const after = await training.read(Object.keys(golden.train.after));
    for (const [name, tensor] of Object.entries(golden.train.after)) {
      expectSampled(after.get(name), tensor, 1e-4, name);
    }
  });

  it("is another model where its code is another, and none where it is not loaded", async () => {
    const plugin = await mixer();
    const spec: ModelSpec = { ...golden.spec, plugin };
    const changed = { ...spec, plugin: { ...plugin, digest: "0".repeat(64) } };
    expect(canonicalSpec(changed)).not.toBe(canonicalSpec(spec));
    expect(() => traceModel(changed)).toThrow(
      "plug-in mlp-mixer 1.0.0, which brings the model mixer, is loaded with other code than this was made with",
    );
    expect(() => traceModel({ ...spec, family: "blender" })).toThrow(
      "plug-in mlp-mixer 1.0.0, which brings the model blender, is not loaded; name it in xfer.config.json",
    );
  });
});

const HOOK = (name: string) => ({ plugin: "lab", from: "./lab.js", hook: `models.tiny.${name}` });
const TINY: PluginModel = {
  id: "tiny",
  doc: "x",
  size: 4,
  units: () => ["body"],
  layers: () => ["body"],
  build({ b, layers, images, classes }) {
    const [batch = 1, channels = 1, height = 1, width = 1] = images.shape;
    const rows = b.reshape(images, [batch, channels * height * width]);
    const init = { weight: layers.zeros, bias: layers.zeros };
    const pooled = b.scope("body", () => layers.linear(b, rows, 3, init));
    const logits = b.scope("head", () => layers.linear(b, pooled, classes, init));
    return { logits, pooled, taps: { body: pooled } };
  },
};
let made = 0;

/** What is said of a model that is like this one but for something. */
function told(changes: Partial<PluginModel>): string {
  const plugin: PluginRef = { name: "lab", version: "1.0.0", digest: String(++made) };
  const model = { ...TINY, ...changes };
  bringFamily(plugin, "tiny", { kind: "family", family: pluginFamily(model, HOOK) });
  try {
    traceModel({ family: "tiny", version: 1, params: {}, classes: 2, channels: 1, size: 4, plugin });
    return "";
  } catch (error) {
    expect(error).toHaveProperty("name", "ModelError");
    return (error as Error).message;
  }
}

const built = (
  change: (parts: ReturnType<PluginModel["build"]>, net: Parameters<PluginModel["build"]>[0]) => unknown,
) => told({ build: (net) => change(TINY.build(net), net) as ReturnType<PluginModel["build"]> });

describe("a model that is none", () => {
  it("is none of these", () => expect(told({})).toBe(""));

  it.each<[string, () => string, string]>([
    [
      "throws",
      () =>
        built(() => {
          throw new TypeError("no such width");
        }),
      "build: TypeError: no such width",
    ],
    [
      "misuses the builder",
      () => built((parts, { b }) => ({ ...parts, logits: b.add(parts.pooled, parts.logits) })),
      "build: ShapeError: ",
    ],
    ["gives nothing", () => built(() => undefined), "build: it gave no { logits, pooled, taps }"],
    [
      "gives other logits",
      () => built((parts) => ({ ...parts, logits: parts.pooled })),
      "build: its logits are [2, 3]; they are [2, 2]: images, classes",
    ],
    [
      "gives a tap that is no image a row",
      () => built((parts, { b }) => ({ ...parts, taps: { body: b.reshape(parts.pooled, [3, 2]) } })),
      "build: its tap body is [3, 2]; a tap is an image a row",
    ],
    [
      "gives no tap for a layer",
      () => told({ layers: () => ["body", "deep"] }),
      "build: it gives no tap deep, which layers() names; it gives body",
    ],
    ["names nothing", () => told({ units: () => [] }), "units: it gave no list of names"],
    ["names a unit twice", () => told({ units: () => ["body", "body"] }), "units: it names body twice"],
    ["has an empty unit", () => told({ units: () => ["body", "neck"] }), "build: the unit neck has no tensor"],
    [
      "has a tensor in two units",
      () => told({ units: () => ["body", { name: "all", prefixes: ["body"] }] }),
      "build: the tensor body.weight is in two units, body and all",
    ],
    ["has no head", () => told({ units: () => ["body", "head"] }), "build: every tensor is in a unit"],
    [
      "has a backbone that knows the classes",
      () =>
        told({
          build: ({ b, classes, ...net }) => {
            b.scope("body", () => b.parameter("codes", [classes], { role: "bias", init: net.layers.zeros }));
            return TINY.build({ b, classes, ...net });
          },
        }),
      "build: for 3 classes a unit has body.codes [3] where body.codes [2] was; only the head may know them",
    ],
    [
      "is another in training",
      () =>
        told({
          build: (net) => {
            if (net.mode === "train") net.b.parameter("extra", [1], { role: "bias", init: net.layers.zeros });
            return TINY.build(net);
          },
        }),
      "build: in training it declares extra [1] where body.weight [3, 16] was",
    ],
    [
      "is another every time",
      () => {
        let calls = 0;
        return told({
          build: (net) => {
            if (net.mode === "evaluate" && ++calls > 1)
              net.b.parameter("extra", [1], { role: "bias", init: net.layers.zeros });
            return TINY.build(net);
          },
        });
      },
      "build: called again it declares extra",
    ],
  ])("says so: it %s", (_, tell, expected) => {
    expect(tell()).toContain(`plug-in lab (./lab.js) failed in models.tiny.${expected}`);
  });

  it("takes an adapter on its linear layers, as ours do", () => {
    const plugin: PluginRef = { name: "lab", version: "1.0.0", digest: String(++made) };
    bringFamily(plugin, "tiny", { kind: "family", family: pluginFamily(TINY, HOOK) });
    const params = { lora_rank: 2, lora_alpha: 4, lora_on: "body" };
    const spec = { family: "tiny", version: 1, params, classes: 2, channels: 1, size: 4, plugin };
    expect(traceModel(spec).tensors.map(({ name }) => name)).toContain("body.lora_A");
    expect(familyOf(spec).id).toBe("tiny");
  });
});
