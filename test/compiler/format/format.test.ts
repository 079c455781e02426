import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parse } from "../../../grammar/parse.js";
import { format } from "../../../src/compiler/format/index.js";
import { DESIGN_STUDIES, program, restyledStudy } from "../../grammar/programs.js";
import { beside, tree } from "../../grammar/sexpr.js";

function formatted(text: string): string {
  const result = format(text);
  if (!result.ok) throw new Error(`problems: ${JSON.stringify(result.problems)}`);
  return result.text;
}

function meaning(text: string): unknown {
  const { file, problems } = parse(text);
  expect(problems).toEqual([]);
  return JSON.parse(JSON.stringify(file, (key, value: unknown) => (key === "span" ? undefined : value)));
}

function commentsOf(text: string): readonly string[] {
  return parse(text)
    .comments.map((comment) => comment.text.replaceAll(/\s+/g, " ").trim())
    .sort();
}

function holds(text: string): void {
  const once = formatted(text);
  expect(meaning(once)).toEqual(meaning(text));
  expect(commentsOf(once)).toEqual(commentsOf(text));
  expect(formatted(once)).toBe(once);
}

const bundled = join(import.meta.dirname, "../../../studies");
const shipped = readdirSync(bundled)
  .filter((name) => name.endsWith(".xfer"))
  .map((name) => [name, readFileSync(join(bundled, name), "utf8")] as const);

describe("format", () => {
  it.each([...DESIGN_STUDIES, ...shipped])("keeps the meaning and comments of %s, and is stable", (_, text) => {
    holds(text);
  });

  it.each(shipped)("leaves %s as it is", (_, text) => {
    expect(formatted(text)).toBe(text);
  });

  it("keeps meaning and comments, and is stable, on random studies", () => {
    fc.assert(
      fc.property(program, (text) => {
        fc.pre(parse(text).problems.length === 0);
        holds(text);
      }),
      { numRuns: 100 },
    );
  });

  it("keeps meaning and comments, and is stable, on studies styled at random", () => {
    fc.assert(
      fc.property(restyledStudy, (text) => {
        fc.pre(parse(text).problems.length === 0);
        holds(text);
      }),
      { numRuns: 100 },
    );
  });

  it("reads the same tree from a study squeezed onto few lines", () => {
    const text = "recipe  a{batch 64;for 3 epochs}\ninit  x( n:count ){units[ 1 .. n ]<-transfer;rest<-stats}";
    expect(tree(parse(formatted(text)).file)).toBe(tree(parse(text).file));
  });

  it("leaves a text with problems alone", () => {
    const result = format("recipe a { batch 64  epochs 50 }");
    expect(result.ok).toBe(false);
    expect(!result.ok && result.problems.map((problem) => problem.id)).toEqual(["missing-separator"]);
  });

  it("makes nothing of an empty text", () => {
    expect(formatted("\n\n  \n")).toBe("");
  });
});

const CASES: Readonly<Record<string, string>> = {
  columns: `
study   s "T"{ seed 2022
repeats 5 }
recipe r {
optimizer adam(lr:1e-4)
batch 64images
for 50   epochs
augment crop(224px,scale:0.8..1.2),
flip(h:50%)
}
init a=stats
init long_name = transfer
experiment e {
vary model in[a,b]
vary target in [c]
vary n in 0..model.units
measure x=score(top1)
measure longer = -1*x - - y
}`,
  "blank lines and comments": `


// head
recipe a { // opening

  batch 64 // one


  // own line
  for 3 epochs // two
  /* block */ select last
} // end
/* two
   lines */
recipe b { /* in */ batch 3 }


// last`,
  "long lines": `
experiment main_experiment {
  measure redo = score(target.metric, of: selected with { layers[l] <- initial }, on: [first.test, second.test, third.test, fourth.test])
  vary target in [aptos_blindness, ddsm_mammography, isic_dermoscopy, chexpert_radiography, pcam_histology, retina_fundus, brain]
  source imagenet; target some_rather_long_name_of_a_dataset; init another_rather_long_name; train yet_another_rather_long_name
}
recipe full { optimizer adamw(lr: 1e-4, weight_decay: 0.05); batch 64; for 30 epochs; select best(target.metric, on: val) every 1 epochs }
derive sum = first_measure_of_something - second_measure_of_something + third_measure_of_something - fourth_measure_of_something`,
  "kept breaks": `
derive a = f(x,
y)
derive b = [
one: 1,
three: 3
]
derive c = g(
  x, // why
  y)
derive d =
  long
derive e = a
  then b
experiment x
{
  select best(y)
    every 1 epochs
}`,
};

describe("format by example", () => {
  it.each(Object.entries(CASES))("%s", async (name, source) => {
    const file = join(import.meta.dirname, "golden", `${name.replaceAll(" ", "-")}.txt`);
    await expect(`${beside(source.slice(1), formatted(source))}\n`).toMatchFileSnapshot(file);
  });
});
