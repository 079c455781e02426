/** States of a run written for timm; where there is a Python with timm, held to what it makes of them. */

import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readSafetensors, writeSafetensors } from "../../src/runtime/state/safetensors.js";
import { readHeader } from "../../src/runtime/state/safetensors-header.js";
import { ensureBuilt } from "../built.js";
import { uniform } from "../support/numbers.js";
import { python, referencePython, withoutReference } from "../support/reference.js";
import { newProject, xferc } from "./harness.js";

const STUDY = `study fine "Fine-tuned" { seed 1; repeats 1 }
import "xfer:bundled"
model tokens = vit(dim: 32, depth: 2, heads: 4, patch: 7, size: 28 px)
model deep   = resnet18(size: 32 px)
model plain  = resnet(blocks: [1], widths: [4], stem: small, size: 28 px)
model thin   = tokens with { adapter lora(rank: 4, alpha: 6) on "blocks.*.attn.qkv", "blocks.*.mlp.fc1" }
model narrow = tokens with { adapter bottleneck(width: 3) on "blocks.*.attn.proj", "blocks.*.mlp.fc2" }
init RI = random
recipe short { optimizer adam(lr: 1e-3); batch 16 images; for 2 steps; select last }
experiment main {
  vary model in [tokens, deep, plain]
  target digits_few; init RI; train short
  measure test = score(target.metric)
}
experiment adapted {
  model thin
  target digits_few; init RI; train short with { trainable adapter, head; for 20 steps; optimizer adam(lr: 0.01) }
  measure test = score(target.metric)
}
experiment squeezed {
  model narrow
  target digits_few; init RI; train short with { trainable adapter, head; optimizer adam(lr: 0.01) }
  measure test = score(target.metric)
}
`;
const project = newProject({ "study.xfer": STUDY });
beforeAll(async () => {
  await ensureBuilt();
  const { code, err } = await xferc(project, "run", "study.xfer", "--ui", "plain", "--out", "run");
  expect(err).toBe("");
  expect(code).toBe(0);
}, 300_000);
afterAll(() => rmSync(project, { recursive: true, force: true }));

const at = (...names: string[]) => join(project, ...names);
const FILES = ["main-model-tokens-1", "main-model-deep-1", "main-model-plain-1", "adapted-1", "squeezed-1"];

describe("export", { timeout: 120_000 }, () => {
  it("writes the selected state of every cell, with what is needed to use it and nothing of this machine", async () => {
    const { code, out } = await xferc(project, "export", "run", "--out", "models");
    expect(code).toBe(0);
    expect(out.trim().split("\n").sort()).toEqual(FILES.map((name) => `models/${name}.selected.safetensors`).sort());
    const bytes = readFileSync(at("models", "main-model-deep-1.selected.safetensors"));
    const { entries, metadata } = readHeader(bytes, "deep");
    expect(entries).toHaveLength(122);
    expect(entries.find(({ name }) => name === "bn1.num_batches_tracked")).toMatchObject({ dtype: "I64", shape: [] });
    expect(readSafetensors(bytes, "deep").get("bn1.num_batches_tracked")?.data).toEqual(Int32Array.of(2));
    const { mean, std, "xferc.key": key, "xferc.version": version, ...rest } = Object.fromEntries(metadata);
    expect(rest).toEqual({
      format: "pt",
      architecture: "resnet18",
      num_classes: "10",
      in_chans: "1",
      img_size: "32",
      class_names: JSON.stringify(["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"]),
      "xferc.study": "fine",
      "xferc.cell": "main[model: deep]#1",
      "xferc.state": "selected",
      "xferc.model": expect.stringContaining('"family":"resnet"'),
    });
    expect(key).toMatch(/^[0-9a-f]{64}$/);
    expect(version).toMatch(/^\d+\.\d+\.\d+/);
    expect(JSON.parse(mean ?? "")).toEqual([expect.closeTo(0.1, 0)]);
    expect(JSON.parse(std ?? "")[0]).toBeGreaterThan(0);
    expect(JSON.stringify([...metadata])).not.toContain(project);
    const { states } = JSON.parse(readFileSync(at("models", "states.json"), "utf8"));
    expect(states[1]).toEqual({
      cell: "main[model: deep]#1",
      state: "selected",
      file: "main-model-deep-1.selected.safetensors",
      key,
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
  });

  it("writes cells for experiment trackers, whole histories from the cache, and says how to look at them", async () => {
    for (const format of ["tensorboard", "mlflow", "wandb"]) {
      const { code, out } = await xferc(project, "export", "run", "--out", format, "--format", format);
      expect(code).toBe(0);
      expect(out).toMatch(new RegExp(`^5 cells written; to look at them: ${format} .*${format}`));
    }
    expect(readdirSync(at("tensorboard")).sort()).toEqual([...FILES].sort());
    expect(readdirSync(at("wandb", "wandb"))).toHaveLength(5);
    const refused = await xferc(project, "export", "runs", "--out", "x", "--format", "wandb");
    expect(refused).toMatchObject({ code: 2, err: expect.stringContaining("runs has no report/data.json") });
  });

  it("writes the states asked for", async () => {
    const { out } = await xferc(
      project,
      "export",
      "run",
      "--out",
      "some",
      "--states",
      "main[model: plain].initial",
      "--states",
      "main[model: plain].last",
    );
    const name = "some/main-model-plain-1";
    expect(out).toBe(`${name}.initial.safetensors\n${name}.last.safetensors\n`);
    const read = (name: string) => readSafetensors(readFileSync(at("some", name)), name);
    expect(read("main-model-plain-1.initial.safetensors").get("bn1.num_batches_tracked")?.data).toEqual(
      Int32Array.of(0),
    );
    expect(read("main-model-plain-1.last.safetensors").get("bn1.num_batches_tracked")?.data).toEqual(Int32Array.of(2));
  });

  it("copies the numbers", async () => {
    const csv = await xferc(project, "export", "run", "--out", "numbers", "--format", "csv");
    expect(csv.out).toBe("numbers/results.csv\nnumbers/summary.csv\n");
    await xferc(project, "export", "run", "--out", "numbers", "--format", "parquet");
    for (const name of ["results.csv", "summary.csv", "results.parquet"]) {
      expect(readFileSync(at("numbers", name)).equals(readFileSync(at("run", name))), name).toBe(true);
    }
  });

  it.each([
    [["export", "runs", "--out", "x"], "runs is no run: it has no plan.json"],
    [["export", "run", "--out", "x", "--states", "mian"], "--states mian matches no cell of this run"],
    [["export", "run", "--out", "x", "--cache", "empty"], "none of these states is in the cache empty"],
    [["export", "run", "--out", "x", "--format", "csv", "--states", "last"], "--states is for safetensors"],
    [["export", "run"], "required option '--out <dir>' not specified"],
  ])("%j is refused", async (words, sentence) => {
    const { code, err } = await xferc(project, ...words);
    expect(err).toContain(sentence);
    expect(code).toBe(2);
    expect(existsSync(at("x"))).toBe(false);
  });

  it("leaves bottlenecks beside the weights, and tells timm of no model it could not make", async () => {
    const states = ["--states", "squeezed", "--states", "squeezed.initial"];
    await xferc(project, "export", "run", "--out", "narrow", ...states);
    await xferc(project, "export", "run", "--out", "narrow", "--states", "squeezed", "--adapters", "alone");
    const read = (name: string) => {
      const bytes = readFileSync(at("narrow", `squeezed-1.${name}.safetensors`));
      return { tensors: readSafetensors(bytes, name), metadata: new Map(readHeader(bytes, name).metadata) };
    };
    const [before, after, apart] = [read("initial"), read("selected"), read("selected.adapter")];
    expect(JSON.parse(after.metadata.get("xferc.bottleneck") ?? "")).toEqual({
      width: 3,
      on: "blocks.*.attn.proj blocks.*.mlp.fc2",
    });
    expect(after.metadata.has("architecture")).toBe(false);
    const own = [...apart.tensors.keys()];
    expect(own).toHaveLength(2 * 2 * 4 + 2);
    const moved = [...after.tensors].filter(([name, { data }]) =>
      before.tensors.get(name)?.data.some((w, i) => w !== data[i]),
    );
    // two steps: what is behind an `up` of zeros learns in the second
    expect(moved.map(([name]) => name).sort()).toEqual(own.sort());
  });

  it("tells which states are no longer there, and writes the others", async () => {
    const { states } = JSON.parse(readFileSync(at("models", "states.json"), "utf8"));
    const { key } = states[0];
    const action = at(".xfer", "cache", "actions", key.slice(0, 2), `${key.slice(2)}.json`);
    const kept = readFileSync(action);
    rmSync(action);
    const { code, out, err } = await xferc(project, "export", "run", "--out", "fewer");
    writeFileSync(action, kept);
    expect(err).toContain("1 state not in the cache: main[model: tokens]#1 selected");
    expect(out.trim().split("\n")).toHaveLength(4);
    expect(code).toBe(3);
    expect(readdirSync(at("fewer"))).toHaveLength(5);
  });

  it("merges adapters into the weights beside them, or writes them alone with their head", async () => {
    const write = (out: string, ...words: string[]) => xferc(project, "export", "run", "--out", out, ...words);
    await write("merged", "--states", "adapted", "--states", "adapted.initial");
    const read = (path: string) => {
      const bytes = readFileSync(at(path));
      return { tensors: readSafetensors(bytes, path), metadata: new Map(readHeader(bytes, path).metadata) };
    };
    const before = read("merged/adapted-1.initial.safetensors").tensors;
    const { tensors, metadata } = read("merged/adapted-1.selected.safetensors");
    expect([...tensors.keys()].filter((name) => name.includes("lora"))).toEqual([]);
    expect(metadata.get("architecture")).toBe("vit_tiny_patch16_224");
    const lora = { kind: "lora", rank: 4, alpha: 6, on: "blocks.*.attn.qkv blocks.*.mlp.fc1" };
    expect(JSON.parse(metadata.get("xferc.adapter") ?? "")).toEqual({ ...lora, merged: true });
    expect((await write("alone", "--states", "adapted", "--adapters", "alone")).out).toBe(
      "alone/adapted-1.selected.adapter.safetensors\n",
    );
    const apart = read("alone/adapted-1.selected.adapter.safetensors");
    expect([...apart.tensors.keys()].sort()).toEqual(
      [
        ...["attn.qkv", "mlp.fc1"].flatMap((name) =>
          [0, 1].flatMap((block) => ["A", "B"].map((which) => `blocks.${block}.${name}.lora_${which}`)),
        ),
        "head.bias",
        "head.weight",
      ].sort(),
    );
    expect(JSON.parse(apart.metadata.get("xferc.adapter") ?? "")).toEqual(lora);
    // only what has an adapter moved, by a product of rank 4
    const moved = [...tensors].filter(([name, { data }]) => before.get(name)?.data.some((w, i) => w !== data[i]));
    expect(moved.map(([name]) => name).sort()).toEqual(
      ["0.attn.qkv", "0.mlp.fc1", "1.attn.qkv", "1.mlp.fc1"]
        .map((name) => `blocks.${name}.weight`)
        .concat("head.bias", "head.weight"),
    );
    for (const words of [
      ["--states", "main"],
      ["--format", "csv"],
    ]) {
      const refused = await write("x", "--adapters", "alone", ...words);
      expect(refused.code).toBe(2);
      expect(refused.err).toMatch(/has no adapter|--adapters is for safetensors/);
    }
    expect(existsSync(at("x"))).toBe(false);
  });
});

const TIMM = `
import json, sys, timm
from safetensors import safe_open
from safetensors.torch import load_file
meta = safe_open(sys.argv[1], "pt").metadata()
args = json.loads(meta.get("model_args", "{}"))
model = timm.create_model(meta["architecture"], num_classes=int(meta["num_classes"]), in_chans=int(meta["in_chans"]), **args)
model.load_state_dict(load_file(sys.argv[1]), strict=True)
print(json.dumps(model.eval()(load_file(sys.argv[2])["x"]).flatten().tolist()))
`;

/** Adds to the output of every linear layer what its adapter makes of the input. */
const HOOKS = `
adapter = load_file(sys.argv[3])
lora = json.loads(safe_open(sys.argv[3], "pt").metadata()["xferc.adapter"])
model.load_state_dict({name: tensor for name, tensor in adapter.items() if "lora" not in name}, strict=False)
for name, module in model.named_modules():
    if name + ".lora_A" in adapter:
        a, b = adapter[name + ".lora_A"], adapter[name + ".lora_B"]
        module.register_forward_hook(lambda _, x, y, a=a, b=b: y + lora["alpha"] / lora["rank"] * (x[0] @ a.T @ b.T))
`;

describe.skipIf(referencePython === undefined)(`timm${withoutReference}`, { timeout: 120_000 }, () => {
  const PARAMS = JSON.stringify({ dim: 32, depth: 2, heads: 4, patch: 7 });
  it.each([
    ["tokens", ["vit", "--params", PARAMS], 28],
    ["deep", ["resnet18"], 32],
  ])("loads every tensor of %s and gives our logits", async (name, model, size) => {
    await xferc(project, "export", "run", "--out", "models");
    const file = `models/main-model-${name}-1.selected.safetensors`;
    writeFileSync(at("x.safetensors"), writeSafetensors(new Map([["x", uniform("x", [3, 1, size, size], -1, 1)]])));
    const ours = await xferc(
      project,
      "forward",
      ...model,
      "--weights",
      file,
      "--input",
      "x.safetensors",
      "--out",
      "y.safetensors",
    );
    expect(ours.err).toBe("");
    const logits = readSafetensors(readFileSync(at("y.safetensors")), "y").get("logits")?.data ?? [];
    const theirs: readonly number[] = JSON.parse(await python(TIMM, [at(file), at("x.safetensors")]));
    expect(theirs).toHaveLength(30);
    const scale = Math.max(...theirs.map(Math.abs));
    theirs.forEach((value, i) => {
      expect(Math.abs((logits[i] ?? Number.NaN) - value)).toBeLessThan(1e-4 * scale);
    });
  });

  it("gives of merged adapters what torch gives of the weights and the adapters apart", async () => {
    await xferc(project, "export", "run", "--out", "lora", "--states", "adapted", "--states", "adapted.initial");
    await xferc(project, "export", "run", "--out", "lora", "--states", "adapted", "--adapters", "alone");
    const file = (name: string) => at("lora", `adapted-1.${name}.safetensors`);
    writeFileSync(at("x.safetensors"), writeSafetensors(new Map([["x", uniform("x", [3, 1, 28, 28], -1, 1)]])));
    const merged: readonly number[] = JSON.parse(await python(TIMM, [file("selected"), at("x.safetensors")]));
    const words = [file("initial"), at("x.safetensors"), file("selected.adapter")];
    const apart: readonly number[] = JSON.parse(await python(TIMM.replace("print(", `${HOOKS}\nprint(`), words));
    const scale = Math.max(...apart.map(Math.abs));
    expect(apart).toHaveLength(30);
    merged.forEach((value, i) => {
      expect(Math.abs(value - (apart[i] ?? Number.NaN))).toBeLessThan(1e-5 * scale);
    });
    // and they are not what the weights give without them
    const without: readonly number[] = JSON.parse(await python(TIMM, words));
    expect(Math.max(...without.map((value, i) => Math.abs(value - (apart[i] ?? 0))))).toBeGreaterThan(0.01 * scale);
  });
});
