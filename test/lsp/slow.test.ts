/** The process that checks on save, as built: real data, a real cache, and an end when it is told to. */

import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ChildChecker } from "../../src/lsp/slow/checker.js";

const STUDY = `study s { seed 1; repeats 2 }
import "xfer:bundled"
recipe r { optimizer adam(lr: 1e-3); batch 32; for 2 steps }
experiment main {
  vary model in [resnet_s, vit_s]
  target digits_few
  init random
  train r
  measure test = score(target.metric)
}
`;

let folder = "";
let checker: ChildChecker;
const failures: string[] = [];
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "xferc-slow-")));
  checker = new ChildChecker((message) => failures.push(message));
});
afterEach(() => {
  checker.close();
  rmSync(folder, { recursive: true, force: true });
});

const ask = (text: string, signal = new AbortController().signal, wish: "check" | "plan" = "check") => {
  const path = join(folder, "study.xfer");
  return checker.check({ path, root: folder, texts: [[path, text]], wish }, signal);
};

describe("checking on save", () => {
  it("counts images, cells and nodes, and draws the plan", async () => {
    const report = await ask(STUDY, undefined, "plan");
    expect(failures).toEqual([]);
    expect(report?.problem).toBeUndefined();
    expect(report?.experiments).toEqual([{ name: "main", cells: 4, cached: 0 }]);
    expect(report?.datasets[0]).toMatchObject({
      name: "digits_few",
      facts: { classes: expect.arrayContaining(["0", "9"]) },
    });
    expect(report?.mermaid).toMatch(/^flowchart LR/);
    expect(report?.nodes?.missing).toBe(report?.nodes?.all);
  });

  it("computes with plug-ins as they are at each save", async () => {
    const of = (tasks: string) =>
      `import { tasks } from "./tasks.mjs"; export default { name: "lab", version: "1", metrics: [
        { id: "cost", doc: "x", tasks, reads: "classes", direction: "min", measure: () => 1 }] }; // ${tasks}`;
    const put = (tasks: string) => {
      writeFileSync(join(folder, "xfer.config.json"), '{ "plugins": ["./lab.mjs"] }');
      writeFileSync(join(folder, "tasks.mjs"), `export const tasks = ["${tasks}"];`);
      writeFileSync(join(folder, "lab.mjs"), of(""));
    };
    const study = STUDY.replace("target.metric", "cost");
    put("binary");
    const before = failures.length;
    const wrong = await ask(study);
    expect(wrong?.diagnostics.map(({ name }) => name)).toContain("metric-task-mismatch");
    put("multiclass");
    const right = await ask(study);
    expect(right?.diagnostics.map(({ name }) => name)).not.toContain("metric-task-mismatch");
    expect(right?.experiments).toHaveLength(1);
    expect(failures.slice(before)).toEqual([]);
  });

  it("finds what only data and tensors tell", async () => {
    mkdirSync(join(folder, "nowhere"));
    writeFileSync(join(folder, "nowhere/train-images-idx3-ubyte"), "no images");
    const missing = await ask(`${STUDY.replace("digits_few", "gone")}dataset gone from idx("nowhere")\n`);
    expect(missing?.diagnostics.filter(({ severity }) => severity === "error").length).toBe(1);
    writeFileSync(join(folder, "broken.safetensors"), "no tensors in here");
    const broken = await ask(
      `${STUDY.replace("init random", "init transfer\n  source w")}source w = weights("broken.safetensors")\n`,
    );
    expect(broken?.diagnostics.some(({ severity }) => severity === "error")).toBe(true);
  });

  it("says nothing more of a study the compiler refuses", async () => {
    expect(await ask(STUDY.replace("train r", "train q"))).toMatchObject({ diagnostics: [], experiments: [] });
  });

  it("is over at once when it is cancelled, and starts afresh for the next", async () => {
    const stop = new AbortController();
    const asked = ask(STUDY, stop.signal);
    setTimeout(() => stop.abort(), 10);
    expect(await asked).toBeUndefined();
    const before = new AbortController();
    before.abort();
    expect(await ask(STUDY, before.signal)).toBeUndefined();
    expect((await ask(STUDY))?.experiments.length).toBe(1);
    expect(failures).toEqual([]);
  });
});
