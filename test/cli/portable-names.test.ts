/** What a run leaves has names that every file system takes, whatever the study calls its tables. */

import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { ensureBuilt } from "../built.js";
import { newProject, TINY, xferc } from "./harness.js";

const STUDY = `${TINY.replace("study tiny", "study aux")}table T from main { cell test }
table con from main { cell test }
table trials from main { cell test }
`;
const project = newProject({ "study.xfer": STUDY });
beforeAll(ensureBuilt, 180_000);
afterAll(() => rmSync(project, { recursive: true, force: true }));

it("has no device of Windows among its files, and no two that differ in case alone", { timeout: 120_000 }, async () => {
  const { code, out } = await xferc(
    project,
    "run",
    "study.xfer",
    "--ui",
    "plain",
    "--engine",
    "onnx",
    "--device",
    "cpu",
  );
  expect(code).toBe(0);
  expect(out).toContain("Report: runs/aux_/");
  const [id = ""] = readdirSync(join(project, "runs", "aux_"));
  const folder = join(project, "runs", "aux_", id);
  const names = readdirSync(join(folder, "tables")).filter((name) => name.endsWith(".csv"));
  expect(names.sort()).toEqual(["T~2.csv", "con_.csv", "t.csv", "trials~2.csv"]);
  const page = readFileSync(join(folder, "report", "index.html"), "utf8");
  for (const name of names) expect(page).toContain(`tables/${name}`);
  expect(existsSync(join(project, "study.lock.json"))).toBe(true);
});
