/** The plug-ins' example, on xferc as it is published and outside of its repository. */

import { spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Papa from "papaparse";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeSafetensors } from "../../src/runtime/state/safetensors.js";
import { ensureBuilt, root } from "../built.js";
import { read } from "./command.js";

const folder = realpathSync(mkdtempSync(join(tmpdir(), "xferc-plugin-example-")));
const installed = join(folder, "node_modules", "xferc");

beforeAll(async () => {
  await ensureBuilt();
  cpSync(join(root, "examples", "plugin"), folder, { recursive: true });
  mkdirSync(installed, { recursive: true });
  const run = (command: string, words: readonly string[], cwd: string) => {
    const { status, stderr, stdout } = spawnSync(command, words, { cwd, encoding: "utf8" });
    if (status !== 0) throw new Error(`${command} ${words.join(" ")}: ${stderr}`);
    return stdout.trim();
  };
  const packed = run("npm", ["pack", "--ignore-scripts", "--silent", "--pack-destination", folder], root);
  run("tar", ["-xzf", join(folder, packed), "-C", installed, "--strip-components=1"], folder);
  // what npm would install beside it
  symlinkSync(join(root, "node_modules"), join(installed, "node_modules"));
  run(process.execPath, ["make-data.mjs"], folder);
}, 240_000);
afterAll(() => {
  rmSync(join(installed, "node_modules"), { force: true });
  rmSync(folder, { recursive: true, force: true });
}, 120_000);

function xferc(...words: readonly string[]) {
  const main = join(installed, "dist", "src", "cli", "main.js");
  const { XFERC_CACHE: _, XFERC_DATA: __, ...env } = process.env;
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...words], {
    cwd: folder,
    encoding: "utf8",
    env: { ...env, NO_COLOR: "1" },
  });
  if (/^ {4}at /m.test(stderr + stdout)) throw new Error(`a stack trace: ${stderr}${stdout}`);
  return { code: status, out: stdout, err: stderr };
}

const RUN = ["run", "slides.xfer", "--ui", "plain", "--engine", "onnx", "--device", "cpu"] as const;
const causes = (study = "slides.xfer") => {
  const { out } = xferc("plan", study, "--format", "json", "--engine", "onnx", "--device", "cpu");
  const { summary } = JSON.parse(out) as {
    readonly summary: { readonly causes: readonly { readonly reason: { readonly [name: string]: unknown } }[] };
  };
  return summary.causes.map(({ reason }) => reason);
};

function changed(name: string, from: string, to: string): () => void {
  const path = join(folder, "xfer", name);
  const before = read(folder, "xfer", name);
  expect(before).toContain(from);
  writeFileSync(path, before.replace(from, to));
  return () => writeFileSync(path, before);
}

describe("the example", { timeout: 240_000 }, () => {
  it("runs, and says whose code it ran", () => {
    const { code, err } = xferc(...RUN, "--out", "run");
    expect(code).toBe(0);
    expect(err).toBe(
      "plug-ins loaded: clinic-costs 1.0.0 (./xfer/cost.js), slide-names 1.0.0 (./xfer/slides.js), " +
        "mlp-mixer 1.0.0 (./xfer/mixer.js), geometry 1.0.0 (./xfer/geometry.js)\n",
    );
    const rows = Papa.parse<{ readonly [column: string]: string }>(read(folder, "run", "results.csv"), {
      header: true,
      skipEmptyLines: true,
    }).data;
    const of = (measure: string) => rows.filter((row) => row.measure === measure);
    expect(of("cost")).toHaveLength(2);
    for (const [i, cost] of of("cost").entries()) {
      const [value, low, high] = [Number(cost.value), Number(cost.ci_low), Number(cost.ci_high)];
      expect(low).toBeLessThanOrEqual(value);
      expect(value).toBeLessThanOrEqual(high);
      // errors cost 1 or 5 each, so the cost is bounded by the share of errors
      const errors = 1 - Number(of("right")[i]?.value);
      expect(value).toBeGreaterThanOrEqual(errors - 1e-9);
      expect(value).toBeLessThanOrEqual(5 * errors + 1e-9);
    }
    const index = xferc("data", "slides.xfer", "--format", "json");
    expect(JSON.parse(index.out).datasets).toMatchObject([
      { name: "clinic", classes: ["normal", "tumour"], groupedBy: "patient", columns: [{ name: "site" }] },
    ]);
  });

  it("computes nothing again while the code is the same, and what it touches once it is not", () => {
    expect(causes()).toEqual([]);
    const undo = changed("costs.json", '"missed": 5', '"missed": 6');
    const [reason, ...others] = causes();
    undo();
    expect(others).toEqual([]);
    expect(reason).toMatchObject({ kind: "plugin", plugin: "clinic-costs" });
    expect(causes()).toEqual([]);
    const back = changed("slides.js", 'version: "1.0.0"', 'version: "1.1.0"');
    expect(causes()).toEqual([
      {
        kind: "plugin",
        plugin: "slide-names",
        before: expect.stringMatching(/^1\.0\.0 \(/),
        after: expect.stringMatching(/^1\.1\.0 \(/),
      },
    ]);
    expect(xferc("plan", "slides.xfer", "--engine", "onnx", "--device", "cpu").out).toContain(
      "plug-in slide-names changed (1.0.0",
    );
    back();
  });

  it("leaves the code of plug-ins in the run's folder, and can be reproduced where they are loaded", () => {
    const lock = JSON.parse(read(folder, "run", "study.lock.json"));
    expect(lock.plugins).toMatchObject([
      { name: "clinic-costs", version: "1.0.0" },
      { name: "geometry", version: "1.0.0" },
      { name: "mlp-mixer", version: "1.0.0" },
      { name: "slide-names", version: "1.0.0" },
    ]);
    for (const name of ["cost.js", "costs.json"]) {
      expect(read(folder, "run", "plugins", "clinic-costs", "xfer", name)).toBe(read(folder, "xfer", name));
    }
    const crate = JSON.parse(read(folder, "run", "ro-crate-metadata.json"));
    const ids = crate["@graph"].map((each: { readonly "@id": string }) => each["@id"]);
    expect(ids).toContain("plugins/slide-names/xfer/slides.js");
    expect(xferc("reproduce", "run", "--ui", "plain", "--out", "again")).toMatchObject({ code: 0 });
    const config = read(folder, "xfer.config.json");
    writeFileSync(join(folder, "xfer.config.json"), "{}");
    const { code, err } = xferc("reproduce", "run", "--out", "never");
    writeFileSync(join(folder, "xfer.config.json"), config);
    expect(code).toBe(1);
    expect(err).toContain("run was made with plug-ins that are not loaded here: clinic-costs 1.0.0, ");
    expect(err).toContain("read their code in run/plugins");
  });

  it("tells a mistake in a plug-in as the plug-in's, and the rest goes on", () => {
    const undo = changed(
      "cost.js",
      "const hits =",
      "if (images > 0) throw new RangeError(top.length);\n        const hits =",
    );
    const { code, out } = xferc(...RUN, "--out", "wrong");
    undo();
    expect(code).toBe(3);
    expect(out).toMatch(/plug-in clinic-costs \(\.\/xfer\/cost\.js\) failed in metrics\.lift\.measure: RangeError: 2/);
    const { data } = Papa.parse<{ readonly [column: string]: string }>(read(folder, "wrong", "results.csv"), {
      header: true,
    });
    expect(new Set(data.filter(({ measure }) => measure === "cost").map(({ status }) => status))).toEqual(
      new Set(["ok"]),
    );
  });

  it("runs no code of plug-ins where it is told so, nor for a study whose configuration names none", () => {
    const undo = changed("cost.js", "export default", 'writeFileSync("ran", "");\nexport default');
    const also = changed("cost.js", "import { readFileSync }", "import { readFileSync, writeFileSync }");
    const { code, err, out } = xferc("check", "slides.xfer", "--no-plugins");
    expect(code).toBe(1);
    expect(err).toContain("plug-ins left out: ./xfer/cost.js, ./xfer/slides.js, ./xfer/mixer.js, ./xfer/geometry.js");
    expect(out).toContain("there is no dataset adapter `slides`");
    expect(existsSync(join(folder, "ran"))).toBe(false);
    const config = read(folder, "xfer.config.json");
    writeFileSync(join(folder, "xfer.config.json"), "{}");
    expect(xferc("check", "slides.xfer").code).toBe(1);
    expect(existsSync(join(folder, "ran"))).toBe(false);
    writeFileSync(join(folder, "xfer.config.json"), config);
    expect(xferc("check", "slides.xfer").code).toBe(0);
    expect(existsSync(join(folder, "ran"))).toBe(true);
    also();
    undo();
  });

  it("is told where a plug-in does not load", () => {
    const undo = changed("cost.js", "export default", "import 'no-such-package';\nexport default");
    const { code, err } = xferc("check", "slides.xfer");
    undo();
    expect(code).toBe(2);
    expect(err).toContain("xferc: plug-in ./xfer/cost.js does not load: Cannot find package 'no-such-package'");
  });
});

describe("the example's model and probes", { timeout: 240_000 }, () => {
  const run = (out: string) =>
    xferc("run", "mixer.xfer", "--ui", "plain", "--engine", "onnx", "--device", "cpu", "--out", out);
  const rowsOf = (out: string) =>
    Papa.parse<{ readonly [column: string]: string }>(read(folder, out, "results.csv"), {
      header: true,
      skipEmptyLines: true,
    }).data;

  it("train and measure beside what is built in", () => {
    expect(run("mixed").code).toBe(0);
    const rows = rowsOf("mixed");
    expect(rows.every(({ status }) => status === "ok")).toBe(true);
    const spread = rows.filter(({ measure }) => measure === "spread");
    expect(new Set(spread.map(({ estimator }) => estimator))).toEqual(
      new Set(["sample_covariance v1 of geometry 1.0.0"]),
    );
    const mixer = spread.filter(({ model, number }) => model === "patches" && number === "directions");
    expect(new Set(mixer.map(({ layer }) => layer))).toEqual(new Set(["stem", "blocks.0", "blocks.1", "head"]));
    // features of width w vary in 1 to w directions
    for (const { layer, value } of mixer) {
      expect(Number(value)).toBeGreaterThanOrEqual(1 - 1e-9);
      expect(Number(value)).toBeLessThanOrEqual((layer === "head" ? 2 : 8) + 1e-9);
    }
    const report = read(folder, "mixed", "report", "index.html");
    expect(report).toContain("mixer");
    expect(report).toContain("participation");
    const explained = xferc("explain", "mixer.xfer", "patches", "--engine", "onnx", "--device", "cpu").out;
    expect(explained).toContain("patches: mixer, 1634 parameters");
    expect(explained).toContain("blocks.0.mlp_tokens.fc1.{weight, bias}");
    const exported = xferc("export", "mixed", "--out", "states");
    expect([exported.code, exported.out.trim().split("\n").length]).toEqual([0, 4]);
    const { err } = xferc("export", "mixed", "--out", "none", "--no-plugins");
    expect(err).toContain("plug-in mlp-mixer 1.0.0, which brings the model mixer, is not loaded");
  });

  it("are run on tensors and timed by the model's name, which alone makes the code run", () => {
    const [state] = readdirSync(join(folder, "states")).filter((name) => /patches.*\.safetensors$/.test(name));
    const images = { shape: [3, 1, 16, 16], data: new Float32Array(3 * 256).fill(0.5) };
    writeFileSync(join(folder, "x.safetensors"), writeSafetensors(new Map([["x", images]])));
    const params = ["--params", '{"dim": 8, "depth": 2}'];
    const run = ["--weights", `states/${state}`, "--input", "x.safetensors", "--out", "y.safetensors"];
    const forward = xferc("forward", "mixer", ...params, ...run, "--engine", "onnx");
    expect(forward).toMatchObject({ code: 0, err: expect.stringContaining("plug-ins loaded: ") });
    expect(forward.out).toContain("logits [3, 2], pooled [3, 8], block.stem [3, 16, 8]");
    const bench = ["--engine", "onnx", "--device", "cpu", "--batch", "2", "--format", "json"];
    const timed = xferc("bench", "step", "mixer", ...params, ...bench);
    expect(timed.code).toBe(0);
    expect(JSON.parse(timed.out)).toMatchObject({ model: "mixer", family: "mixer", size: 16, batch: 2 });
    const left = xferc("bench", "step", "mixer", ...params, ...bench, "--no-plugins");
    expect(left).toMatchObject({ code: 2, err: expect.stringContaining("no model `mixer`; there is ") });
    expect(left.err).toContain("plug-ins left out: ");
    const builtIn = xferc(
      "bench",
      "step",
      "resnet",
      "--params",
      '{"blocks": [1], "widths": [2]}',
      "--size",
      "8",
      ...bench,
    );
    expect(builtIn).toMatchObject({ code: 0, err: "" });
  });

  it("are computed again where their code is another: the model's states, or the probe alone", () => {
    expect(causes("mixer.xfer")).toEqual([]);
    const undo = changed("geometry.js", "count < 2", "count < 3");
    expect(causes("mixer.xfer")).toMatchObject([{ kind: "plugin", plugin: "geometry" }]);
    const { summary } = JSON.parse(xferc("plan", "mixer.xfer", "--format", "json", "--engine", "onnx").out);
    expect(summary.causes[0].reason.plugin).toBe("geometry");
    undo();
    const back = changed("mixer.js", "1e-6", "1e-5");
    expect(causes("mixer.xfer")).toMatchObject([{ kind: "plugin", plugin: "mlp-mixer" }]);
    const { out } = xferc("plan", "mixer.xfer", "--engine", "onnx", "--device", "cpu");
    expect(out).toMatch(/^train +2 +2 /m);
    expect(out).toContain("plug-in mlp-mixer changed (1.0.0");
    back();
  });

  it("say where they are mistaken, before anything runs where that can be known", () => {
    const undo = changed("mixer.js", "taps.head = logits;", "");
    const { code, out } = xferc("check", "mixer.xfer");
    undo();
    expect(code).toBe(1);
    expect(out).toContain("plug-in mlp-mixer (./xfer/mixer.js) failed in models.mixer.build: it gives no tap head");
    const back = changed("geometry.js", "trace ** 2 / squares", "trace / 0");
    const failed = run("failed");
    back();
    expect(failed.code).toBe(3);
    expect(failed.out).toContain(
      "plug-in geometry (./xfer/geometry.js) failed in probes.participation.measure: it gave Infinity for",
    );
    expect(
      rowsOf("failed")
        .filter(({ measure }) => measure === "moved")
        .every(({ status }) => status === "ok"),
    ).toBe(true);
  });

  const typed = "typescript" in process.features && Boolean(process.features.typescript);
  it(`are TypeScript where Node runs it, which this one does${typed ? "" : " not"}`, () => {
    const config = read(folder, "xfer.config.json");
    writeFileSync(join(folder, "xfer", "half.ts"), "export const half: number = 0.5;\n");
    writeFileSync(
      join(folder, "xfer", "typed.ts"),
      'import { half } from "./half.ts";\nconst probe = { id: "half_of", doc: "x", reads: "tensors" as const, measure: (): number => half };\nexport default { name: "typed", version: "1.0.0", probes: [probe] };\n',
    );
    writeFileSync(join(folder, "xfer.config.json"), config.replace('["', '["./xfer/typed.ts", "'));
    const { code, err } = xferc("check", "mixer.xfer");
    writeFileSync(
      join(folder, "xfer", "reaches.js"),
      'import "./half.ts";\nexport default { name: "r", version: "1" };\n',
    );
    writeFileSync(join(folder, "xfer.config.json"), config.replace('["', '["./xfer/reaches.js", "'));
    const reached = xferc("check", "mixer.xfer");
    writeFileSync(join(folder, "xfer.config.json"), config);
    expect([code, reached.code]).toEqual(typed ? [0, 0] : [2, 2]);
    if (typed) return;
    expect(err).toContain(`plug-in ./xfer/typed.ts is TypeScript, which Node ${process.versions.node} does not run`);
    expect(err).toContain("hint: use Node 22.18 or later, or compile it to JavaScript and name that");
    expect(reached.err).toContain('Unknown file extension ".ts"');
    expect(reached.err).toContain("hint: use Node 22.18 or later");
  });
});
