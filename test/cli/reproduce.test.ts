/** `reproduce` and `diff` as a user meets them: in the project, elsewhere, with other data, another engine, fresh. */

import { cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { REPRODUCTION_SCHEMA, RUN_DIFF_SCHEMA } from "../../src/runtime/record/schemas.js";
import { ensureBuilt } from "../built.js";
import { copyOfEarly, EARLY, withValue } from "../runtime/record/records.js";
import { newProject, xferc } from "./harness.js";
import { writeImages } from "./images.js";

const STUDY = `study small { seed 1; repeats 2 }
import "./lib/pets.xfer"
init RI = random
init WT = transfer
recipe short { optimizer adam(lr: 1e-2); batch 2 images; for 6 steps; select last }
source before = pretrain(on: pets, using: short)
experiment main {
  vary init in [RI, WT]
  model mini; target pets; source before; train short
  measure test = score(target.metric)
  measure alike = cka(initial, selected, estimator: hsic_mean)
}
experiment other { model mini; target pets; init RI; train short; measure test = score(target.metric) }
derive gain = main.test[init: WT] - main.test[init: RI]
table t from main { rows init; cell test }
profile less { short.for = 4 steps }
`;
const PETS = `dataset pets from image_folder("../pets") { metric top1 }
model mini = resnet(blocks: [1], widths: [4], stem: small, size: 8 px)
`;

const folders: string[] = [];
function project(files: { readonly [path: string]: string }): string {
  const folder = newProject(files);
  folders.push(folder);
  return folder;
}
const home = project({ "study.xfer": STUDY, "lib/pets.xfer": PETS });
const RUN = ["run", "study.xfer", "--engine", "onnx", "--ui", "plain", "--only", "main"] as const;

beforeAll(async () => {
  await ensureBuilt();
  await writeImages(join(home, "pets"));
  expect(
    await xferc(home, ...RUN, "--profile", "less", "--set", "short.batch=3 images", "--out", "first"),
  ).toMatchObject({
    code: 0,
  });
}, 180_000);
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

describe("reproduce", { timeout: 120_000 }, () => {
  it("runs what was run: profile, settings and experiments are those of the lock, and all comes from the cache", async () => {
    const { code, out } = await xferc(home, "reproduce", "first", "--ui", "plain", "--out", "again");
    expect(out).toContain("pets: as locked");
    expect(out).toMatch(/plan {5}all \d+ nodes have the keys that were recorded/);
    expect(out).toMatch(
      /(\d+) of \1 numbers are the same, bit for bit\.\nNothing was computed: all \d+ results came from/,
    );
    expect(out).toContain("\nReproduced.\n");
    expect(code).toBe(0);
    expect(readFileSync(join(home, "again", "results.csv"), "utf8")).toBe(
      readFileSync(join(home, "first", "results.csv"), "utf8"),
    );
  });

  it("computes all of it anew where asked to, and leaves study, lock, cache and last plan as they were", async () => {
    const lock = readFileSync(join(home, "study.lock.json"), "utf8");
    const { code, out } = await xferc(home, "reproduce", "first/ro-crate-metadata.json", "--fresh", "--ui", "plain");
    expect(out).toMatch(/ 0 cached\./);
    expect(out).toContain("are the same, bit for bit");
    expect(out).not.toContain("came from the cache");
    expect(code).toBe(0);
    expect(readFileSync(join(home, "study.lock.json"), "utf8")).toBe(lock);
    expect(readdirSync(join(home, ".xfer"))).toEqual(["cache"]);
    const changed = await xferc(home, "plan", "study.xfer", "--only", "main");
    expect(changed.out).toMatch(/batch 3 → 2/);
  });

  it("prints one document for programs", async () => {
    const { code, out } = await xferc(home, "reproduce", "first", "--format", "json");
    const json = JSON.parse(out);
    const validate = new Ajv2020({ strict: true, allowUnionTypes: true }).compile(REPRODUCTION_SCHEMA);
    expect(validate(json), JSON.stringify(validate.errors)).toBe(true);
    expect(json).toMatchObject({ verdict: "same", here: { computed: 0 }, differences: { numeric: [] } });
    expect(code).toBe(0);
  });

  it("with another engine says so first, and which numbers came out otherwise and why", async () => {
    const words = ["--engine", "reference", "--ui", "plain", "--tolerance", "0", "--out", "reference"];
    const { code, out } = await xferc(home, "reproduce", "first", ...words);
    const said = out.indexOf("differs  engine: onnx 1.30.0 → reference");
    expect(said).toBeGreaterThan(0);
    expect(said).toBeLessThan(out.indexOf("nodes for"));
    expect(out).toMatch(
      /main\[init: RI, layer: .*\] alike \(cka, hsic_mean\) repeat \d\n {4}[\d.e-]+ → [\d.e-]+ \(.* %\): onnx 1\.30\.0 → reference/,
    );
    expect(out).toContain("Not reproduced.");
    expect(code).toBe(3);
    const close = await xferc(home, "reproduce", "first", ...words.slice(0, 4), "--tolerance", "0.9");
    expect(close.out).toMatch(/differ by less than 0\.9 of their size/);
    const diff = await xferc(home, "diff", "first", "reference");
    expect(diff.out).toMatch(/engine +onnx 1\.30\.0 → reference/);
    expect(diff.out).toMatch(/Why numbers differ\n +\d+ {2}onnx 1\.30\.0 → reference/);
    expect(diff.code).toBe(0);
  });
});

describe("a run that took its batches in pieces", { timeout: 120_000 }, () => {
  it("is reproduced in the same pieces", async () => {
    const small = "model mini = vit(dim: 8, depth: 1, heads: 1, patch: 4, size: 8 px)\n";
    writeFileSync(join(home, "pieces.xfer"), STUDY.replace("./lib/pets.xfer", "./lib/vit.xfer"));
    writeFileSync(join(home, "lib", "vit.xfer"), PETS.replace(/model mini.*\n/, small));
    const run = ["run", "pieces.xfer", "--engine", "onnx", "--ui", "plain", "--micro-batch", "1", "--out", "pieces"];
    expect((await xferc(home, ...run)).code).toBe(0);
    const { code, out } = await xferc(home, "reproduce", "pieces", "--ui", "plain");
    expect(out).toMatch(/plan {5}all \d+ nodes have the keys that were recorded/);
    expect(code).toBe(0);
    const plan = await xferc(home, "plan", "pieces.xfer", "--engine", "onnx");
    expect(plan.out).toContain("batches of 1 images at once → whole");
  });
});

describe("a run folder from elsewhere", { timeout: 120_000 }, () => {
  const elsewhere = project({});
  const theirs = join(elsewhere, "theirs");
  const reproduce = (...words: string[]) => xferc(elsewhere, "reproduce", "theirs", "--ui", "plain", ...words);

  it("needs its data: what is missing is named, with what to do", async () => {
    cpSync(join(home, "first"), theirs, { recursive: true });
    const { code, err } = await reproduce();
    expect(err).toContain("xferc: theirs cannot be reproduced here");
    expect(err).toMatch(/pets: it is not on this machine: looked in pets; say where it lies with --data pets=DIR/);
    expect(code).toBe(1);
  });

  it("is reproduced with them, without the study it was made from", async () => {
    const { code, out } = await reproduce("--data", `pets=${join(home, "pets")}`, "--out", "ours");
    expect(out).toContain("Reproduced.");
    expect(code).toBe(0);
    expect(readFileSync(join(elsewhere, "ours", "study", "lib", "pets.xfer"), "utf8")).toBe(PETS);
    expect(existsSync(join(elsewhere, "study.lock.json"))).toBe(false);
  });

  it("is not run on other data", async () => {
    cpSync(join(home, "pets"), join(elsewhere, "pets"), { recursive: true });
    rmSync(join(elsewhere, "pets", "train", "a", "0.png"));
    const { code, err } = await reproduce();
    expect(err).toMatch(/pets: the run had 6 train, .* of 2 classes, [0-9a-f]{8}; here is 5 train, .*--data pets=DIR/);
    expect(code).toBe(1);
    rmSync(join(elsewhere, "pets"), { recursive: true });
  });

  it("is held to what its lock says it was", async () => {
    const study = join(theirs, "study", "study.xfer");
    writeFileSync(study, STUDY.replace("seed 1", "seed 2"));
    const { code, err } = await reproduce();
    expect(err).toContain("theirs/study/study.xfer is not the file that was run");
    expect(code).toBe(1);
    writeFileSync(study, STUDY);
  });

  it("whose numbers were touched is told by the row", async () => {
    withValue(
      { folder: theirs, edit: edit(theirs), editJson: () => undefined },
      "results.csv",
      { measure: "test" },
      "0.25",
    );
    const { code, out } = await reproduce("--data", `pets=${join(home, "pets")}`);
    expect(out).toMatch(
      /main\[init: RI\] test \(top1\) repeat 1\n {4}0\.25 → .*: the same key: the engine's arithmetic/,
    );
    expect(code).toBe(3);
  });
});

describe("what cannot be read", () => {
  it.each([
    ["nowhere", 2, "there is no nowhere"],
    ["study.xfer", 1, "study.xfer is no run folder"],
    ["lib", 1, "lib is no run folder: it has no study.lock.json"],
  ])("%s", async (path, code, sentence) => {
    for (const words of [
      ["reproduce", path],
      ["diff", path, "first"],
    ]) {
      const ended = await xferc(home, ...words);
      expect(ended).toMatchObject({ code, err: expect.stringContaining(sentence) });
    }
  });

  it("a tolerance that is none", async () => {
    const ended = await xferc(home, "reproduce", "first", "--tolerance", "much");
    expect(ended).toMatchObject({ code: 2, err: expect.stringContaining("number from 0 to 1") });
  });
});

describe("runs of early versions of xferc", { timeout: 120_000 }, () => {
  const here = project({});

  it("are reproduced", async () => {
    const { code, out } = await xferc(here, "reproduce", EARLY, "--ui", "plain", "--out", "now");
    expect(out).toContain("made by xferc 0.1.0 with onnx 1.30.0 on cpu, 1 thread");
    expect(out).toMatch(/of 54 numbers are the same, bit for bit/);
    // on a processor with other instructions the last digits may be others
    expect([0, 3]).toContain(code);
  });

  it("are compared", async () => {
    const { code, out } = await xferc(here, "diff", EARLY, "now", "--format", "json");
    const json = JSON.parse(out);
    const validate = new Ajv2020({ strict: true, allowUnionTypes: true }).compile(RUN_DIFF_SCHEMA);
    expect(validate(json), JSON.stringify(validate.errors)).toBe(true);
    expect(json).toMatchObject({ study: [], onlyA: { rows: [] }, onlyB: { rows: [] } });
    expect(code).toBe(0);
  });

  it("have their report made again", async () => {
    const { folder } = copyOfEarly(here, "early");
    const { code } = await xferc(here, "report", "early");
    expect(code).toBe(0);
    for (const name of ["results.csv", "results.cka.csv", "summary.csv"]) {
      expect(readFileSync(join(folder, name), "utf8")).toBe(readFileSync(join(EARLY, name), "utf8"));
    }
  });

  it("of a version yet to come are refused with a sentence", async () => {
    const copy = copyOfEarly(here, "future");
    copy.editJson("study.lock.json", (lock: object) => ({ ...lock, format: 9 }));
    for (const words of [
      ["reproduce", "future"],
      ["diff", "future", "early"],
    ]) {
      const ended = await xferc(here, ...words);
      expect(ended).toMatchObject({
        code: 1,
        err: expect.stringMatching(/it is of format 9.*\nhint: read it with the xferc that wrote it/),
      });
    }
  });
});

function edit(folder: string) {
  return (name: string, change: (text: string) => string) => {
    const path = join(folder, name);
    writeFileSync(path, change(readFileSync(path, "utf8")));
  };
}

it("a crate names the study that was run, its lock and its data, so that it can be run again", () => {
  const { "@graph": graph } = JSON.parse(readFileSync(join(home, "first", "ro-crate-metadata.json"), "utf8"));
  const entity = (id: string) => graph.find((one: { "@id": string }) => one["@id"] === id);
  expect(entity("./").mainEntity).toEqual({ "@id": "study/study.xfer" });
  expect(entity("study/study.xfer")).toMatchObject({
    "@type": ["File", "SoftwareSourceCode"],
    programmingLanguage: { "@id": "#xfer" },
  });
  expect(entity("#run").object).toEqual(
    expect.arrayContaining([
      { "@id": "study/lib/pets.xfer" },
      { "@id": "study.lock.json" },
      { "@id": "#dataset-pets" },
    ]),
  );
  expect(entity("#dataset-pets")).toMatchObject({ identifier: expect.stringMatching(/^sha256:[0-9a-f]{64}$/) });
});
