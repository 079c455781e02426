/** A study that begins from checkpoints of training without labels, told how their tensors are called. */

import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { traceModel } from "../../src/models/trace.js";
import { adaptChannels } from "../../src/runtime/init/state.js";
import { readSafetensors, writeSafetensors } from "../../src/runtime/state/safetensors.js";
import { ensureBuilt } from "../built.js";
import { modelTensor } from "../support/numbers.js";
import { UNMINDED } from "../support/unminded.js";
import { newProject, xferc } from "./harness.js";

const golden = (name: string) => readFileSync(join(import.meta.dirname, "../runtime/weights/golden", name));
const STUDY = `study without_labels { seed 1; repeats 1 }
import "xfer:bundled"
model mini = resnet(blocks: [1, 1], widths: [3, 5], stem: small, size: 28 px)
source query   = weights("./moco.pth", prefix: "module.encoder_q.", drop: ["fc"])
source teacher = weights("./dino.pth", key: "teacher", prefix: "backbone.")
source student = weights("./dino.pth", key: "student", prefix: "module.backbone.")
source cut     = weights("./lightning.pth", prefix: "model.backbone.",
                         rename: ["0 -> conv1", "1 -> bn1", "4 -> layer1", "5 -> layer2"])
init WT = transfer
recipe short { optimizer sgd(lr: 0.1); batch 4 images; for 1 steps; select last }
experiment main {
  model mini
  vary source in [query, teacher, student, cut]
  init WT; target digits_few; train short
  measure test = score(target.metric)
}
`;
const project = newProject({
  "xfer.config.json": UNMINDED,
  "study.xfer": STUDY,
  "moco.pth": golden("moco.pth"),
  "dino.pth": golden("dino.pth"),
  "lightning.pth": golden("lightning.pth"),
});
beforeAll(ensureBuilt, 180_000);
afterAll(() => rmSync(project, { recursive: true, force: true }));

const { tensors } = traceModel({
  family: "resnet",
  version: 1,
  params: { blocks: [1, 1], widths: [3, 5], block: "basic", stem: "small" },
  classes: 10,
  channels: 3,
  size: 28,
});

describe("checkpoints of training without labels", { timeout: 120_000 }, () => {
  it("begin a study with their numbers", async () => {
    const run = await xferc(project, "run", "study.xfer", "--ui", "plain", "--out", "run");
    expect(run.err).toBe("");
    await xferc(project, "export", "run", "--out", "models", "--states", "initial");
    for (const [source, copy] of [
      ["query", ""],
      ["teacher", ""],
      ["student", "student "],
      ["cut", ""],
    ] as const) {
      const file = join(project, "models", `main-source-${source}-1.initial.safetensors`);
      const found = readSafetensors(readFileSync(file), source);
      for (const { name, shape, place } of tensors) {
        if (place.kind === "head") continue;
        const given = modelTensor(copy + name, shape);
        const wanted = name === "conv1.weight" ? adaptChannels(name, given, 1) : given;
        expect(found.get(name), `${source} ${name}`).toEqual(wanted);
      }
    }
  });

  it("say in `explain` and in the lock how they were read", async () => {
    const { out } = await xferc(project, "explain", "study.xfer", "main[source: teacher]#1");
    expect(out).toContain('import ./dino.pth (key "teacher", prefix "backbone.")');
    expect(out).toContain('"names":{"key":"teacher","prefix":"backbone."}');
    expect(out).toContain("note       taken from its `teacher`");
    expect(out).toContain("note       read without the `backbone.` before 36 of 39 names");
    const lock = JSON.parse(readFileSync(join(project, "study.lock.json"), "utf8"));
    expect(lock.weights.map(({ name, names }: { name: string; names: object }) => [name, names]).sort()).toEqual([
      ["cut", { prefix: "model.backbone.", rename: ["0 -> conv1", "1 -> bn1", "4 -> layer1", "5 -> layer2"] }],
      ["query", { prefix: "module.encoder_q.", drop: ["fc"] }],
      ["student", { key: "student", prefix: "module.backbone." }],
      ["teacher", { key: "teacher", prefix: "backbone." }],
    ]);
  });

  it("compute nothing anew for another spelling, and what is read otherwise anew", async () => {
    writeFileSync(join(project, "study.xfer"), STUDY.replace('"0 -> conv1"', '"0  ->conv1"'));
    expect((await xferc(project, "plan", "study.xfer")).out).toContain("24 nodes: 0 to run");
    writeFileSync(join(project, "study.xfer"), STUDY.replace("encoder_q", "encoder_k"));
    const other = await xferc(project, "plan", "study.xfer");
    expect(other.out).toContain("names.prefix module.encoder_q. → module.encoder_k.");
    expect(other.out).toContain("5 to run (5 changed), 19 cached");
  });

  it("that are told wrongly are refused where it is written, with the names there are", async () => {
    writeFileSync(
      join(project, "wrong.xfer"),
      STUDY.replace("encoder_q.", "encoder_x.").replace(', prefix: "b', ', prefix: "'),
    );
    const { code, out } = await xferc(project, "check", "wrong.xfer");
    expect(code).toBe(1);
    expect(out).toContain("no tensor of it begins with `module.encoder_x.`");
    expect(out).toContain('hint: did you mean `prefix: "module.encoder_q."`?');
    expect(out).toContain("no tensor of it begins with `ackbone.`");
  });

  it("are run on tensors by `forward`, told alike", async () => {
    const own = tensors.filter(({ place, dtype }) => place.kind !== "head" && dtype === "f32");
    const numbers = own.map(({ name, shape }) => [name, modelTensor(name, shape)] as const);
    const head = {
      "fc.weight": { shape: [2, 5], data: new Float32Array(10) },
      "fc.bias": { shape: [2], data: new Float32Array(2) },
    };
    writeFileSync(join(project, "plain.safetensors"), writeSafetensors(new Map([...numbers, ...Object.entries(head)])));
    const x = { shape: [2, 3, 28, 28], data: Float32Array.from({ length: 4704 }, (_, i) => Math.sin(i)) };
    writeFileSync(join(project, "x.safetensors"), writeSafetensors(new Map([["x", x]])));
    const forward = async (weights: string, ...more: string[]) => {
      const params = ["--params", JSON.stringify({ blocks: [1, 1], widths: [3, 5], stem: "small" })];
      const files = ["--weights", weights, "--input", "x.safetensors", "--out", `${weights}.out`];
      const ran = await xferc(project, "forward", "resnet", ...params, ...files, "--engine", "reference", ...more);
      return { ...ran, file: join(project, `${weights}.out`) };
    };
    const wrong = await forward("moco.pth");
    expect(wrong.code).toBe(2);
    expect(wrong.err).toContain("give `--prefix encoder_q.`");
    const wanted = await forward("plain.safetensors");
    expect(wanted.err).toContain("num_batches_tracked");
    const told = ["--prefix", "module.encoder_q.", "--drop", "fc.0", "--rename", "fc.2 -> fc"];
    const found = await forward("moco.pth", ...told);
    expect(found.out).toContain("logits [2, 2], pooled [2, 5]");
    const pooled = ({ file }: { readonly file: string }) => readSafetensors(readFileSync(file), file).get("pooled");
    expect(pooled(found)).toEqual(pooled(wanted));
  });

  it("that are told nothing are led to it", async () => {
    const bare = STUDY.replace(', prefix: "module.encoder_q.", drop: ["fc"]', "").replace('key: "teacher", ', "");
    writeFileSync(join(project, "bare.xfer"), bare);
    const { code, out } = await xferc(project, "check", "bare.xfer");
    expect(code).toBe(1);
    expect(out).toContain('write `weights("…", prefix: "encoder_q.")`');
    expect(out).toContain('which is meant: `key: "student"` or `key: "teacher"`');
  });
});
