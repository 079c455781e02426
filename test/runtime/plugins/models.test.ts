/** Models of plug-ins: the example's is timm's to the number; what is no model is told as the plug-in's. */

import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Choice, PluginRef } from "../../../src/catalog/types.js";
import { compile } from "../../../src/compiler/compile.js";
import { bringFamily, familyOf } from "../../../src/models/families.js";
import { buildFeatures, buildStep } from "../../../src/models/programs.js";
import { canonicalSpec, traceModel } from "../../../src/models/trace.js";
import type { ModelSpec } from "../../../src/models/types.js";
import { stepScalars } from "../../../src/program/training/optimizer.js";
import type { TensorData } from "../../../src/program/types.js";
import { openReferenceEngine } from "../../../src/runtime/engine/reference/index.js";
import { forward } from "../../../src/runtime/forward.js";
import type { PluginModel } from "../../../src/runtime/plugins/api.js";
import { loadPlugins } from "../../../src/runtime/plugins/load.js";
import { pluginFamily } from "../../../src/runtime/plugins/model.js";
import { writeSafetensors } from "../../../src/runtime/state/safetensors.js";
import { bytesOf } from "../../../src/runtime/weights/bytes.js";
import { readWeights } from "../../../src/runtime/weights/load.js";
import { root } from "../../built.js";
import { memoryHost } from "../../compiler/support/host.js";
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

describe("the mixer by its name", () => {
  it("gives timm's numbers to `xferc forward`, and is no model without its plug-in", async () => {
    await mixer();
    const { catalog } = await loadPlugins(["./xfer/mixer.mjs"], folder);
    const x = uniform("mixer x", [golden.batch, 3, 20, 20], -1.7, 1.7);
    const file = (name: string, tensors: ReadonlyMap<string, TensorData>) => ({
      file: name,
      bytes: writeSafetensors(tensors),
    });
    const request = {
      model: "mixer",
      params: golden.spec.params,
      weights: await readWeights(bytesOf(writeSafetensors(goldenState(await ownSpec())), "w.safetensors")),
      input: file("x.safetensors", new Map([["x", x]])),
      engine: openReferenceEngine(),
    };
    const outputs = await forward({ ...request, catalog });
    expectSampled(outputs.get("logits"), golden.forward.logits, 1e-5, "logits");
    for (const [layer, tap] of Object.entries(golden.forward.taps)) {
      expectSampled(outputs.get(`block.${layer}`), tap, 1e-5, layer);
    }
    await expect(forward(request)).rejects.toThrow("no model `mixer`; there is ");
    await expect(forward({ ...request, catalog, params: { dims: 4 } })).rejects.toThrow(
      "model `mixer`: `dim` is missing; give it with --params; `depth` is missing; give it with --params; it has no parameter `dims`",
    );
  });
});

/** The golden's, of the plug-in that was loaded last. */
async function ownSpec(): Promise<ModelSpec> {
  const [spec] = (await loadPlugins(["./xfer/mixer.mjs"], folder)).specs;
  if (spec === undefined) throw new Error("it is one plug-in");
  return { ...golden.spec, plugin: spec.ref };
}

describe("other widths", () => {
  const parameters = {
    dims: {
      type: "array",
      items: { type: "integer", minimum: 1, maximum: 64 },
      default: [8, 16],
      description: "Of two layers.",
    },
    dim: { type: "integer", minimum: 2, maximum: 64, default: 6, description: "Of what is between." },
  } as const;
  const wide = (
    widths: string,
  ) => `export default { name: "lab", version: "1", models: [{ id: "wide", doc: "x", size: 4,
    parameters: ${JSON.stringify(parameters)}, ${widths}
    units: () => ["fc1", "fc2", "fc3"], layers: () => ["fc3"],
    build({ b, layers, images, params, classes }) {
      const [batch, channels, height, width] = images.shape;
      const init = { weight: layers.zeros, bias: layers.zeros };
      const linear = (name, x, out) => b.scope(name, () => layers.linear(b, x, out, init));
      let x = b.reshape(images, [batch, channels * height * width]);
      for (const [i, out] of [...params.dims, params.dim].entries()) x = linear("fc" + (i + 1), x, out);
      return { logits: linear("head", x, classes), pooled: x, taps: { fc3: x } };
    } }] };`;

  /** The widths of the changed model's layers, or what is said of it. */
  async function changed(widths: string, change: string, more = ""): Promise<readonly number[] | string> {
    writeFileSync(join(folder, "wide.mjs"), wide(widths));
    const { catalog } = await loadPlugins(["./wide.mjs"], folder);
    const text = `study s { seed 1; repeats 1 }
dataset d from idx("./d") { metric top1 }
model net = wide(${more})
model slim = net with { ${change} }
recipe r { optimizer sgd(lr: 0.1); batch 8 images; for 4 steps; select last }
experiment e { model slim; target d; init random(family); train r; measure c = score(top1) }
table t from e { cell c }
`;
    const host = memoryHost({ "s.xfer": text });
    const { study, diagnostics } = await compile("s.xfer", catalog === undefined ? host : { ...host, catalog });
    const family = study?.experiments[0]?.cells[0]?.model?.family;
    if (family === undefined)
      return diagnostics.map(({ message, label, hint }) => `${message} | ${label ?? ""} | ${hint ?? ""}`).join("\n");
    const { id, version, params, plugin } = family;
    if (plugin === undefined) throw new Error("it is a plug-in's");
    const { size: _, ...own } = params as ModelSpec["params"];
    const { tensors } = traceModel({ family: id, version, params: own, classes: 2, channels: 1, size: 4, plugin });
    return tensors.flatMap(({ name, shape }) => (/^fc\d.weight$/.test(name) ? [shape[0] ?? 0] : []));
  }
  const LIST = 'widths: { parameter: "dims", parts: "fc{n}" },';

  it("are those of all parts, or of some, as a built-in model's are", async () => {
    expect(await changed(LIST, "width 50%")).toEqual([4, 8, 6]);
    expect(await changed(LIST, 'width 150% on "fc2"')).toEqual([8, 24, 6]);
    expect(await changed(LIST, 'width 25% on "*"', "dims: [2, 8]")).toEqual([1, 2, 6]);
  });

  it("are one, where the parameter is one number", async () => {
    expect(await changed('widths: { parameter: "dim", parts: ["fc3"] },', "width 50%")).toEqual([8, 16, 3]);
  });

  it("stand beside an adapter", async () => {
    expect(await changed(LIST, 'width 50%; adapter lora(rank: 2) on "fc2"')).toEqual([4, 8, 6]);
  });

  it("are refused where there are none, or none so wide", async () => {
    expect(await changed("", "width 50%")).toContain(
      "`wide` has no widths that could be changed one by one | not of this family | plug-in lab says in `models.wide.widths` which parameter lists them",
    );
    expect(await changed(LIST, 'width 50% on "fc9"')).toContain('there are `"fc1"` and `"fc2"`');
    expect(await changed(LIST, "width 800%")).toContain(
      "wide: `dims` would be 64, 128, which its plug-in does not take",
    );
  });
});

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
