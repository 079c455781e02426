/**
 * Where each pinned semantic of the language is held: what is pinned, and the title of the test that would fail. What these tests
 * assert is kept in golden/pinned.txt: an assertion that is dropped or loosened shows there, and fails here.
 */

import { readdirSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { testOf } from "./pinned-assertions.js";

const PINNED: readonly (readonly [pinned: string, title: string])[] = [
  ["`batch 64  epochs 50` on one line is an error", "`batch 64  epochs 50` on one line is an error"],
  ["ranges include both ends", "ranges include both ends"],
  ["`..n` alone is rejected with a fix", "`..n` alone is rejected with a fix for either beginning"],
  ["a range may depend on an earlier axis", "a range may depend on an earlier axis"],
  ["a slot both fixed and varied is an error", "a slot both fixed and varied is an error"],
  ["units are an ordered partition", "units are an ordered partition of the backbone, buffers included"],
  [
    "draws are keyed by what they are about",
    "draws are about tensor and repeat, never about experiment, axis, init or n",
  ],
  ["WT_ST(0) is ST", "of no unit is ST, of all units is WT, and between all differ"],
  ["inits are paired", "shares its samples with ST, so curves over n are paired"],
  ["subsets nest", "nest: the 1 % is inside the 10 %, stratified or not, by case or by patient"],
  [
    "label subsets are redrawn per repeat, val and test never",
    "are redrawn per repeat, and leave validation and test alone",
  ],
  ["a plan knows data by declaration, not by name", "knows a data set by its declaration, not its name"],
  ["folds redraw the split", "test every case once, keep patients whole, and never train on what they test"],
  [
    "repeats are averaged within a fold",
    "averages what is not paired over: repeats within a fold, folds within a repeat",
  ],
  ["every axis is placed, sliced or reduced", "is named with its points and the three ways out"],
  ["arithmetic is paired per replicate", "a pair of which one side failed is left out on both"],
  [
    "a failed replicate drops from both sides, identical keys count once",
    "drops a repeat that failed on one side from both, and counts an observation seen twice once",
  ],
  ["a ratio of what can be ≤ 0 warns", "a ratio to a difference warns: it can be zero or negative"],
  ["ci95 over folds is Nadeau and Bengio's", "are what the spread is over; the interval is Nadeau and Bengio's"],
  ["`[repeat: other]` is unordered pairs", "are every unordered pair once"],
  ["CKA's estimators", `("%s is PyTorch's", (estimator)`],
  ["`as_published` is `batch_mean`", "what is not written is filled in from the catalogue"],
  ["random(kaiming) is He's", "random(kaiming) is He's for convolutions and linear layers"],
  ["pretraining is shared by repeats", "pretraining is shared by repeats unless it says otherwise"],
  ["a checkpoint is of a longer training", "gives checkpoints by the moment they were kept"],
  ["stages share the first", "starts the second from what the first selected, and shares the first"],
  ["a path that matches nothing is an error", "a path that matches nothing is an error, in a profile nobody chose too"],
  ["an import clash shows both", "a clash is an error that shows both; `as` qualifies"],
  [
    "an imported study keeps seed and repeats",
    "an experiment of an imported study keeps that study's seed and repeats",
  ],
  ["20_000 is a number", "20_000 is a number"],
  ["a duration carries a unit", "a value of the wrong kind is told at the flag"],
  ["comments, order and renames invalidate nothing", "the order of declarations, of axes and of points"],
  [
    "rules that match nothing or are shadowed are counted",
    "XF0436: a rule that matches nothing of some model, with the counts",
  ],
];

const tests = readdirSync("test", { recursive: true, encoding: "utf8" })
  .map((name) => name.replaceAll("\\", "/"))
  .filter((name) => name.endsWith(".test.ts") && !name.endsWith("pinned.test.ts"))
  .sort()
  .map((name) => ({ name, source: readFileSync(`test/${name}`, "utf8") }));

function foundBy(title: string) {
  return tests.flatMap(({ name, source }) => {
    const found = testOf(source, title);
    return found === undefined ? [] : [{ name, ...found }];
  });
}

it.each(PINNED)("%s", (_, title) => {
  const found = foundBy(title);
  expect(found.map(({ name }) => name)).not.toEqual([]);
  for (const { name, body, assertions } of found) {
    expect(assertions.length, `${name} asserts nothing: ${body}`).toBeGreaterThan(0);
    expect(body, `${name} is not run`).not.toMatch(/^\s*(?:it|test)\.(?:skip|todo|only)\b/);
  }
});

it("by these assertions, none of which goes unseen", async () => {
  const pages = PINNED.map(([pinned, title]) => {
    const lines = foundBy(title).flatMap(({ name, assertions }) => [
      `test/${name}`,
      ...assertions.map((each) => `    ${each}`),
    ]);
    return [`# ${pinned}`, ...lines, ""].join("\n");
  });
  await expect(pages.join("\n")).toMatchFileSnapshot("golden/pinned.txt");
});
