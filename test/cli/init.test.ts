import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { newProject, xferc } from "./harness.js";

describe("xferc init", () => {
  it("writes a study that checks, and says what to do next", async () => {
    const folder = newProject({});
    const { code, out } = await xferc(folder, "init");
    expect(code).toBe(0);
    expect(out).toContain("xferc run study.xfer --profile small");
    expect(readFileSync(join(folder, "study.xfer"), "utf8")).toContain("\nstudy study_study ");
    expect(readFileSync(join(folder, ".gitignore"), "utf8")).toBe("runs/\n.xfer/\n");
    expect((await xferc(folder, "check", "study.xfer")).code).toBe(0);
  });

  it("names the study after its file, and makes the folder", async () => {
    const folder = newProject({});
    const { code, out } = await xferc(folder, "init", "moles/2-sites", "--template", "external");
    expect(code).toBe(0);
    expect(out).toContain("xferc data moles/2-sites.xfer");
    expect(readFileSync(join(folder, "moles/2-sites.xfer"), "utf8")).toContain("\nstudy study_2_sites ");
  });

  it("overwrites nothing", async () => {
    const folder = newProject({ "study.xfer": "mine", ".gitignore": "mine too" });
    const { code, err } = await xferc(folder, "init");
    expect(code).toBe(2);
    expect(err).toContain("is there already");
    expect(readFileSync(join(folder, "study.xfer"), "utf8")).toBe("mine");
    await xferc(folder, "init", "other");
    expect(readFileSync(join(folder, ".gitignore"), "utf8")).toBe("mine too");
  });

  it("lists its templates, and writes nothing then", async () => {
    const folder = newProject({});
    const { out } = await xferc(folder, "init", "--list");
    expect(out).toMatch(/^first {2,}Does pretraining help/);
    expect(out.trim().split("\n").length).toBeGreaterThanOrEqual(10);
    expect(readdirSync(folder)).toEqual(["package.json"]);
  });

  it("knows what a misspelt template was meant to be", async () => {
    const { code, err } = await xferc(newProject({}), "init", "--template", "own-image");
    expect(code).toBe(2);
    expect(err).toContain("did you mean `own-images`?");
  });
});
