import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { packageRoot } from "../../src/runtime/host/index.js";
import { LIBRARY, STUDY } from "./support/studies.js";

const MEGABYTE = 2 ** 20;

describe("the server's memory", () => {
  it("stays where it was over ten thousand edits", async () => {
    const study = LIBRARY + STUDY.replace('import "./lib.xfer"\n', "");
    const script = "test/lsp/memory.mjs";
    const words = ["--expose-gc", script, packageRoot, "10000", study];
    const { stdout } = await promisify(execFile)(process.execPath, words, { cwd: packageRoot, timeout: 280_000 });
    const { early, late } = JSON.parse(stdout) as { readonly early: number; readonly late: number };
    expect(late - early, `${early} bytes, then ${late}`).toBeLessThan(16 * MEGABYTE);
  }, 300_000);
});
