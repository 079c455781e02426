import { mkdtemp, readdir, readFile, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { writeReport } from "../../../src/runtime/report/index.js";
import { checked, made } from "./fixture.js";

const folder = (): Promise<string> => mkdtemp(join(process.env.XFERC_KEEP ?? tmpdir(), "xferc-report-"));

describe("the report of a run", () => {
  it("writes every file of a run folder", async () => {
    const { study, diagnostics } = checked();
    expect(diagnostics).toEqual([]);
    const run = await folder();
    const written = await writeReport(run, made(study));
    console.log(run, written);
  });
});
