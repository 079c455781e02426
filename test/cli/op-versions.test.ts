/**
 * When an operation's numbers change, its version rises (docs/decisions/op-versions.md): every result of the old version
 * is computed again, and the plan says why; what was computed stays under its own keys, readable and comparable.
 */

import { rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { NodeKey } from "../../src/compiler/plan/types.js";
import { OP_VERSIONS } from "../../src/compiler/plan/versions.js";
import { readRecord } from "../../src/runtime/record/read.js";
import { openStore } from "../../src/runtime/store/index.js";
import { ensureBuilt } from "../built.js";
import { newProject, TINY, xferc } from "./harness.js";

// the table itself, so that a version can rise while the test runs
vi.mock("../../src/compiler/plan/versions.js", async (original) => {
  const { OP_VERSIONS: versions } = await original<typeof import("../../src/compiler/plan/versions.js")>();
  return { OP_VERSIONS: { ...versions } };
});
const raise = (op: keyof typeof OP_VERSIONS) => {
  (OP_VERSIONS as { [name: string]: number })[op] = OP_VERSIONS[op] + 1;
};

const project = newProject({ "study.xfer": TINY });
const run = (...words: string[]) => xferc(project, "run", "study.xfer", "--ui", "plain", ...words);
beforeAll(async () => {
  await ensureBuilt();
  expect((await run("--out", "old")).code).toBe(0);
  raise("score");
}, 180_000);
afterAll(() => rmSync(project, { recursive: true, force: true }));

describe("an operation whose version rose", { timeout: 120_000 }, () => {
  it("runs again, alone, and the plan says why", async () => {
    const { out } = await xferc(project, "plan", "study.xfer");
    expect(out).toMatch(/^Why 1 node runs\n {2}1 {2}operator version \(score 1 → 2\)\n/);
    expect((await run("--out", "new")).out).toContain("1 node runs: 1 because operator version (score 1 → 2)");
  });

  it("leaves what was computed under its old key", async () => {
    const store = openStore(join(project, ".xfer", "cache"));
    const score = (folder: string): NodeKey => {
      const node = readRecord(folder, project).plan.nodes.find(({ op }) => op === "score");
      if (node === undefined) throw new Error("no score");
      return node.key;
    };
    expect(score("old")).not.toBe(score("new"));
    for (const folder of ["old", "new"]) {
      expect(await store.lookup(score(folder))).toMatchObject({ op: "score", key: score(folder) });
    }
  });

  it("is what a comparison of the runs names, and what reproducing the old one says first", async () => {
    const diff = await xferc(project, "diff", "old", "new");
    expect(diff.out).toMatch(/operation score +version 1 → version 2/);
    expect(diff.out).toContain("are the same, bit for bit");
    const again = await xferc(project, "reproduce", "old", "--ui", "plain");
    expect(again.out).toContain("differs  operation score: version 1 → version 2; numbers may come out otherwise");
    expect(again.out).toContain("plan     7 of 8 nodes have the keys that were recorded");
    expect(again.code).toBe(0);
    expect((await xferc(project, "report", "old")).code).toBe(0);
  });
});
