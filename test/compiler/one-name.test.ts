/** A name that nothing declares is one slip, and one fix mends all of it. */

import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { applyFixes } from "../../src/cli/fixes.js";
import { compile } from "../../src/compiler/compile.js";
import type { Diagnostic } from "../../src/compiler/diagnostics.js";
import { folderHost } from "./support/host.js";

const FOLDER = "test/compiler/bad/names";
const STUDIES = readdirSync(FOLDER).filter((name) => name.endsWith(".xfer"));
/** Nothing else is near: what is missing has to be declared. */
const UNMENDED = ["unlike.xfer"];
const QUICKSTART = "studies/quickstart.xfer";

async function errorsIn(name: string, text: string): Promise<readonly Diagnostic[]> {
  const host = folderHost("test/compiler");
  const path = `bad/names/${name}`;
  const { diagnostics } = await compile(path, {
    ...host,
    read: async (file) => (file === path ? { ok: true, text } : await host.read(file)),
  });
  return diagnostics.filter(({ severity }) => severity === "error");
}

describe("a misspelt name", () => {
  it.each(STUDIES)("%s is told of once", async (name) => {
    expect(await errorsIn(name, readFileSync(`${FOLDER}/${name}`, "utf8"))).toHaveLength(1);
  });

  it.each(STUDIES.filter((name) => !UNMENDED.includes(name)))("%s: each fix mends all of it", async (name) => {
    const text = readFileSync(`${FOLDER}/${name}`, "utf8");
    const [error] = await errorsIn(name, text);
    const fixes = error?.fixes ?? [];
    expect(fixes.length).toBeGreaterThan(0);
    for (const fix of fixes) {
      const mended = applyFixes(text, `bad/names/${name}`, [fix]);
      expect(mended.applied, fix.title).toBe(1);
      expect(await errorsIn(name, mended.text), fix.title).toEqual([]);
    }
  });

  it("is told with its declaration and every further use", async () => {
    const text = readFileSync(QUICKSTART, "utf8").replace("experiment main", "experiment man");
    const [error, ...others] = await errorsIn("quickstart.xfer", text);
    expect(others).toEqual([]);
    const places = [error, ...(error?.related ?? [])].map((each) => {
      const { start, end } = each?.location.span ?? { start: 0, end: 0 };
      return text.slice(start, end);
    });
    expect(places).toEqual(["main", "man", ...Array<string>(7).fill("main")]);
    expect(error?.note).toBe("`main` is used 8 times in this file, the experiment `man` of line 36 nowhere.");
  });

  it("is no reason to keep silent of others", async () => {
    const text = readFileSync(QUICKSTART, "utf8")
      .replace("experiment main", "experiment man")
      .replace("select    last", "select    lst")
      .replace("n: count", "n: cout")
      .replace("y near", "y nea");
    const said = await errorsIn("quickstart.xfer", text);
    const words = said.map(({ location: { span } }) => text.slice(span.start, span.end));
    expect(words).toEqual(["cout", "lst", "main", "nea"]);
  });

  it("is asked of each file anew", async () => {
    const text = readFileSync(`${FOLDER}/experiment.xfer`, "utf8");
    const host = folderHost("test/compiler");
    const files = new Map([
      ["bad/names/a.xfer", `import "./b.xfer"\n${text}`],
      ["bad/names/b.xfer", "derive other = main.test\n"],
    ]);
    const { diagnostics } = await compile("bad/names/a.xfer", {
      ...host,
      read: async (file) => {
        const own = files.get(file);
        return own === undefined ? await host.read(file) : { ok: true, text: own };
      },
    });
    expect(diagnostics.filter(({ name }) => name === "unknown-table").map(({ location }) => location.path)).toEqual([
      "bad/names/a.xfer",
    ]);
  });
});
