import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { explained } from "../../../../../src/runtime/engine/tensorflow/install/disk.js";
import { checked, tryOut } from "../../../../../src/runtime/engine/tensorflow/install/trial.js";
import { ensureBuilt } from "../../../../built.js";
import { describeTensorflow, tensorflow } from "../../../../support/tensorflow.js";
import { goodTrial, newFolder } from "./fakes.js";

let folder: string;
beforeAll(ensureBuilt, 120_000);
beforeEach(() => {
  folder = newFolder();
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const signal = new AbortController().signal;

describe("a trial", () => {
  it("must compute what plain arithmetic does", () => {
    expect(checked(goodTrial)).toBe(goodTrial);
    expect(() => checked({ ...goodTrial, losses: [4.25, 31.5] })).toThrow("computes wrong numbers: losses 4.25, 31.5");
    expect(() => checked({ ...goodTrial, weights: [-1.5] })).toThrow("computes wrong numbers");
    expect(() => checked({ ...goodTrial, weights: [Number.NaN, 1] })).toThrow("computes wrong numbers");
  });

  it("of an addon that does not load says why, and is no crash of ours", async () => {
    for (const name of ["a.node", "m.node"]) writeFileSync(join(folder, name), "not a library");
    const going = tryOut({ folder, addon: "a.node", mute: "m.node", environment: process.env, signal });
    await expect(going).rejects.toMatchObject({
      name: "UsageError",
      message: expect.stringMatching(/^TensorFlow does not work on this machine \(exit code 1\): .*does not load/),
    });
  });
});

describeTensorflow("the installed engine", () => {
  it("computes the trial's numbers, quietly", async () => {
    if (tensorflow === undefined) throw new Error("skipped otherwise");
    const { addon, mute } = tensorflow.manifest;
    const trial = await tryOut({ folder: tensorflow.folder, addon, mute, environment: process.env, signal });
    expect(trial).toMatchObject({ version: tensorflow.manifest.tensorflow, losses: [4.25, 31.328125] });
  });
});

describe("what a disk complains of", () => {
  it.each([
    ["ENOSPC", "the disk is full"],
    ["EDQUOT", "your quota is used up"],
    ["EROFS", "the file system is read-only"],
    ["EACCES", "nothing can be written here"],
  ])("%s is a sentence with a remedy", async (code, sentence) => {
    const failing = () => Promise.reject(Object.assign(new Error(code), { code }));
    await expect(explained("/engines", failing)).rejects.toMatchObject({
      message: `/engines: ${sentence}`,
      hint: expect.stringContaining("set XFERC_ENGINES to a folder elsewhere"),
    });
  });

  it("other errors stay what they are", async () => {
    await expect(explained("/engines", () => Promise.reject(new Error("other")))).rejects.toThrow(/^other$/);
  });
});
