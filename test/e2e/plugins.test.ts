/** The plug-ins' example, on xferc as it is published and outside of its repository. */

import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Papa from "papaparse";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
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
const causes = () => {
  const { out } = xferc("plan", "slides.xfer", "--format", "json", "--engine", "onnx", "--device", "cpu");
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
    expect(err).toBe("plug-ins loaded: clinic-costs 1.0.0 (./xfer/cost.js), slide-names 1.0.0 (./xfer/slides.js)\n");
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
    expect(err).toContain("run was made with plug-ins that are not loaded here: clinic-costs 1.0.0, slide-names 1.0.0");
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
    expect(err).toContain("plug-ins left out: ./xfer/cost.js, ./xfer/slides.js");
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
