/** Every rule by a bad and a good study (bad/lint, good/lint), ignored, turned off and turned up. */

import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { ALL_RULES, LATE } from "../../src/compiler/lint/index.js";
import { configurable, LINT_LEVELS, type LintLevels } from "../../src/compiler/lint/levels.js";
import { MESSAGES } from "../../src/compiler/messages.js";
import { folderHost, memoryHost } from "./support/host.js";
import { checkWhole } from "./support/known.js";

const ROOT = "test/compiler";
const NAMES = ALL_RULES.map(({ name }) => name);

async function said(path: string, levels: LintLevels = {}) {
  const { diagnostics } = await checkWhole(path, { ...folderHost(ROOT), lint: levels });
  return diagnostics.map(({ name, severity }) => `${severity} ${name}`);
}

/** The study with a comment above every line that is told something. */
async function ignored(rule: string) {
  const path = `bad/lint/${rule}.xfer`;
  const host = folderHost(ROOT);
  const { diagnostics, sources } = await checkWhole(path, host);
  const texts = Object.fromEntries(sources.map((each) => [each.path, each.text]));
  for (const { location } of [...diagnostics].reverse()) {
    const text = texts[location.path] ?? "";
    const line = text.lastIndexOf("\n", location.span.start) + 1;
    texts[location.path] = `${text.slice(0, line)}// xfer-ignore ${rule}: it is meant\n${text.slice(line)}`;
  }
  return (await checkWhole(path, memoryHost(texts))).diagnostics;
}

describe("the linter", () => {
  it("has a bad and a good study a rule, and none of anything else", () => {
    for (const folder of ["bad/lint", "good/lint"]) {
      const files = readdirSync(`${ROOT}/${folder}`).filter((name) => name.endsWith(".xfer"));
      expect(files.map((name) => name.replace(".xfer", "")).sort()).toEqual([...NAMES].sort());
    }
  });

  it("gives each rule a reason, a source with a year, and a message of its own code", () => {
    for (const { name, why, references } of ALL_RULES) {
      expect(MESSAGES[name].code, name).toMatch(/^XF09/);
      expect(why.length, name).toBeGreaterThan(80);
      for (const reference of references) expect(reference, name).toMatch(/ \((1[89]|20)\d\d\)\. .+\.|arXiv/);
    }
  });
});

describe.each(NAMES)("%s", (name) => {
  const { severity } = MESSAGES[name];

  it("is told of its bad study, once, and nothing else is", async () => {
    expect(await said(`bad/lint/${name}.xfer`)).toEqual([`${severity} ${name}`]);
  });

  it("is not told of its good one, nor is anything else", async () => {
    expect(await said(`good/lint/${name}.xfer`)).toEqual([]);
  });

  it("is silenced by a reason", async () => {
    expect(await ignored(name)).toEqual([]);
  });

  it.each(LINT_LEVELS)("is taken as the project takes it: %s", async (level) => {
    expect(await said(`bad/lint/${name}.xfer`, { [name]: level })).toEqual(level === "off" ? [] : [`${level} ${name}`]);
  });

  it("is silenced in vain in the good one, which is told", async () => {
    const text = readFileSync(`${ROOT}/good/lint/${name}.xfer`, "utf8").replaceAll("../../bad/lib", "./lib");
    const lib = Object.fromEntries(
      readdirSync(`${ROOT}/bad/lib`).map((file) => [`lib/${file}`, readFileSync(`${ROOT}/bad/lib/${file}`, "utf8")]),
    );
    const host = memoryHost({ ...lib, "study.xfer": `${text}// xfer-ignore ${name}: in vain\n` });
    const names = (await checkWhole("study.xfer", host)).diagnostics.map((each) => each.name);
    // while some data are unknown nobody knows whether it is in vain
    const unknown = /target (digits|\[)/.test(text) && LATE.has(name);
    expect(names).toEqual(unknown ? [] : ["ignore-unused"]);
  });
});

describe("ignores", () => {
  const study = (comments: string) =>
    `study s { seed 1 }\nmodel m = resnet18\nrecipe r { optimizer adam; batch 8; for 1 epochs }\n` +
    `dataset d from idx("d") { metric accuracy }\n${comments}experiment e {\n` +
    "  vary init in [a: random, b: random(kaiming)]; model m; target d; train r; measure t = score(accuracy)\n}\n" +
    "table x from e { rows init; cell t }\n";
  const told = async (comments: string) =>
    (await checkWhole("s.xfer", memoryHost({ "s.xfer": study(comments) }))).diagnostics;

  it("above each other are all of the line below", async () => {
    const why = "// xfer-ignore single-run: why\n";
    expect((await told("")).map(({ name }) => name)).toEqual(["single-run"]);
    expect((await told(`${why}// xfer-ignore unused-axis: in vain\n`)).map(({ name }) => name)).toEqual([
      "ignore-unused",
    ]);
    expect((await told(`${why}// another comment\n`)).map(({ name }) => name)).toContain("single-run");
  });

  it.each([
    [": single-run: why", "write `// xfer-ignore single-run: the reason`."],
    [" single-run, few-repeats: why", "one comment a rule, below each other: `// xfer-ignore single-run: why`."],
    [" XF0911: why", "rules go by their names: `// xfer-ignore single-run: why`."],
    ["-next-line single-run: why", "write `// xfer-ignore single-run: the reason`."],
    [" no-source: why", "errors cannot be silenced"],
    ["", "`// xfer-ignore rule: the reason`"],
    [" singel-run: why", "did you mean `single-run`?"],
  ])("of no rule say what was meant: %j", async (written, hint) => {
    const found = (await told(`// xfer-ignore${written}\n`)).find(({ name }) => name === "ignore-unknown-rule");
    expect(found?.hint).toContain(hint);
  });
});

describe("levels", () => {
  it("are of what is no error, and leave errors alone", async () => {
    expect(configurable()).not.toContain("unknown-name");
    const host = { ...memoryHost({ "a.xfer": "study a { sed 1 }" }), lint: { "unknown-setting": "off" } as const };
    const { diagnostics } = await checkWhole("a.xfer", host);
    expect(diagnostics.map(({ severity }) => severity)).toContain("error");
  });

  it("turned up to an error, a rule stops a study", async () => {
    const host = { ...folderHost(ROOT), lint: { "select-on-test": "error" } as const };
    expect((await checkWhole("bad/lint/select-on-test.xfer", host)).study).toBeUndefined();
  });
});
