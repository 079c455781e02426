import { rmSync } from "node:fs";
import { afterAll, describe, expect, it } from "vitest";
import { newProject, TINY, xferc } from "./harness.js";

const project = newProject({ "study.xfer": TINY });
afterAll(() => rmSync(project, { recursive: true, force: true }));

describe("help", () => {
  it.each([
    "run",
    "submit",
    "status",
    "cancel",
    "plan",
    "check",
    "fmt",
    "explain",
    "data",
    "report",
    "export",
    "forward",
    "bench",
    "engine",
    "doctor",
  ])("of %s says what it does, with an example", async (command) => {
    const { code, out } = await xferc(project, command, "--help");
    expect(code).toBe(0);
    expect(out).toContain(`Usage: xferc ${command}`);
    expect(out).toContain(`\nExamples:\n  $ xferc ${command}`);
  });

  it("lists all commands, and the version is the package's", async () => {
    expect((await xferc(project, "--help")).out).toContain("check [options] [glob...]");
    expect((await xferc(project, "--version")).out).toMatch(/^\d+\.\d+\.\d+/);
  });
});

describe("wrong usage ends with 2 and a sentence, for", () => {
  it.each([
    ["a misspelt command", ["plna", "x.xfer"], "Did you mean plan?"],
    ["a misspelt option", ["plan", "study.xfer", "--forma", "json"], "Did you mean --format?"],
    [
      "a value that is none",
      ["plan", "study.xfer", "--format", "yaml"],
      "Allowed choices are text, json, mermaid, dot",
    ],
    ["a missing argument", ["run"], "missing required argument 'file.xfer'"],
    ["a number that is none", ["run", "study.xfer", "--jobs", "many"], "whole number from 1"],
    ["an interval that is none", ["run", "study.xfer", "--checkpoint-every", "often"], "30s, 5m, 500steps, never"],
    ["an interval of nothing", ["run", "study.xfer", "--checkpoint-every", "0steps"], "30s, 5m, 500steps, never"],
    ["a time that is none", ["run", "study.xfer", "--stop-after", "55"], "90s, 55m, 1h30m"],
    ["pieces of no image", ["run", "study.xfer", "--micro-batch", "0"], "whole number from 1"],
    ["a file that is no study", ["run", "data.csv"], "name a file that ends in .xfer"],
    ["--data without a place", ["plan", "study.xfer", "--data", "digits"], "write --data NAME=DIR"],
    ["a glob that matches nothing", ["check", "nowhere/*.xfer"], "no file matches nowhere/*.xfer"],
    ["options that contradict", ["run", "study.xfer", "--keep-going", "--fail-fast"], "contradict each other"],
    ["a folder that is no run", ["report", "."], "is it a run folder"],
    ["a run there is not", ["status", "2026-11-23T09-30-00-1a2b3c"], "is no run"],
    ["another run there is not", ["cancel", "runs/study"], "is no run"],
    ["an executor there is not", ["run", "study.xfer", "--executor", "pbs"], "Allowed choices are local, slurm"],
    [
      "a device that no job can be asked for",
      ["plan", "study.xfer", "--executor", "slurm", "--device", "cuda:1"],
      "Slurm chooses among its GPUs",
    ],
    ["a name that is nothing", ["explain", "study.xfer", "nothing_like_it"], "nothing in this study is called"],
    ["a dataset the study has not", ["data", "study.xfer", "digits_fex"], "did you mean digits_few?"],
    [
      "weights that are not there",
      ["forward", "resnet18", "--weights", "w", "--input", "x", "--out", "y"],
      "there is no such file",
    ],
  ])("%s", async (_, words, sentence) => {
    const { code, out, err } = await xferc(project, ...words);
    expect(err).toContain(sentence);
    expect(err).not.toMatch(/^ {4}at /m);
    expect(out).toBe("");
    expect(code).toBe(2);
  });
});

it("doctor says what is here, to people and programs", async () => {
  const text = await xferc(project, "doctor");
  expect(text).toMatchObject({ code: 0, out: expect.stringContaining("✓ onnx") });
  const found = JSON.parse((await xferc(project, "doctor", "--format", "json")).out);
  expect(found).toMatchObject({ node: { supported: true }, cache: { writable: true }, problems: [] });
  expect(found.engines.map(({ id }: { id: string }) => id)).toContain("onnx");
});
