/** What a file gives to others, others take: an export that nobody imports is a door that leads nowhere. */

import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import glob from "fast-glob";
import { expect, it } from "vitest";

const root = resolve(import.meta.dirname, "../..");
const EXPORTED = /^export (?:async )?(?:function|const|class) (\w+)/gm;

it("exports nothing that no other file names", () => {
  const named = new Map<string, Set<string>>();
  const files = glob.sync("{grammar,src,test,bench,scripts,examples}/**/*.{ts,tsx,mjs}", { cwd: root });
  const texts = files.map((file) => [file, readFileSync(join(root, file), "utf8")] as const);
  for (const [file, text] of texts) {
    for (const [word] of text.matchAll(/\w+/g)) named.set(word, (named.get(word) ?? new Set()).add(file));
  }
  const ours = texts.filter(([file]) => /^(grammar|src)\//.test(file) && !file.includes("/generated/"));
  const idle = ours.flatMap(([file, text]) =>
    [...text.matchAll(EXPORTED)].flatMap(([, name = ""]) =>
      (named.get(name)?.size ?? 0) > 1 ? [] : [`${name} of ${file}`],
    ),
  );
  expect(ours.length).toBeGreaterThan(500);
  expect(idle).toEqual([]);
});
