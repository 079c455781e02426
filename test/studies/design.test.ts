/**
 * Eleven studies of the literature, with stand-ins for the files they import: what is said of each, which is no error.
 * After a change that is meant: `XFERC_GOLDENS=write npx vitest run test/studies`.
 */

import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { compile } from "../../src/compiler/compile.js";
import { memoryHost } from "../compiler/support/host.js";

const FOLDER = import.meta.dirname;

function filesIn(folder: string): { readonly [path: string]: string } {
  const names = readdirSync(join(FOLDER, folder)).filter((name) => name.endsWith(".xfer"));
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(FOLDER, folder, name), "utf8")]));
}

const studies = filesIn("design");
const host = memoryHost({
  ...filesIn("stubs"),
  ...studies,
  "xfer:bundled": readFileSync("studies/bundled.xfer", "utf8"),
});

describe("studies of the literature", () => {
  it.each(Object.keys(studies))("%s has no error", async (name) => {
    const { diagnostics } = await compile(name, host);
    const said = diagnostics.map((each) => `${each.severity}[${each.code} ${each.name}] ${each.message}\n`).join("");
    const golden = join(FOLDER, "golden", name.replace(/xfer$/, "txt"));
    if (process.env.XFERC_GOLDENS === "write") {
      writeFileSync(golden, said);
    }
    expect(diagnostics.filter((each) => each.severity === "error")).toEqual([]);
    expect(said).toBe(readFileSync(golden, "utf8"));
  });
});
