/** Checkpoints of training without labels (test/goldens/selfsupervised.py): the network that is asked for, bit by bit. */

import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { isInPart, parsePart, parseRenaming, renamed, type WeightsNames } from "../../../src/compiler/weights-names.js";
import { likelyCause } from "../../../src/models/recognize.js";
import { traceModel } from "../../../src/models/trace.js";
import type { ModelSpec } from "../../../src/models/types.js";
import type { TensorData } from "../../../src/program/types.js";
import { CheckpointError } from "../../../src/runtime/weights/errors.js";
import { loadWeights } from "../../../src/runtime/weights/load.js";
import { modelTensor } from "../../support/numbers.js";
import fc from "../../support/properties.js";

const GOLDEN = join(import.meta.dirname, "golden");
const load = (file: string, names?: WeightsNames) => loadWeights(join(GOLDEN, file), names);

/** As the script has it. */
const spec: ModelSpec = {
  family: "resnet",
  version: 1,
  params: { blocks: [1, 1], widths: [3, 5], block: "basic", stem: "small" },
  classes: 4,
  channels: 3,
  size: 8,
};
const { tensors: model } = traceModel(spec);
const backbone = model.filter(({ place }) => place.kind === "unit");

function expectNetwork(found: ReadonlyMap<string, TensorData>, copy = ""): void {
  expect([...found.keys()].sort()).toEqual(backbone.map(({ name }) => name).sort());
  for (const { name, shape } of backbone) {
    // the script names a copy's numbers by the copy; they follow the kind of tensor all the same
    expect(found.get(name), name).toEqual(modelTensor(copy === "" ? name : `${copy} ${name}`, shape));
  }
}

const CUT = ["0 -> conv1", "1 -> bn1", "4 -> layer1", "5 -> layer2"];

describe("what is told of a checkpoint's names", () => {
  it("finds one of two encoders behind its prefix, without its projection", async () => {
    const query = await load("moco.pth", { prefix: "module.encoder_q.", drop: ["fc"] });
    expectNetwork(query.tensors);
    expect(query.notes).toEqual([
      "taken from its `state_dict`",
      "read without the `module.encoder_q.` before 40 of 82 names",
      expect.stringMatching(/^left out, not behind `module\.encoder_q\.`: module\.queue, module\.queue_ptr, .+ more$/),
      "left out, as told: fc.0.weight, fc.0.bias, fc.2.weight, fc.2.bias",
    ]);
    expectNetwork((await load("moco.pth", { prefix: "module.encoder_k.", drop: ["fc"] })).tensors, "key");
  });

  it("may leave out of a prefix what is before every name", async () => {
    const { tensors, notes } = await load("moco.pth", { prefix: "encoder_q.", drop: ["fc"] });
    expectNetwork(tensors);
    expect(notes).toContain("read without the `module.` before every name");
  });

  it("finds the teacher and the student by their keys", async () => {
    expectNetwork((await load("dino.pth", { key: "teacher", prefix: "backbone." })).tensors);
    expectNetwork((await load("dino.pth", { key: "student", prefix: "module.backbone." })).tensors, "student");
  });

  it("finds a network that was cut out by position under its parts' own names", async () => {
    const { tensors, notes } = await load("lightning.pth", { prefix: "model.backbone.", rename: CUT });
    expectNetwork(tensors);
    expect(notes).toContainEqual(
      expect.stringMatching(/^renamed, as told: 0\.weight → conv1\.weight, 1\.weight → bn1\.weight, .+ and 31 more$/),
    );
  });

  it("takes the same of a key that is said and one that is found", async () => {
    const [said, found] = [
      await load("moco.pth", { key: "state_dict", prefix: "module.encoder_q." }),
      await load("moco.pth", { prefix: "module.encoder_q." }),
    ];
    expect(said).toEqual(found);
  });
});

describe("what is told and is not so", () => {
  it.each<[string, string, WeightsNames, RegExp, RegExp]>([
    [
      "no key, of two networks",
      "dino.pth",
      {},
      /holds more than one set of tensors: `student` \(39 tensors\), `teacher` \(39 tensors\)$/,
      /^say in `weights\(…\)` which is meant: `key: "student"` or `key: "teacher"`$/,
    ],
    ["a key misspelt", "dino.pth", { key: "techer" }, /has no tensors under the key `techer`$/, /`key: "teacher"`\?$/],
    [
      "a key of nothing near",
      "dino.pth",
      { key: "ema" },
      /has no tensors under the key `ema`$/,
      /^tensors are under `student`, `teacher`, `dino_loss`/,
    ],
    ["a key of no tensors", "dino.pth", { key: "optimizer" }, /though there is such a key$/, /^tensors are under/],
    [
      "a prefix misspelt",
      "moco.pth",
      { prefix: "module.encoder_g." },
      /no tensor of it begins with `module\.encoder_g\.`; names begin with `module\.`, `module\.encoder_q\.`, /,
      /^did you mean `prefix: "module\.encoder_q\."`\?$/,
    ],
    [
      "a part to drop that is not there",
      "moco.pth",
      { prefix: "module.encoder_q.", drop: ["head"] },
      /`drop: "head"` is of no tensor; there is conv1, bn1, layer1, layer2, fc$/,
      /^name one of its parts/,
    ],
    [
      "a renaming of nothing",
      "lightning.pth",
      { prefix: "model.backbone.", rename: ["4.0.conv3 -> layer1.0.conv3"] },
      /`rename: "4\.0\.conv3 -> layer1\.0\.conv3"` is of no tensor; there is 4\.0\.conv1, 4\.0\.bn1, 4\.0\.conv2, 4\.0\.bn2$/,
      /^name one of its parts/,
    ],
    [
      "a part misspelt",
      "moco.pth",
      { prefix: "module.encoder_q.", rename: ["laier1.0 -> first"] },
      /is of no tensor; there is conv1, bn1, layer1, layer2, fc$/,
      /^did you mean `layer1`\?$/,
    ],
    [
      "two parts of one name",
      "lightning.pth",
      { prefix: "model.backbone.", rename: ["4 -> layer", "5 -> layer"] },
      /two of its tensors would be called layer\.0\.conv1\.weight: 5\.0\.conv1\.weight is one$/,
      /`drop:` the other/,
    ],
    [
      "everything dropped",
      "lightning.pth",
      { prefix: "model.", drop: ["backbone", "projector"] },
      /no tensor of it$/,
      /./,
    ],
    [
      "a key of safetensors",
      "kinds.safetensors",
      { key: "model" },
      /tensors alone, in no dicts$/,
      /^leave `key:` out$/,
    ],
    ["a key of parts", "model.safetensors.index.json", { key: "model" }, /tensors alone/, /^leave `key:` out$/],
  ])("is said: %s", async (_, file, names, problem, hint) => {
    const error = await load(file, names).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(CheckpointError);
    expect(error instanceof CheckpointError ? error.message : "").toMatch(problem);
    expect(error instanceof CheckpointError ? error.hint : "").toMatch(hint);
  });

  it("leads on: without a word, a file of two encoders names both prefixes", async () => {
    const { tensors } = await load("moco.pth");
    const shapes = new Map([...tensors].map(([name, { shape }]) => [name, shape]));
    expect(likelyCause(shapes, model)).toMatch(/behind `encoder_q\.` and `encoder_k\.`.+prefix: "encoder_q\."/);
  });
});

describe("a renaming", () => {
  const segment = fc.stringMatching(/^[a-z0-9_]{1,4}$/);
  const name = fc.array(segment, { minLength: 1, maxLength: 5 });

  it("keeps what `*` stands for, and what comes behind it", () => {
    const rule = parseRenaming("blocks.*.mixer -> layers.*.attn");
    if ("problem" in rule) throw new Error(rule.problem);
    expect(renamed("blocks.11.mixer.qkv.weight", rule)).toBe("layers.11.attn.qkv.weight");
    expect(renamed("blocks.11.mixers.qkv.weight", rule)).toBeUndefined();
    expect(renamed("blocks.11", rule)).toBeUndefined();
  });

  it("and the one back give the name again", () => {
    fc.assert(
      fc.property(name, name, name, (from, to, rest) => {
        const whole = [...from, ...rest].join(".");
        const there = renamed(whole, { from, to }) ?? "";
        expect(renamed(there, { from: to, to: from })).toBe(whole);
      }),
    );
  });

  it("is of whole segments alone", () => {
    fc.assert(
      fc.property(name, segment, (part, more) => {
        expect(isInPart([...part, more].join("."), part)).toBe(true);
        expect(isInPart(part.join(".") + more, part)).toBe(false);
        expect(isInPart(part.slice(1).join("."), part)).toBe(false);
      }),
    );
  });

  it.each(["a", "a -> ", "-> b", "a -> b -> c", "a.* -> b", "a -> b.*", "a. -> b", "a* -> b*", "a b -> c"])(
    "that is none is told what is wrong: %s",
    (text) => expect(parseRenaming(text)).toHaveProperty("problem"),
  );

  it("reads parts of several segments", () => expect(parsePart("layer4.*.conv1")).toEqual(["layer4", "*", "conv1"]));
});
