/** A profile with a mistake is told of, and stops who chooses it and nobody else. */

import { rmSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { compile, plan } from "../../src/index.js";
import { ensureBuilt } from "../built.js";
import { newProject, TINY, xferc } from "./harness.js";

const TWO = `experiment two {
  model mini; target digits_few; vary init in [A: RI, B: random(kaiming)]; train short
  measure test = score(target.metric)
}
derive gain = two.test[init: A] - two.test[init: B]
`;
const BROKEN = {
  "a value nobody reads until it is chosen": ["profile broken { short.batch = 3 epochs }", "XF"],
  "what it does to the rest": [`${TWO}profile broken { two.init = [RI, random(kaiming)] }`, "XF0608"],
  "a path that names nothing": ["profile broken { shrot.for = 4 steps }", "XF0601"],
  "a line that is none": ["profile broken { repeats 1 }", "XF0606"],
} as const;
const studies = Object.entries(BROKEN).map(([what, [line, code]], i) => ({ what, line, code, file: `s${i}.xfer` }));
const project = newProject(Object.fromEntries(studies.map(({ file, line }) => [file, `${TINY}${line}\n`])));
beforeAll(ensureBuilt, 180_000);
afterAll(() => rmSync(project, { recursive: true, force: true }));

const ENGINE = ["--engine", "onnx", "--device", "cpu"] as const;

describe.each(studies)("$what", { timeout: 120_000 }, ({ file, code }) => {
  it("is an error to who checks", async () => {
    const checked = await xferc(project, "check", file);
    expect(checked.code).toBe(1);
    expect(checked.out).toMatch(new RegExp(`^error\\[${code}`, "m"));
    const { study, diagnostics } = await compile(file, { cwd: project });
    expect(study).toBeUndefined();
    expect(diagnostics.some(({ severity }) => severity === "error")).toBe(true);
  });

  it("is a warning to who plans without it, or with another", async () => {
    const without = await xferc(project, "plan", file, ...ENGINE);
    expect([without.code, without.out]).toEqual([0, expect.stringContaining("nodes")]);
    expect(without.err).toMatch(new RegExp(`^warning\\[${code}`, "m"));
    expect(without.err).toContain("The profile is not chosen here, and all else goes on without it.");
    const other = await xferc(project, "plan", file, "--profile", "shorter", ...ENGINE);
    expect(other.code).toBe(0);
    expect(other.err).not.toMatch(/^error/m);
    const planned = await plan(file, { cwd: project, engine: "onnx", device: "cpu" });
    expect(planned.plan).toBeDefined();
  });

  it("stops who chooses it", async () => {
    const chosen = await xferc(project, "plan", file, "--profile", "broken", ...ENGINE);
    expect(chosen.code).toBe(1);
    expect(chosen.err).toMatch(/^error\[/m);
    expect(chosen.err).not.toContain("is not chosen here");
  });
});

it("runs, and says so", { timeout: 120_000 }, async () => {
  const { code, err } = await xferc(project, "run", "s0.xfer", "--ui", "plain", ...ENGINE);
  expect(code).toBe(0);
  expect(err).toMatch(/^warning\[/m);
});

it("does not hide what is wrong elsewhere", async () => {
  const folder = newProject({
    "s.xfer": `${TINY.replace("batch 32 images", "batch 0 images")}profile b { shrot.for = 1 steps }\n`,
  });
  const { code, err } = await xferc(folder, "plan", "s.xfer", ...ENGINE);
  rmSync(folder, { recursive: true, force: true });
  expect(code).toBe(1);
  expect(err).toMatch(/^error\[/m);
});
