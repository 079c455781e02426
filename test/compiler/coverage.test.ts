/** Every message is shown to someone: in a golden of a bad study, or where it is said here. */

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { compile } from "../../src/compiler/compile.js";
import { MESSAGES, type MessageName } from "../../src/compiler/messages.js";
import { memoryHost } from "./support/host.js";

const NAMES = Object.keys(MESSAGES) as readonly MessageName[];

/** Not the text of one study: what files are, what a machine has, what hand-made trees hold. The tests, and what they ask for. */
const ELSEWHERE: { readonly [name in MessageName]?: readonly [test: string, names: string] } = {
  "file-unreadable": ["test/compiler/coverage.test.ts", "file-unreadable"],
  "file-binary": ["test/compiler/fuzz.test.ts", "file-binary"],
  "file-encoding": ["test/cli/check.test.ts", "iconv -f UTF-16LE"],
  "file-too-large": ["test/compiler/fuzz.test.ts", "file-too-large"],
  "too-many-files": ["test/compiler/coverage.test.ts", "too-many-files"],
  "binary-file": ["test/grammar/fuzz.test.ts", "binary-file"],
  "patch-does-not-divide": ["test/compiler/plan/checks.test.ts", "do not tile an image"],
  "model-impossible": ["test/compiler/plan/checks.test.ts", "model-impossible"],
  "checkpoint-not-kept": ["test/compiler/plan/checks.test.ts", "checkpoint-not-kept"],
  "nothing-to-transfer": ["test/compiler/plan/checks.test.ts", "nothing-to-transfer"],
  "states-differ": ["test/compiler/plan/checks.test.ts", "states-differ"],
  "dataset-missing": ["test/cli/plan.test.ts", "not on this machine"],
  "weights-missing": ["test/e2e/inputs.test.ts", "not on this machine"],
  "predictions-missing": ["test/cli/predictions.test.ts", "XF0043"],
  "hub-missing": ["test/cli/hub.test.ts", "XF0454"],
  "micro-batched": ["test/compiler/plan/micro-batch.test.ts", "micro-batched"],
  "micro-batch-entangled": ["test/compiler/plan/micro-batch.test.ts", "micro-batch-entangled"],
  // every metric of our own knows two classes
  "class-metric": ["test/compiler/plan/plugins.test.ts", "class-metric"],
  // what a problem of the parser without a text of its own would be told as; there is none
  syntax: ["test/compiler/messages.test.ts", "SYNTAX_PROBLEM_IDS"],
};

function filesOf(folder: string, ends: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(ends))
    .map((name) => `${folder}/${name}`);
}

const goldens = filesOf("test/compiler/bad", ".txt").map((path) => readFileSync(path, "utf8"));
const shown = new Set(
  goldens.flatMap((text) => [...text.matchAll(/^\w+\[XF\d{4} ([a-z0-9-]+)\]/gm)].map(([, name]) => name)),
);

describe("every message", () => {
  it("is in a golden, or in a test that says why not", () => {
    const missing = NAMES.filter((name) => !shown.has(name) && ELSEWHERE[name] === undefined);
    expect(missing).toEqual([]);
  });

  it("is not excused for nothing", () => {
    for (const [name, [path, words]] of Object.entries(ELSEWHERE)) {
      expect(shown.has(name), `${name} is in a golden`).toBe(false);
      expect(existsSync(path) && readFileSync(path, "utf8").includes(words), `${path} has ${words}`).toBe(true);
    }
  });

  it("is reported by someone", () => {
    const source = [...filesOf("src", ".ts"), ...filesOf("grammar", ".ts")]
      .filter((path) => !path.includes("/messages/"))
      .map((path) => readFileSync(path, "utf8"))
      .join("\n");
    expect(
      NAMES.filter((name) => !source.includes(`"${name}"`) && !source.includes(`  ${name}: {`) && name !== "syntax"),
    ).toEqual([]);
  });
});

describe("files no golden can hold", () => {
  const told = async (host: Parameters<typeof compile>[1]) =>
    (await compile("a.xfer", host)).diagnostics.map(({ name }) => name);

  it("are told when they cannot be read: file-unreadable", async () => {
    const host = { ...memoryHost({}), read: async () => ({ ok: false, problem: "unreadable" }) as const };
    expect(await told(host)).toEqual(["file-unreadable"]);
  });

  it("are told when there are too-many-files", async () => {
    const host = memoryHost({});
    const chain = async (path: string) => {
      const next = path === "a.xfer" ? 1 : Number(/\d+/.exec(path)?.[0] ?? 0) + 1;
      return { ok: true, text: `import "./f${next}.xfer"\n` } as const;
    };
    expect(await told({ ...host, read: chain })).toContain("too-many-files");
  });
});
