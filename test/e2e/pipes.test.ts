/** Commands in pipes, as shells run them: no colour, no spinner, no complaint about a reader that has seen enough. */

import { spawn, spawnSync } from "node:child_process";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ensureBuilt, root } from "../built.js";
import { newProject, TINY } from "../cli/harness.js";
import { remove } from "./command.js";

let folder = "";

beforeAll(async () => {
  await ensureBuilt();
  // an error in each of so many studies is more than a pipe holds
  const wrong = Object.fromEntries(
    Array.from({ length: 300 }, (_, i) => [`wrong/${i}.xfer`, "study s { seed 1 }\nmodel m = resnt(blocks: [1])\n"]),
  );
  folder = newProject({ "tiny.xfer": TINY, ...wrong });
}, 240_000);
afterAll(() => remove(folder));

const main = join(root, "dist", "src", "cli", "main.js");
const environment = (more: NodeJS.ProcessEnv): NodeJS.ProcessEnv => {
  const { NO_COLOR: _, FORCE_COLOR: __, ...inherited } = process.env;
  return { ...inherited, ...more };
};

function xferc(words: readonly string[], env: NodeJS.ProcessEnv = {}) {
  return spawnSync(process.execPath, [main, ...words], { cwd: folder, encoding: "utf8", env: environment(env) });
}

describe("commands in a pipe", { timeout: 120_000 }, () => {
  it("write no colour and no spinner, unless they are forced to colour", () => {
    const { status, stdout, stderr } = xferc(["check", "wrong/1.xfer"]);
    expect(status).toBe(1);
    expect(stdout + stderr).not.toContain("\u001b");
    expect(xferc(["check", "wrong/1.xfer"], { FORCE_COLOR: "1" }).stdout).toContain("\u001b[");
    expect(xferc(["check", "wrong/1.xfer", "--no-color"], { FORCE_COLOR: "1" }).stdout).not.toContain("\u001b");
    expect(xferc(["--no-color", "check", "wrong/1.xfer"], { FORCE_COLOR: "1" }).stdout).not.toContain("\u001b");
  });

  it("print what was asked for on standard output alone, so that it can go on", () => {
    const { status, stdout, stderr } = xferc(["plan", "tiny.xfer", "--format", "json"]);
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toHaveProperty("nodes");
    expect(stderr).not.toContain("\u001b");
  });

  it.each([
    ["check", ["check", "wrong/*.xfer"]],
    ["check as JSON", ["check", "wrong/*.xfer", "--format", "json"]],
    ["plan as JSON", ["plan", "tiny.xfer", "--format", "json"]],
    ["--help", ["--help"]],
  ])("end without a word when the reader of %s has seen enough", async (_, words) => {
    const child = spawn(process.execPath, [main, ...words], {
      cwd: folder,
      stdio: ["ignore", "pipe", "pipe"],
      env: environment({}),
    });
    let complaints = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      complaints += text;
    });
    child.stdout.once("data", () => child.stdout.destroy());
    const code = await new Promise((resolve) => child.on("close", resolve));
    expect(complaints).not.toMatch(/EPIPE|internal error|^ {4}at /m);
    expect([0, 1]).toContain(code);
  });

  it.each([
    ["what is right", ["check", "tiny.xfer"], 0],
    ["a wrong study", ["check", "wrong/1.xfer"], 1],
    ["no study", ["check"], 2],
    ["a study that is not there", ["check", "absent.xfer"], 1],
    ["a flag that is none", ["check", "tiny.xfer", "--fast"], 2],
    ["no command of this name", ["chek"], 2],
    ["help", ["check", "--help"], 0],
  ])("leave the shell a code for %s", (_, words, code) => {
    expect(xferc(words).status).toBe(code);
  });
});
