/** What a researcher may hand over by mistake: every command says what is wrong with it and ends as its contract says. */

import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeSafetensors } from "../../src/runtime/state/safetensors.js";
import { ensureBuilt } from "../built.js";
import { project, put, remove, SMALL, xferc } from "./command.js";
import { MINI, MOVED } from "./moved.js";

const folder = project({
  "study.xfer": SMALL,
  "empty.xfer": "",
  "binary.xfer": Uint8Array.from([0, 1, 2, 255]),
  "large.xfer": `${SMALL}// ${"x".repeat(10 * 2 ** 20)}`,
  "circle.xfer": `${SMALL}import "./square.xfer"\n`,
  "square.xfer": 'import "./circle.xfer"\n',
  "outside.xfer": `${SMALL}import "../../etc/passwd.xfer"\n`,
  "windows.xfer": `\u{feff}${SMALL.replaceAll("\n", "\r\n").trimEnd()}`,
});
beforeAll(async () => {
  await ensureBuilt();
  mkdirSync(join(folder, "folder.xfer"));
  symlinkSync("nowhere", join(folder, "dangling.xfer"));
  execFileSync("mkfifo", [join(folder, "pipe.xfer")]);
}, 180_000);
afterAll(() => remove(folder));

describe("a study file", { timeout: 60_000 }, () => {
  it("that cannot be one is named with the reason, all of them in one go", async () => {
    const names = ["folder", "dangling", "pipe", "empty", "binary", "large", "circle", "outside"];
    const { code, out } = await xferc(folder, "check", ...names.map((name) => `${name}.xfer`));
    expect(code).toBe(1);
    for (const problem of [
      "`folder.xfer` is a folder",
      "there is no file `dangling.xfer`",
      "`pipe.xfer` cannot be read",
      "`empty.xfer` declares nothing",
      "`binary.xfer` is no text",
      "`large.xfer` is too large for a study",
      "these files import each other: circle.xfer → square.xfer → circle.xfer",
      "it lies outside the project, this folder",
    ]) {
      expect(out).toContain(problem);
    }
  });

  it("may come from another system", async () => {
    const { code, err } = await xferc(folder, "check", "windows.xfer");
    expect({ code, err }).toEqual({ code: 0, err: "1 file: nothing wrong\n" });
  });

  it("that no glob finds is a wrong usage", async () => {
    const { code, err } = await xferc(folder, "check", "none/**/*.xfer");
    expect(code).toBe(2);
    expect(err).toContain("no file matches none/**/*.xfer");
  });
});

describe("a flag", { timeout: 60_000 }, () => {
  it.each([
    [["--data", "digitsfew=."], 2, "did you mean digits_few?"],
    [["--data", "digits_few"], 2, "write --data NAME=DIR"],
    [["--profile", "tiny"], 1, "there is no profile `tiny`"],
    [["--set", "nothing.at=1"], 1, "nothing here is called `nothing.at`"],
    [["--only", "mian"], 1, "there is no experiment `mian`"],
    [["--jobs", "0"], 2, "It must be a whole number"],
    [["--keep-going", "--fail-fast"], 2, "contradict each other"],
  ])("%j is refused before anything runs", async (flags, expected, message) => {
    const { code, err } = await xferc(folder, "run", "study.xfer", ...flags);
    expect(err).toContain(message);
    expect(code).toBe(expected);
  });
});

describe("a checkpoint", { timeout: 120_000 }, () => {
  /** As timm would have it, for three channels and seven classes; what a test changes is laid over. */
  function moved(
    change: (tensors: Map<string, { shape: readonly number[]; data: Float32Array | Int32Array }>) => void,
  ) {
    const made = new Map<string, { shape: readonly number[]; data: Float32Array | Int32Array }>(
      MINI.tensors.map(({ name, shape }) => {
        const whole =
          name === "conv1.weight" ? [shape[0] ?? 0, 3, 3, 3] : name.startsWith("fc.") ? [7, ...shape.slice(1)] : shape;
        const size = whole.reduce((product, extent) => product * extent, 1);
        if (name.endsWith("num_batches_tracked")) return [name, { shape: whole, data: new Int32Array(size) }];
        return [name, { shape: whole, data: new Float32Array(size).fill(name.endsWith("var") ? 1 : 0.01) }];
      }),
    );
    change(made);
    put(own, { "published.safetensors": writeSafetensors(made) });
  }
  const own = project({ "study.xfer": MOVED });
  afterAll(() => remove(own));

  it("of other channels and another head is adapted and runs", async () => {
    moved(() => undefined);
    const { code, out } = await xferc(own, "run", "study.xfer", "--ui", "plain");
    expect(out).toContain("import ./published.safetensors");
    expect(out).not.toContain("✗");
    expect(code).toBe(0);
  });

  it("that lacks a tensor, has one too many or misshapen, or is cut short is refused by check and run", async () => {
    moved((tensors) => tensors.set("layer9.weight", { shape: [1], data: new Float32Array(1) }));
    expect((await xferc(own, "check", "study.xfer")).out).toMatch(
      /`published` holds what the model has not: 1 of its tensors[\s\S]*`layer9\.weight`/,
    );
    moved((tensors) => tensors.delete("bn1.weight"));
    expect((await xferc(own, "check", "study.xfer")).out).toMatch(
      /`published` lacks 1 of the tensors[\s\S]*`bn1\.weight`/,
    );
    moved((tensors) => tensors.set("bn1.weight", { shape: [5], data: new Float32Array(5) }));
    expect((await xferc(own, "check", "study.xfer")).out).toContain("`bn1.weight` is [5], not [4]");
    put(own, { "published.safetensors": readFileSync(join(own, "published.safetensors")).subarray(0, -9) });
    const { code, err } = await xferc(own, "run", "study.xfer", "--ui", "plain");
    expect(err).toContain("the file is cut short or damaged");
    expect(code).toBe(1);
  });

  it("that holds NaN, or is no safetensors file, is blamed by name", async () => {
    moved((tensors) => tensors.get("bn1.weight")?.data.fill(Number.NaN));
    const { code, out } = await xferc(own, "run", "study.xfer", "--ui", "plain");
    expect(out).toContain("tensor bn1.weight: holds NaN");
    expect(code).toBe(3);
    put(own, { "published.safetensors": Uint8Array.from([0x50, 0x4b, 3, 4, ...new Uint8Array(60)]) });
    expect((await xferc(own, "check", "study.xfer")).out).toContain("as a zip archive it is damaged");
    remove(join(own, "published.safetensors"));
    expect((await xferc(own, "check", "study.xfer")).code).toBe(0);
    const missing = await xferc(own, "run", "study.xfer", "--ui", "plain");
    expect(missing).toMatchObject({ code: 1, err: expect.stringContaining("are not on this machine") });
    mkdirSync(join(own, "published.safetensors"));
    expect((await xferc(own, "check", "study.xfer")).out).toContain("published.safetensors: is a folder");
  });
});

const FOLDER = `study pictures { seed 1; repeats 1 }
dataset mine from image_folder("./pictures") { metric top1 }
model mini = resnet(blocks: [1], widths: [4], stem: small, size: 8 px)
init RI = random
recipe short { optimizer sgd(lr: 0.1); batch 2 images; for 2 steps; select last }
experiment main { model mini; target mine; init RI; train short; measure test = score(target.metric) }
table t from main { cell test }
`;

describe("data", { timeout: 60_000 }, () => {
  const own = project({ "study.xfer": FOLDER });
  afterAll(() => remove(own));

  it("lists what cannot be read and what is left out, as text and JSON, and ends with 1", async () => {
    const { default: sharp } = await import("sharp");
    let made = 0;
    const next = () =>
      sharp({ create: { width: 8, height: 8, channels: 3, background: { r: 20 * made++, g: 5, b: 9 } } })
        .png()
        .toBuffer();
    const png = await next();
    for (const split of ["train", "test"]) {
      for (const label of ["cat", "猫"]) {
        for (const name of ["1.png", "ü\n.png"]) put(own, { [`pictures/${split}/${label}/${name}`]: await next() });
      }
    }
    const twice = await next();
    put(own, {
      "pictures/train/cat/1.png": twice,
      "pictures/train/cat/ü\n.png": twice,
      "pictures/train/cat/text.png": "hello",
      "pictures/train/cat/torn.png": png.subarray(0, 50),
      "pictures/train/cat/empty.png": "",
      "pictures/train/cat/notes.txt": "hello",
      "pictures/test/dog/1.png": png,
    });
    const text = await xferc(own, "data", "study.xfer");
    expect(text.code).toBe(1);
    expect(text.out).toContain("3 cases cannot be used; a run stops there");
    expect(text.out).toContain("train/cat/text.png is damaged or is no image");
    expect(text.out).toContain("1 file of no case");
    expect(text.out).toContain("no training image of dog");
    expect(text.out).toContain("ü\\n.png");
    const json = await xferc(own, "data", "study.xfer", "--format", "json");
    const [mine] = JSON.parse(json.out).datasets;
    expect(mine.damaged.map(({ path }: { path: string }) => path)).toEqual([
      "train/cat/text.png",
      "train/cat/torn.png",
    ]);
    expect(mine.rejected.map(({ path }: { path: string }) => path)).toEqual([
      "train/cat/empty.png",
      "train/cat/notes.txt",
    ]);
    const refused = await xferc(own, "run", "study.xfer", "--ui", "plain", "--out", "run");
    expect(refused.out + refused.err).toContain(
      "1 of its 12 cases cannot be used: train/cat/empty.png is empty, 0 bytes",
    );
    expect(refused.code).toBe(1);
    remove(join(own, "pictures/train/cat/empty.png"));
    const run = await xferc(own, "run", "study.xfer", "--ui", "plain", "--out", "run");
    expect(run.out).toMatch(/text\.png is damaged or is no image .*`xferc data STUDY` lists every file like it/);
    expect(run.code).toBe(3);
  });

  it("of one class, or missing, is told at its declaration", async () => {
    remove(join(own, "pictures", "train", "cat"));
    remove(join(own, "pictures", "test"));
    expect((await xferc(own, "check", "study.xfer")).out).toContain("are of one class, 猫");
    remove(join(own, "pictures"));
    expect((await xferc(own, "data", "study.xfer")).out).toContain("say where it is with --data NAME=DIR");
    const { code, err } = await xferc(own, "run", "study.xfer", "--ui", "plain");
    expect(err).toContain("the images of `mine` are not on this machine");
    expect(code).toBe(1);
  });
});
