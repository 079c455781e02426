/** The lock beside a study goes with it: another machine's engine changes nothing of it. */

import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { ensureBuilt } from "../built.js";
import { newProject, TINY, xferc } from "./harness.js";

const project = newProject({ "study.xfer": TINY });
beforeAll(ensureBuilt, 180_000);
afterAll(() => rmSync(project, { recursive: true, force: true }));

const file = join(project, "study.lock.json");
const lock = () => readFileSync(file, "utf8");
/** Other threads sum in another order: to keys they are another engine. */
const threadsOf = (text: string): number | undefined => JSON.parse(text).engine?.threads;
const run = (threads: 1 | 2, out: string) =>
  xferc(
    project,
    ...["run", "study.xfer", "--ui", "plain", "--engine", "onnx", "--device", "cpu"],
    "--threads",
    `${threads}`,
    "--out",
    out,
  );

it("says the engine once known, stays as it is on another, and changes with what the study means", {
  timeout: 120_000,
}, async () => {
  expect((await xferc(project, "data", "study.xfer")).code).toBe(0);
  expect(threadsOf(lock())).toBeUndefined();
  expect((await run(1, "first")).code).toBe(0);
  const first = lock();
  expect(threadsOf(first)).toBe(1);

  expect((await run(2, "second")).code).toBe(0);
  expect(lock()).toBe(first);
  expect(threadsOf(readFileSync(join(project, "second", "study.lock.json"), "utf8"))).toBe(2);
  expect((await xferc(project, "data", "study.xfer")).code).toBe(0);
  expect(lock()).toBe(first);

  writeFileSync(file, first.replaceAll("\n", "\r\n"));
  expect((await run(1, "third")).code).toBe(0);
  expect(lock()).toBe(first.replaceAll("\n", "\r\n"));

  writeFileSync(join(project, "study.xfer"), TINY.replace("batch 32", "batch 16"));
  expect((await run(2, "fourth")).code).toBe(0);
  expect(lock()).not.toBe(first);
  expect(threadsOf(lock())).toBe(2);
  expect(readdirSync(project)).toContain("fourth");
});
