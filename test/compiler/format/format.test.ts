import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "../../../grammar/parse.js";
import { ProblemSink } from "../../../grammar/problems.js";
import { scan } from "../../../grammar/scan.js";
import { format } from "../../../src/compiler/format/index.js";
import { formatLines } from "../../../src/compiler/format/range.js";
import { DESIGN_STUDIES, program, restyledStudy } from "../../grammar/programs.js";
import { beside, tree } from "../../grammar/sexpr.js";
import fc from "../../support/properties.js";

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

const known = ["good", "bad"].flatMap((folder) =>
  readdirSync(join(import.meta.dirname, "..", folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".xfer"))
    .map((name) => readFileSync(join(import.meta.dirname, "..", folder, name), "utf8")),
);
const readable = known.filter((text) => text.length < 20_000 && parse(text).problems.length === 0);

/** Every comment with the word before it and the word behind: it is still where it was. */
function placesOf(text: string): readonly string[] {
  const { tokens, comments } = scan(text, new ProblemSink());
  const words = tokens.filter(({ tokenType, image }) => tokenType.name !== "Separator" && /\w/.test(image));
  return comments.map(({ span, text: comment }) => {
    const before = words.findLast(({ startOffset }) => startOffset < span.start)?.image ?? "";
    const behind = words.find(({ startOffset }) => startOffset > span.start)?.image ?? "";
    return `${before} | ${comment.replaceAll(/\s+/g, " ").trim()} | ${behind}`;
  });
}

describe("format", () => {
  it("keeps every study of the tests that can be read", () => {
    expect(readable.length).toBeGreaterThan(150);
    for (const text of readable) holds(text);
  });

  it("keeps comments where they are, wherever lines end", { timeout: 60_000 }, () => {
    const places = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(fc.constantFrom(...readable), places, (study, at) => {
        const lines = study.split("\n");
        at.forEach((place, index) => {
          const line = Math.floor(place * lines.length);
          // on a line of its own, or at the end of one
          if (index % 2 === 0) lines.splice(line, 0, `// own ${index}`);
          else if (!/\/\/|\*\//.test(lines[line] ?? "//")) lines[line] += ` // end ${index}`;
        });
        const text = lines.join("\n");
        fc.pre(parse(text).problems.length === 0);
        holds(text);
        expect(placesOf(formatted(text))).toEqual(placesOf(text));
      }),
      { numRuns: 150 },
    );
  });

  it("of lines alone changes no others, and of all lines is the whole", () => {
    const wild = (text: string) => text.replaceAll("  ", " ").replaceAll(" {", "{");
    for (const text of readable.slice(0, 60).map(wild)) {
      const last = text.split("\n").length;
      expect(formatLines(text, { first: 1, last })).toEqual(format(text));
      const some = formatLines(text, { first: 2, last: 2 });
      expect(some.ok && meaning(some.text)).toEqual(meaning(text));
    }
  });

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

  it("keeps the kind of line ends, in comments too", () => {
    const text = "study a { // c\n  seed 1 /* m\n  n */\n}\n\n/* o\n p */\nrecipe   r { /* q\n s */ }\n";
    const windows = text.replaceAll("\n", "\r\n");
    expect(formatted(windows)).toBe(formatted(text).replaceAll("\n", "\r\n"));
    holds(windows);
  });

  it("sets comments between brackets as what they stand for", () => {
    const text = "recipe q { /* none */ }\ngroup g = [/* none */ ]\nfigure f { line { /* why */ } }\n";
    expect(formatted(text)).toBe(text.replace(" ]", "]"));
    expect(formatted("derive d = f(a /* b */ , c /* d */ )\n")).toBe("derive d = f(a /* b */, c /* d */)\n");
    expect(formatted("recipe q { // none\n}\n")).toBe("recipe q {  // none\n}\n");
    for (const each of [text, "recipe q { /* a */ /* b */ }", "recipe q { /* a */ /* b\n */ }"]) holds(each);
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
