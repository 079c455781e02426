/** Studies that begin with weights people have: a torch file, another image size, what timm makes of the same file. */

import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { traceModel } from "../../src/models/trace.js";
import type { ModelSpec } from "../../src/models/types.js";
import type { TensorData } from "../../src/program/types.js";
import { resamplePositions } from "../../src/runtime/init/resample.js";
import { adaptChannels } from "../../src/runtime/init/state.js";
import { readSafetensors } from "../../src/runtime/state/safetensors.js";
import { ensureBuilt } from "../built.js";
import { dictOf, storage, tensor, torchZip } from "../support/archives.js";
import { modelTensor } from "../support/numbers.js";
import { python, referencePython, withoutReference } from "../support/reference.js";
import { UNMINDED } from "../support/unminded.js";
import { newProject, xferc } from "./harness.js";

/** As torch.save writes the state dict of a model wrapped for several GPUs. */
function torchFile(tensors: ReadonlyMap<string, TensorData>): Uint8Array {
  const storages: Record<string, Uint8Array> = {};
  const entries = [...tensors].map(([name, { shape, data }], index): [string, Uint8Array] => {
    const longs = data instanceof Int32Array ? BigInt64Array.from(data, BigInt) : data;
    storages[index] = new Uint8Array(longs.buffer, longs.byteOffset, longs.byteLength);
    const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((product, extent) => product * extent, 1));
    const type = data instanceof Int32Array ? "LongStorage" : "FloatStorage";
    return [`module.${name}`, tensor(storage(String(index), data.length, type), 0, shape, strides)];
  });
  return torchZip(dictOf(entries), storages);
}

const spec = (family: string, params: ModelSpec["params"], size: number): ModelSpec => ({
  family,
  version: 1,
  params,
  classes: 1000,
  channels: 3,
  size,
});
const made = (of: ModelSpec) =>
  new Map(traceModel(of).tensors.map(({ name, shape }): [string, TensorData] => [name, modelTensor(name, shape)]));
const MINI = made(spec("resnet", { blocks: [1], widths: [4], stem: "small", block: "basic" }, 28));
const SMALL = made(spec("vit", { dim: 16, depth: 1, heads: 2, patch: 7, mlp_ratio: 4 }, 28));

const study = (target: string, models: string, sources: string, names: string) => `study moved { seed 1; repeats 1 }
import "xfer:bundled"
dataset colours from image_folder("./colours") { metric top1 }
${models}
source published { ${sources} }
init WT = transfer
init ST = stats
recipe short { optimizer sgd(lr: 0.1); batch 4 images; for 1 steps; select last }
experiment main {
  vary model in [${names}], init in [WT, ST]
  source published; target ${target}; train short
  measure test = score(target.metric)
}
`;
const OWN = study(
  "digits_few",
  `model mini  = resnet(blocks: [1], widths: [4], stem: small, size: 28 px)
model larger = vit(dim: 16, depth: 1, heads: 2, patch: 7, size: 42 px)
model less   = vit(dim: 16, depth: 1, heads: 2, patch: 7, size: 21 px)`,
  `mini = weights("./mini.pth"); larger = weights("./vit.pth"); less = weights("./vit.pth")`,
  "mini, larger, less",
);

const project = newProject({
  "xfer.config.json": UNMINDED,
  "study.xfer": OWN,
  "mini.pth": torchFile(MINI),
  "vit.pth": torchFile(SMALL),
});
beforeAll(ensureBuilt, 180_000);
afterAll(() => rmSync(project, { recursive: true, force: true }));
const exported = (name: string) => readSafetensors(readFileSync(join(project, "models", `${name}.safetensors`)), name);

describe("a torch checkpoint", { timeout: 120_000 }, () => {
  it("is run with, and what was done to it is told", async () => {
    const run = await xferc(project, "run", "study.xfer", "--ui", "plain", "--out", "run");
    expect(run.err).toBe("");
    expect(run.out).toContain("read without the `module.` before every name");
    const { out } = await xferc(project, "explain", "study.xfer", "main[model: larger, init: WT]#1");
    expect(out).toContain("note       read without the `module.` before every name");
    expect(out).toContain("resampled from 4×4 to 6×6 patches: 1 tensor");
    expect(out).toContain("adapted to 1 input channels: 1 tensor");
    expect(out).toContain("a fresh head, whatever the source's is: drawn by the family's own scheme");
  });

  it("comes out as it went in, but for what was adapted and the head", async () => {
    await xferc(project, "export", "run", "--out", "models", "--states", "initial");
    const mini = exported("main-model-mini-init-WT-1.initial");
    for (const [name, { data, shape }] of MINI) {
      if (name.startsWith("fc.")) expect(mini.get(name)?.shape[0]).toBe(10);
      else if (name === "conv1.weight") expect(mini.get(name)).toEqual(adaptChannels(name, { data, shape }, 1));
      else expect(mini.get(name), name).toEqual({ data, shape });
    }
  });

  it.each([
    ["larger", 6],
    ["less", 3],
  ])("of another image size has its positions resampled: %s", (model, to) => {
    const pos = SMALL.get("pos_embed") ?? { shape: [], data: new Float32Array() };
    const found = exported(`main-model-${model}-init-WT-1.initial`).get("pos_embed");
    expect(found).toEqual(resamplePositions(pos, { tokens: 1, from: 4, to }));
    const sampled = exported(`main-model-${model}-init-ST-1.initial`).get("pos_embed");
    expect(sampled?.shape).toEqual(found?.shape);
    expect(sampled?.data).not.toEqual(found?.data);
  });

  it("of another model is refused by its name", async () => {
    writeFileSync(
      join(project, "other.xfer"),
      OWN.replace('mini = weights("./mini.pth")', 'mini = weights("./vit.pth")'),
    );
    const { code, out } = await xferc(project, "check", "other.xfer");
    expect(code).toBe(1);
    expect(out).toContain("XF0434");
    expect(out).toContain("XF0453");
  });
});

const SAVE = `
import sys, torch, timm
torch.manual_seed(0)
model = timm.create_model("vit_tiny_patch16_224", depth=1)
torch.nn.init.normal_(model.pos_embed)
torch.save({"model": model.state_dict(), "epoch": 1}, sys.argv[1])
`;
const LOAD = `
import sys, torch, timm
from safetensors.torch import save_file
from timm.models.vision_transformer import checkpoint_filter_fn
for size in [128, 384]:
    model = timm.create_model("vit_tiny_patch16_224", depth=1, img_size=size)
    model.load_state_dict(checkpoint_filter_fn(torch.load(sys.argv[1]), model), strict=True)
    save_file(model.state_dict(), f"{sys.argv[2]}/timm{size}.safetensors")
`;

/** Four reddish and four bluish images a split, no two alike. */
async function paint(): Promise<void> {
  let made = 0;
  for (const colour of ["red", "blue"] as const) {
    for (const split of ["train", "test"]) {
      const folder = join(project, "colours", split, colour);
      mkdirSync(folder, { recursive: true });
      for (const name of ["1", "2", "3", "4"]) {
        const [r, b] = colour === "red" ? [255, 0] : [0, 255];
        const background = { r, g: made++, b };
        const png = sharp({ create: { width: 16, height: 16, channels: 3, background } }).png();
        writeFileSync(join(folder, `${name}.png`), await png.toBuffer());
      }
    }
  }
}

describe.skipIf(referencePython === undefined)(`timm's own file${withoutReference}`, { timeout: 180_000 }, () => {
  it("at 224 px begins a study at 128 and 384 px with timm's numbers", async () => {
    const file = join(project, "deit.pth");
    await python(SAVE, [file]);
    await python(LOAD, [file, project]);
    await paint();
    const sizes = [128, 384];
    const models = sizes.map((px) => `model v${px} = vit(dim: 192, depth: 1, heads: 3, patch: 16, size: ${px} px)`);
    const rows = sizes.map((px) => `v${px} = weights("./deit.pth")`);
    writeFileSync(join(project, "sizes.xfer"), study("colours", models.join("\n"), rows.join("; "), "v128, v384"));
    const run = await xferc(project, "run", "sizes.xfer", "--ui", "plain", "--out", "sizes");
    expect(run.err).toBe("");
    await xferc(project, "export", "sizes", "--out", "models", "--states", "main[init: WT].initial");
    for (const px of sizes) {
      const theirs = readSafetensors(readFileSync(join(project, `timm${px}.safetensors`)), "timm");
      const ours = exported(`main-model-v${px}-init-WT-1.initial`);
      expect([...ours.keys()].sort()).toEqual([...theirs.keys()].sort());
      for (const [name, { data, shape }] of theirs) {
        if (name.startsWith("head.")) continue;
        const own = ours.get(name);
        expect(own?.shape, name).toEqual(shape);
        const off = Array.from(data, (value, i) => Math.abs(value - (own?.data[i] ?? Number.NaN)));
        const most = off.reduce((a, b) => Math.max(a, b), 0);
        if (name === "pos_embed") expect(most).toBeLessThan(1e-5);
        else expect(most, name).toBe(0);
      }
    }
  });
});
