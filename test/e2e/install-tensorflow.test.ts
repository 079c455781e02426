/** The real thing: pip's wheel, this machine's compiler, TensorFlow itself. Some minutes and two gigabytes of disk. */

import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ensureBuilt } from "../built.js";
import { project, remove, start } from "./command.js";

const asked = process.env.XFERC_TEST_INSTALL === "1";
const reason = asked ? "" : " (skipped: it needs pip's wheel and a compiler; set XFERC_TEST_INSTALL=1 where they are)";

describe.skipIf(!asked)(`installing TensorFlow${reason}`, { timeout: 400_000 }, () => {
  const folder = project({});
  const engines = join(folder, "engines");
  const root = join(engines, "tensorflow");
  const env = { XFERC_ENGINES: engines };
  const INSTALL = ["engine", "install", "tensorflow"] as const;
  beforeAll(ensureBuilt, 120_000);
  afterAll(() => remove(folder));

  it("can be interrupted while it unpacks, and keeps the wheel for the next time", async () => {
    const { child, ended } = start(folder, INSTALL, env);
    while (child.exitCode === null && !existsSync(join(root, ".staging"))) await sleep(20);
    while (child.exitCode === null && readdirSync(join(root, ".staging"), { recursive: true }).length < 3)
      await sleep(20);
    child.kill("SIGINT");
    const { code, err } = await ended;
    expect(err).toContain("xferc: interrupted; nothing was installed.");
    expect(code).toBe(130);
    expect(readdirSync(root)).toEqual([".downloads"]);
    expect(readdirSync(join(root, ".downloads"))).toEqual([expect.stringMatching(/^tensorflow.*\.whl$/)]);
  });

  it("is done by one of two that want it at once, and found by the other", async () => {
    const both = await Promise.all([start(folder, INSTALL, env).ended, start(folder, INSTALL, env).ended]);
    expect(both.map(({ code }) => code)).toEqual([0, 0]);
    const told = both.map(({ out }) =>
      out.includes("works:") ? "works" : out.includes("already installed") ? "already" : out,
    );
    expect(told.sort()).toEqual(["already", "works"]);
    expect(readdirSync(root)).toHaveLength(1);
  });

  it("serves this Node", async () => {
    const { engines: found } = JSON.parse((await start(folder, ["engine", "list", "--format", "json"], env).ended).out);
    expect(found).toMatchObject([{ usable: true, problem: null, platform: `${process.platform}-${process.arch}` }]);
  });

  it("is removed without a trace", async () => {
    const { code } = await start(folder, ["engine", "remove", "tensorflow"], env).ended;
    expect(code).toBe(0);
    expect(readdirSync(root)).toEqual([]);
  });
});
