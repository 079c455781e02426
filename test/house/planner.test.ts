/** The planner lowers what a study says by what the catalogue says of it: an entry more needs no line more here. */

import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import glob from "fast-glob";
import { expect, it } from "vitest";
import { BUILTIN } from "../../src/catalog/index.js";

/** Kinds that a study brings more of; words that say what a recipe or a rule *is* are the language's own. */
const KINDS = ["probe", "model", "dataset", "adapter", "state", "test", "optimizer", "loss", "solver"] as const;
const root = resolve(import.meta.dirname, "../..");
const files = glob.sync("src/compiler/{plan,expand}/**/*.ts", { cwd: root });

it.each(KINDS)("names no %s", (kind) => {
  // a node that scores predictions is an operation as well, and is called the same
  const names = new Set(BUILTIN.names(kind).filter((name) => name !== "score"));
  const named = files.flatMap((file) =>
    [...readFileSync(join(root, file), "utf8").matchAll(/"(\w+)"/g)].flatMap(([, word]) =>
      word !== undefined && names.has(word) ? [`${word} in ${file}`] : [],
    ),
  );
  expect(files.length).toBeGreaterThan(50);
  expect(named).toEqual([]);
});
