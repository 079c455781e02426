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
init RI = random
recipe short { optimizer adam(lr: 1e-3); batch 16 images; for 2 steps; select last }
experiment main {
  vary model in [tokens, deep, plain]
  target digits_few; init RI; train short
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
const FILES = ["main-model-tokens-1", "main-model-deep-1", "main-model-plain-1"];

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
      expect(out).toMatch(new RegExp(`^3 cells written; to look at them: ${format} .*${format}`));
    }
    expect(readdirSync(at("tensorboard")).sort()).toEqual([...FILES].sort());
    expect(readdirSync(at("wandb", "wandb"))).toHaveLength(3);
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

  it("tells which states are no longer there, and writes the others", async () => {
    const { states } = JSON.parse(readFileSync(at("models", "states.json"), "utf8"));
    const { key } = states[0];
    const action = at(".xfer", "cache", "actions", key.slice(0, 2), `${key.slice(2)}.json`);
    const kept = readFileSync(action);
    rmSync(action);
    const { code, out, err } = await xferc(project, "export", "run", "--out", "fewer");
    writeFileSync(action, kept);
    expect(err).toContain("1 state not in the cache: main[model: tokens]#1 selected");
    expect(out.trim().split("\n")).toHaveLength(2);
    expect(code).toBe(3);
    expect(readdirSync(at("fewer"))).toHaveLength(3);
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
});
