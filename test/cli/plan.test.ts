import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { afterAll, describe, expect, it } from "vitest";
import { PLAN_SCHEMA } from "../../src/compiler/plan/index.js";
import { newProject, TINY, xferc } from "./harness.js";

const project = newProject({ "study.xfer": TINY });
afterAll(() => rmSync(project, { recursive: true, force: true }));

describe("plan", () => {
  it("says what would run and at what cost", async () => {
    const { code, out } = await xferc(project, "plan", "study.xfer");
    expect(code).toBe(0);
    expect(out).toMatch(/^train +1 +0/m);
    expect(out).toContain("8 to run");
    expect(out).toContain("basis");
  });

  it("prints JSON that is what its schema says", async () => {
    const plan = JSON.parse((await xferc(project, "plan", "study.xfer", "--format", "json")).out);
    const validate = new Ajv2020({ strict: true, allowUnionTypes: true }).compile(PLAN_SCHEMA);
    expect(validate(plan), JSON.stringify(validate.errors)).toBe(true);
    expect(plan.summary).toMatchObject({ cells: 1, nodes: 8, cached: 0 });
  });

  it("prints diagrams", async () => {
    expect((await xferc(project, "plan", "study.xfer", "--format", "mermaid")).out).toMatch(/^flowchart|^graph/m);
    expect((await xferc(project, "plan", "study.xfer", "--format", "dot")).out).toContain("digraph");
  });

  it("refuses pieces of a batch where the model looks at all of it, and takes them where it does not", async () => {
    const { code, err } = await xferc(project, "plan", "study.xfer", "--micro-batch", "8");
    expect(code).toBe(1);
    expect(err).toContain("error[XF0460 micro-batch-entangled]: `mini` cannot be trained by `short` in pieces of 8");
    expect(err).toMatch(/In training, batch normalization takes .* hint: lower `batch`/s);
    expect((await xferc(project, "plan", "study.xfer", "--micro-batch", "32")).code).toBe(0);
    expect((await xferc(project, "plan", "study.xfer", "--micro-batch", "auto")).code).toBe(0);
  });

  it("takes a profile and single settings, and says when there is none of that name", async () => {
    const key = async (...words: string[]) => {
      const plan = JSON.parse((await xferc(project, "plan", "study.xfer", "--format", "json", ...words)).out);
      return plan.nodes.find(({ op }: { op: string }) => op === "train").key;
    };
    expect(await key("--profile", "shorter")).toBe(await key("--set", "short.for=1 steps"));
    expect(await key("--profile", "shorter")).not.toBe(await key());
    for (const words of [
      ["--profile", "shrter"],
      ["--set", "shrt.for=1 steps"],
      ["--only", "mian"],
    ]) {
      const { code, err } = await xferc(project, "plan", "study.xfer", ...words);
      expect(code).toBe(1);
      expect(err).toMatch(/shorter|short|main/);
    }
  });

  it("works from the lock where the data are not, with the same keys; and without either, provisionally", async () => {
    const elsewhere = ["--data", "digits_few=/nowhere"];
    const json = async (...words: string[]) =>
      JSON.parse((await xferc(project, "plan", "study.xfer", "--format", "json", ...words)).out);
    const here = await json();
    expect((await json(...elsewhere)).summary.provisional).toBeGreaterThan(0);
    const run = await xferc(project, "run", "study.xfer", ...elsewhere);
    expect(run).toMatchObject({
      code: 1,
      err: expect.stringContaining("the images of `digits_few` are not on this machine"),
    });
    expect((await xferc(project, "data", "study.xfer")).out).toContain("train    100 images; a class: 10 10");
    expect(existsSync(join(project, "study.lock.json"))).toBe(true);
    const locked = await json(...elsewhere);
    const keys = (plan: { nodes: { key: string }[] }) => plan.nodes.map(({ key }) => key);
    expect(keys(locked)).toEqual(keys(here));
    expect(locked.summary.provisional).toBe(0);
  });
});

describe("explain", () => {
  it("tells what is behind a cell, a node and a model", async () => {
    const cell = await xferc(project, "explain", "study.xfer", "main#1");
    expect(cell.out).toContain("drawn by the family's own scheme");
    const plan = JSON.parse((await xferc(project, "plan", "study.xfer", "--format", "json")).out);
    const key: string = plan.nodes.find(({ op }: { op: string }) => op === "train").key;
    expect((await xferc(project, "explain", "study.xfer", key.slice(0, 10))).out).toContain(key);
    const model = JSON.parse((await xferc(project, "explain", "study.xfer", "mini", "--format", "json")).out);
    expect(model).toMatchObject({ kind: "model", classes: 10, units: [{ name: "stem" }, { name: "layer1" }] });
  });
});

it("data tells a program the same", async () => {
  const { datasets } = JSON.parse((await xferc(project, "data", "study.xfer", "--format", "json")).out);
  expect(datasets).toMatchObject([
    { name: "digits_few", channels: 1, splits: [{ split: "train", images: 100 }, {}, {}] },
  ]);
});
