import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { diagnostic } from "../../../src/compiler/messages.js";
import { writeReport } from "../../../src/runtime/report/index.js";
import { checked } from "../../compiler/outputs/fixture.js";
import { made } from "./fixture.js";

const folder = (): Promise<string> => mkdtemp(join(process.env.XFERC_KEEP ?? tmpdir(), "xferc-report-"));

describe("the report of a run", () => {
  it("writes every file of a run folder", async () => {
    const { study, diagnostics } = checked();
    expect(diagnostics).toEqual([]);
    const run = await folder();
    const written = await writeReport(run, made(study));
    console.log(run, written);
  });
  it("bad", async () => {
    const { study } = checked(undefined, 2, { profile: "small", overrides: ["finetune.for = 8 steps"] });
    const run = await folder();
    const written = await writeReport(
      run,
      made(study, {
        run: { status: "partial", failed: 3 },
        diagnostics: [
          diagnostic(
            "ratio-of-signed-metric",
            { what: "main.test", metric: "kappa" },
            { path: "quickstart.xfer", span: { start: 1000, end: 1002 } },
          ),
        ],
        fails: (b) =>
          b.point.init === "WT" && b.point.model === "vit_s" && b.repeat === 2
            ? "worker died reading /data/secret/patient-17.png twice"
            : undefined,
        pending: (b) => b.experiment === "depth" && b.point.model === "vit_s" && Number(b.point.n) > 3,
      }),
    );
    console.log(run, written);
  });
});
