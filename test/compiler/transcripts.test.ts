/**
 * Every study of good/ and bad/ beside its printed diagnostics. After a change that is meant, rewrite them with
 * `XFERC_GOLDENS=write npx vitest run test/compiler/transcripts` and read the difference.
 */

import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { type CompileOptions, compile } from "../../src/compiler/compile.js";
import { render, summary } from "../../src/compiler/render/index.js";
import { folderHost } from "./support/host.js";
import { checkWhole } from "./support/known.js";

const ROOT = "test/compiler";
const WITH_DATA = /\/(lint|plan)\//;
const WRITE = process.env.XFERC_GOLDENS === "write";

function studies(folder: string): readonly string[] {
  return readdirSync(`${ROOT}/${folder}`, { withFileTypes: true }).flatMap((each) =>
    each.isDirectory()
      ? each.name === "lib"
        ? []
        : studies(`${folder}/${each.name}`)
      : each.name.endsWith(".xfer")
        ? [`${folder}/${each.name.replace(/\.xfer$/, "")}`]
        : [],
  );
}

/** `// check --profile small --set a.b=1` in a study's first line: how it is checked. */
function optionsOf(text: string): CompileOptions {
  const words = /^\/\/ check (.*)$/m.exec(text.split("\n")[0] ?? "")?.[1]?.split(" ") ?? [];
  const after = (flag: string) => words.flatMap((word, index) => (word === flag ? [words[index + 1] ?? ""] : []));
  const [profile] = after("--profile");
  return { set: after("--set"), only: after("--only"), ...(profile === undefined ? {} : { profile }) };
}

async function transcript(study: string): Promise<{ readonly text: string; readonly compiled: boolean }> {
  const file = `${study}.xfer`;
  const options = optionsOf(readFileSync(`${ROOT}/${file}`, "utf8"));
  // those in folders know some data; the others judge the text alone
  const {
    diagnostics,
    sources,
    study: checked,
  } = WITH_DATA.test(study)
    ? await checkWhole(file, folderHost(ROOT), options)
    : await compile(file, folderHost(ROOT), options);
  const cells = checked?.experiments.map((each) => `${each.name}: ${each.cells.length} cells\n`).join("") ?? "";
  const printed = render("pretty", diagnostics, sources);
  const text = printed === "" ? cells : `${printed}\n\n${summary(diagnostics)}\n${cells}`;
  return { text, compiled: checked !== undefined };
}

async function holds(study: string): Promise<boolean> {
  const { text, compiled } = await transcript(study);
  const golden = `${ROOT}/${study}.txt`;
  if (WRITE) {
    writeFileSync(golden, text);
  }
  expect(existsSync(golden), `${golden} is there`).toBe(true);
  expect(text).toBe(readFileSync(golden, "utf8"));
  return compiled;
}

describe("good studies", () => {
  it.each(studies("good"))("%s compiles", async (study) => {
    expect(await holds(study)).toBe(true);
  });
});

describe("bad studies", () => {
  it("are many", () => {
    expect(studies("bad").length).toBeGreaterThanOrEqual(280);
  });

  /** These hold more slips than one: every comma and every quoted key is one. */
  const SLIPS: ReadonlyMap<string, number> = new Map([
    ["comma-instead-of-line", 2],
    ["json-commas-throughout", 2],
    ["python-dictionary", 3],
  ]);

  it.each(studies("bad/syntax"))("%s: one slip is one error", async (study) => {
    const { diagnostics } = await compile(`${study}.xfer`, folderHost(ROOT));
    const [name = ""] = study.split("/").slice(-1);
    expect(diagnostics.map((each) => each.name)).toHaveLength(SLIPS.get(name) ?? 1);
  });

  it.each(studies("bad"))("%s is told what is wrong", async (study) => {
    await holds(study);
    expect(readFileSync(`${ROOT}/${study}.txt`, "utf8")).toMatch(/^(error|warning|info)\[XF\d{4} [a-z-]+\]: /);
  });
});
