import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "../../grammar/parse.js";
import { problemLine, tree } from "./sexpr.js";

/** Broken studies; the goldens show each with what is reported and what could still be read. */
const CASES: Readonly<Record<string, string>> = {
  "two settings on a line": `recipe a { batch 64  epochs 50 }`,
  "units as settings": `recipe a {
  batch 64 images for 50 epochs
  epochs 50
}`,
  "open ranges": `init x { units[..n] <- transfer; rest <- stats }
experiment e { vary n in 1..; measure a = score(top1) }`,
  "missing closing brace": `recipe a {
  batch 64
  for 3 epochs

recipe b { batch 3 }`,
  "missing opening brace": `recipe a
  batch 64
  for 3 epochs
}
recipe b { batch 3 }`,
  "json and yaml": `recipe a {
  batch: 64,
  for: 50 epochs,
  "clip": 1.0,
}`,
  "signs between names and values": `recipe a {
  batch = 64
  optimizer adam(lr = 1e-3)
}
init RI: random
init ST random(kaiming)
init X { rest = stats; units[1..2]: transfer }`,
  python: `# comment
recipe a { drop_last True }   # more
def f(x):
  return x
recipe b { batch 3 }`,
  "unclosed parenthesis": `recipe a {
  optimizer adam(lr: 1e-3
  batch 64
  augment crop(3)
}
recipe b { batch 3 }`,
  "brackets that do not pair": `recipe a { optimizer adam(lr: 1e-3; batch 64 }
derive x = f(a, [b, c)
derive y = (a + b
derive z = a]`,
  "unclosed strings": `recipe a { title "abc }
recipe b { x "def
}
import "foo
derive c = f("abc)`,
  "foreign characters": `derive x = a & b
derive y = a && b
derive z = é + größe`,
  "unclosed comment": `/* open
derive x = 3`,
  "names with hyphens and titles": `study feature-reuse { seed 1, repeats 2 }
study "Title here" { seed 1 }`,
  "axes and measures": `experiment e {
  vary model = [a, b]
  vary model [a, b]
  vary
  measure test: score(top1)
  measure x score(y)
  measure
}`,
  imports: `import ./medical.xfer
import
import "x" as m
import a, b from ./y.xfer`,
  "words no item starts with": `recipie finetune { batch 3 }
seed 2022
foo
batch = 3`,
  "numbers, strings and chains": `derive x = 1 < y < 3
derive r = 1..2..3
derive n = .5 + 1__0 + 99999999999999999999999
derive s = "a\\qb" + 'single' + “curly”`,
  "missing names and bodies": `recipe a { batch }
recipe { batch 3 }
recipe b
experiment model { x 1 }`,
  "colons in profiles": `profile p { repeats: 1; finetune.for: 4 steps }
source s { resnet: weights("x") }`,
  commas: `derive a = f(,x) + g(a,,b) + h(a b) + k(a,)
derive b = (1 + ) * 3
derive c = 
derive d = 4`,
  "words run together": `table t from main { rows model columns target; cell test }
} 
table u from main { rows model }`,
  "settings after a block": `experiment e { source a; train b with { for 20 steps batch 3 }; measure x = cka(a, b) measure y = 3 }`,
  "statements of other languages": `if x { y }
for m in [a, b] { x 1 }
let x = 3`,
  "items on one line": `recipe x { batch 3 } recipe y { batch 4 }
recipe z { a 1; ; b 2;; }; recipe w { }`,
  "holes and depth": `x = § y
derive a = b § c
derive c = §
derive d = ((((((((((((((((((((((((((((((((((((((((((((((((((((((1))))))))))))))))))))))))))))))))))))))))))))))))))))))`,
  "odd settings": `recipe a { x 1
  with 3
  for l in m }
figure f { line from x { a b }; y -3; z not w; }`,
  "with and no brace": `experiment e {
  measure redo for l in model.layers = score(m, of: selected with layers[l] <- initial }, on: val)
  train a with { for 3 steps }
}
derive x = 3`,
  "stray bracket in a list": `experiment e {
  vary way in [
    full: (a, b), probe: c, d), lora: (e, f)]
}`,
  "no brace around statements": `experiment e
  vary model in [a, b]
  source imagenet
  tune r.lr in log(1..2) { best x on val }
  measure test = score(top1)
}
derive x = 3`,
};

describe("recovery", () => {
  it.each(Object.entries(CASES))("%s", async (name, source) => {
    const { file, problems } = parse(source);
    expect(problems.length).toBeGreaterThan(0);
    const found = problems.map((problem) => problemLine(source, problem)).join("\n");
    const golden = join(import.meta.dirname, "golden", "recovery", `${name.replaceAll(/\W+/g, "-")}.txt`);
    await expect(`${source}\n\n── problems\n${found}\n\n── tree\n${tree(file)}\n`).toMatchFileSnapshot(golden);
  });
});
