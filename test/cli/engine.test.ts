import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openProgress } from "../../src/cli/engine-progress.js";
import { newProject, xfercWith } from "./harness.js";

let project: string;
beforeEach(() => {
  project = newProject({});
});
afterEach(() => rmSync(project, { recursive: true, force: true }));
const run = (...words: readonly string[]) =>
  xfercWith({ XFERC_ENGINES: join(project, "engines"), PATH: join(project, "bin") }, project, ...words);

function install(id: string): void {
  const folder = join(project, "engines", "tensorflow", id);
  mkdirSync(folder, { recursive: true });
  const manifest = {
    format: 1,
    engine: "tensorflow",
    tensorflow: "2.21.0",
    cuda: false,
    platform: `${process.platform}-${process.arch}`,
    napi: 8,
    addon: "a.node",
    mute: "m.node",
    files: { "a.node": { bytes: 4, sha256: "0".repeat(64) } },
    origins: [],
    builtWith: { xferc: "1", node: "20", binding: "4", compiler: "c++" },
    installedAt: "2026-01-01T00:00:00.000Z",
  };
  writeFileSync(join(folder, "a.node"), "code");
  writeFileSync(join(folder, "engine.json"), JSON.stringify(manifest));
}

describe("xferc engine list", () => {
  it("says that there is none, and where it looked", async () => {
    const { code, out } = await run("engine", "list");
    expect(out).toBe(
      `no native engine is installed in ${join(project, "engines", "tensorflow")}; xferc engine install tensorflow\n`,
    );
    expect(code).toBe(0);
  });

  it("tells each, and what keeps one from serving", async () => {
    install("good");
    install("bad");
    writeFileSync(join(project, "engines", "tensorflow", "bad", "a.node"), "cod");
    const folder = join(project, "engines", "tensorflow");
    expect((await run("engine", "list")).out).toBe(
      `tensorflow bad: ${folder}/bad (4 B) ✗ a.node has 3 bytes instead of 4\ntensorflow good: ${folder}/good (4 B)\n`,
    );
    const { engines } = JSON.parse((await run("engine", "list", "--format", "json")).out);
    expect(engines).toMatchObject([
      { engine: "tensorflow", id: "bad", usable: false, tensorflow: "2.21.0" },
      { id: "good", usable: true, problem: null },
    ]);
  });
});

describe("xferc engine remove", () => {
  it("removes all, or those that are named", async () => {
    for (const id of ["a", "b", "c"]) install(id);
    expect(await run("engine", "remove", "tensorflow", "b")).toMatchObject({ code: 0, out: "removed b (4 B)\n" });
    expect(await run("engine", "remove", "tensorflow")).toMatchObject({
      code: 0,
      out: "removed a (4 B)\nremoved c (4 B)\n",
    });
    expect((await run("engine", "remove", "tensorflow")).out).toContain("no native engine is installed");
  });

  it("knows the names there are", async () => {
    install("a");
    const { code, err } = await run("engine", "remove", "tensorflow", "z");
    expect(err).toBe("xferc: no installation of tensorflow is called z\nhint: there is a\n");
    expect(code).toBe(2);
  });
});

describe("xferc engine install", () => {
  it.each([
    ["an engine that comes with xferc", ["onnx"], "comes with xferc"],
    ["an engine there is not", ["torch"], "there is no engine torch"],
    ["a digest that is none", ["tensorflow", "--sha256", "abc"], "64 hexadecimal digits"],
    ["no engine at all", [], "missing required argument 'engine'"],
    ["a machine without a compiler", ["tensorflow"], "the binding needs a C++ compiler"],
  ])("%s: a sentence and exit code 2", async (_, words, sentence) => {
    const { code, err, out } = await run("engine", "install", ...words);
    expect(err).toContain(sentence);
    expect(err).not.toMatch(/^ {4}at /m);
    expect({ code, out }).toEqual({ code: 2, out: "" });
  });
});

describe("progress", () => {
  function shown(isTTY: boolean): string {
    let text = "";
    let time = 0;
    const write = (chunk: string) => {
      text += chunk;
      return true;
    };
    const out = { isTTY, write } as unknown as NodeJS.WriteStream;
    const { report, close } = openProgress(out, () => {
      time += 60;
      return time;
    });
    report.step("obtain", "getting it");
    for (const done of [1e6, 2e6, 3e6]) report.progress(done, undefined);
    report.note("by the way");
    report.progress(4e6, undefined);
    report.step("unpack", "unpacking");
    for (const done of [0, 50, 75]) report.progress(done, 100);
    close();
    return text;
  }

  it("is a line a step where no one watches", () => {
    expect(shown(false)).toBe("getting it\n  by the way\nunpacking\n");
  });

  it("is counted at the end of the line on a terminal, not too often", () => {
    const text = shown(true).replaceAll("\u001b[K", "");
    expect(text).toBe("getting it\rgetting it … 2.0 MB\n  by the way\nunpacking\runpacking … 0 %\runpacking … 75 %\n");
  });
});
