import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { applyFixes } from "../../src/cli/fixes.js";
import type { Fix } from "../../src/compiler/diagnostics.js";
import { newProject, TINY, xferc } from "./harness.js";

let project = "";
afterEach(() => rmSync(project, { recursive: true, force: true }));
const BAD = TINY.replace("seed 1", "sed 1").replace("target digits_few", "target digits_fe");

describe("check", () => {
  it("ends with 0 where nothing is wrong", async () => {
    project = newProject({ "study.xfer": TINY });
    expect(await xferc(project, "check", "study.xfer")).toMatchObject({ code: 0, err: "1 file: nothing wrong\n" });
  });

  it("names what is not on this machine, and keeps its exit code", async () => {
    const text = TINY.replace(
      "init RI = random",
      'init RI = transfer\nsource mine = weights("./nope.safetensors")',
    ).replace("init RI;", "init RI; source mine;");
    project = newProject({ "study.xfer": text });
    expect(await xferc(project, "check", "study.xfer")).toMatchObject({
      code: 0,
      err: "1 file: nothing wrong\nnot on this machine, so not looked at: `./nope.safetensors`\n",
    });
  });

  it("says how to name the studies of a folder", async () => {
    project = newProject({ "a/study.xfer": TINY });
    const { code, err } = await xferc(project, "check", "a");
    expect(err).toContain('a is a folder\nhint: name the studies in it: "a/**/*.xfer"');
    expect(code).toBe(2);
  });

  it("tells what is wrong under a profile that nobody chose", async () => {
    project = newProject({ "study.xfer": `${TINY}profile p { repeats = 1.5 }\n` });
    const { code, out } = await xferc(project, "check", "study.xfer");
    expect(out).toContain("`repeats` is a whole number");
    expect(code).toBe(1);
  });

  it("ends with 1 and shows every mistake beside its line", async () => {
    project = newProject({ "study.xfer": BAD });
    const { code, out } = await xferc(project, "check", "study.xfer");
    expect(code).toBe(1);
    expect(out).toContain("no setting `sed`");
    expect(out).toContain("study.xfer:1:14 │ study tiny { sed 1; repeats 1 }");
    expect(out).toContain("write `digits_few`");
    expect(out).toContain("2 errors");
  });

  it("prints what other programs read", async () => {
    project = newProject({ "a/study.xfer": BAD, "b.xfer": TINY });
    const json = JSON.parse((await xferc(project, "check", "**/*.xfer", "--format", "json")).out);
    expect(json.summary).toMatchObject({ errors: 2 });
    const file = json.files.find(({ path }: { path: string }) => path === "a/study.xfer");
    expect(file.diagnostics[0]).toMatchObject({ severity: "error", range: { start: { line: 0, character: 13 } } });
    const sarif = JSON.parse((await xferc(project, "check", "a/study.xfer", "--format", "sarif")).out);
    expect(sarif.version).toBe("2.1.0");
    expect((await xferc(project, "check", "a/study.xfer", "--format", "github")).out).toContain(
      "::error file=a/study.xfer,line=1",
    );
  });

  it("mends what has only one reading, and leaves what has several", async () => {
    project = newProject({ "study.xfer": TINY.replace('"xfer:bundled"', "'xfer:bundled'").replace("seed 1", "sed 1") });
    const { code, out, err } = await xferc(project, "check", "study.xfer", "--fix");
    expect(err).toContain("1 fix applied");
    expect(readFileSync(join(project, "study.xfer"), "utf8")).toBe(TINY.replace("seed 1", "sed 1"));
    expect(out).toContain("write `seed`");
    expect(code).toBe(1);
  });

  it.each([
    ["a missing file", {}, "there is no file `study.xfer`"],
    ["an empty file", { "study.xfer": "" }, "declares nothing"],
    ["a binary file", { "study.xfer": new Uint8Array([137, 80, 78, 71, 0, 0, 0]) }, "is no text"],
    ["UTF-16", { "study.xfer": Buffer.from(`\ufeff${TINY}`, "utf16le") }, "iconv -f UTF-16LE -t UTF-8"],
    ["ten megabytes", { "study.xfer": `// ${"x".repeat(10_000_000)}` }, "too large for a study"],
    [
      "a circle of imports",
      { "study.xfer": 'import "./b.xfer"', "b.xfer": 'import "./study.xfer"' },
      "import each other",
    ],
    ["an import out of the project", { "study.xfer": 'import "../../etc/passwd.xfer"' }, "outside the project"],
  ])("says what is wrong with %s", async (_, files: { [path: string]: string | Uint8Array }, sentence) => {
    project = newProject(files);
    for (const command of ["check", "run", "plan"]) {
      const { code, out, err } = await xferc(project, command, "study.xfer");
      expect(out + err).toContain(sentence);
      expect(code).toBe(1);
    }
  });
});

describe("levels of a project", () => {
  const COMPARED = TINY.replace("init RI;", "vary init in [RI, random(kaiming)];").replace(
    "{ cell",
    "{ rows init; cell",
  );
  const config = (lint: object) => ({ "xfer.config.json": JSON.stringify({ lint }), "a/b/study.xfer": COMPARED });

  it("are those of the rules where nothing is configured", async () => {
    project = newProject({ "study.xfer": COMPARED });
    const { code, out } = await xferc(project, "check", "study.xfer");
    expect(out).toContain("warning[XF0911 single-run]");
    expect(code).toBe(0);
  });

  it("are found upwards from the study, by check and plan alike", async () => {
    project = newProject(config({ "single-run": "error" }));
    for (const command of ["check", "plan", "run"]) {
      const { code, out, err } = await xferc(project, command, "a/b/study.xfer");
      expect(out + err).toContain("error[XF0911 single-run]");
      expect(code).toBe(1);
    }
  });

  it("are read from a file with a byte order mark", async () => {
    const files = config({ "single-run": "error" });
    project = newProject(
      Object.fromEntries(
        Object.entries(files).map(([name, text]) => [name, name.endsWith(".json") ? `\uFEFF${text}` : text]),
      ),
    );
    expect((await xferc(project, "check", "a/b/study.xfer")).out).toContain("error[XF0911 single-run]");
  });

  it("turn a rule off, or into a note", async () => {
    project = newProject(config({ "single-run": "off" }));
    expect(await xferc(project, "check", "a/b/study.xfer")).toMatchObject({ code: 0, out: "" });
    rmSync(project, { recursive: true });
    project = newProject(config({ "single-run": "info" }));
    expect((await xferc(project, "check", "a/b/study.xfer")).out).toMatch(/info\[XF0911[\s\S]*\n1 note\n$/);
  });

  it.each([
    [{ "single-rn": "off" }, 'must NOT have additional properties: "single-rn"', 'did you mean "single-run"?'],
    [{ "single-run": "of" }, "at lint/single-run must be equal to one of the allowed values", "off or info"],
    [{ "unknown-name": "off" }, 'additional properties: "unknown-name"', ""],
  ])("that make no sense are told: %j", async (lint, problem, hint) => {
    project = newProject(config(lint));
    const { code, err } = await xferc(project, "check", "a/b/study.xfer");
    expect(err).toContain(problem);
    expect(err).toContain(hint);
    expect(err.length).toBeLessThan(2500);
    expect(code).toBe(2);
  });

  it("an ignore that silences nothing is taken away", async () => {
    const text = `// xfer-ignore few-repeats: once\n${TINY}`;
    project = newProject({ "study.xfer": text });
    const { err } = await xferc(project, "check", "study.xfer", "--fix");
    expect(err).toContain("1 fix applied");
    expect(readFileSync(join(project, "study.xfer"), "utf8")).toBe(TINY);
  });

  it("--explain says why, and where it is written", async () => {
    project = newProject({});
    const { out } = await xferc(project, "check", "--explain", "single-run");
    expect(out).toContain("Why: Two trainings that differ in nothing but their seeds");
    expect(out).toContain("Bouthillier et al. (2021).");
  });
});

describe("fmt", () => {
  const WILD = TINY.replace("recipe short {", "recipe   short{").replace("\nmodel mini", "\n\n\n\nmodel mini");

  it("formats in place, and again changes nothing", async () => {
    project = newProject({ "study.xfer": WILD });
    expect(await xferc(project, "fmt", "study.xfer")).toMatchObject({ code: 0, out: "study.xfer\n" });
    const text = readFileSync(join(project, "study.xfer"), "utf8");
    expect(text).toContain("recipe short {");
    expect(text).not.toContain("\n\n\n");
    expect(await xferc(project, "fmt", "study.xfer")).toMatchObject({ code: 0, out: "" });
  });

  it("--check only says what would change, and ends with 1", async () => {
    project = newProject({ "study.xfer": WILD });
    expect(await xferc(project, "fmt", "*.xfer", "--check")).toMatchObject({ code: 1, out: "study.xfer\n" });
    expect(readFileSync(join(project, "study.xfer"), "utf8")).toBe(WILD);
  });

  it("--range formats some lines and leaves the others", async () => {
    const [before, after] = ["init   RI = random\nrecipe   r{ batch 3}\ninit   ST = stats\n", "recipe r { batch 3 }"];
    project = newProject({ "study.xfer": before });
    expect(await xferc(project, "fmt", "study.xfer", "--range", "2:2")).toMatchObject({ code: 0, out: "study.xfer\n" });
    const text = readFileSync(join(project, "study.xfer"), "utf8");
    expect(text).toBe(before.replace("recipe   r{ batch 3}", after));
    for (const range of ["4", "9:2", "0:3", "a:b"]) {
      expect((await xferc(project, "fmt", "study.xfer", "--range", range)).code).toBe(2);
    }
  });

  it("does not touch what it cannot read", async () => {
    project = newProject({ "study.xfer": "study a {" });
    const { code, err } = await xferc(project, "fmt", "study.xfer");
    expect(code).toBe(1);
    expect(err).toContain("error[");
    expect(readFileSync(join(project, "study.xfer"), "utf8")).toBe("study a {");
  });
});

describe("fixes", () => {
  const fix = (start: number, end: number, text: string, path = "a"): Fix => ({
    title: "",
    safe: true,
    edits: [{ location: { path, span: { start, end } }, text }],
  });

  it("are applied from the last place to the first, and those that touch each other are not both", () => {
    expect(applyFixes("sed 1; repets 2", "a", [fix(0, 3, "seed"), fix(7, 13, "repeats")])).toEqual({
      text: "seed 1; repeats 2",
      applied: 2,
    });
    expect(applyFixes("abcdef", "a", [fix(0, 3, "X"), fix(2, 4, "Y"), fix(3, 3, "Z")])).toEqual({
      text: "XZdef",
      applied: 2,
    });
    expect(applyFixes("abc", "a", [fix(0, 1, "X", "b")])).toEqual({ text: "abc", applied: 0 });
  });
});
