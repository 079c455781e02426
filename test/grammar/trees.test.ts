import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "../../grammar/parse.js";
import { DESIGN_STUDIES } from "./programs.js";
import { beside, tree } from "./sexpr.js";

const CASES: Readonly<Record<string, string>> = {
  items: `study s "T" { seed 1; repeats 2 }
import "./a.xfer"
import "./b.xfer" as m
import x, y from "./c.xfer"
init RI = random(kaiming)
init W(n: count, side: [a, b]) { rest <- stats }
dataset d from idx("./data") { metric top1 }
table t from main, gain
model slim = resnet50 with { width 50% on "layer3", "layer4" }
profile p { repeats = 1; finetune.for = 4 steps; depth.n = [0, 3] }`,
  statements: `experiment e {
  vary model in [a, b], n in 0..model.units
  vary (init, train) as way in [full: (WT, full), lp: (RI, probe then full)]
  where model == resnet50 or n <= slim.units - 2
  source imagenet; train f with { freeze units[1..n] }
  labels images, per: class
  folds 5 by patient
  measure test = score(target.metric)
  measure redo for l in model.layers, a in 0..1 by 0.1 = score(loss, of: selected with { layers[l] <- initial })
  tune r.lr in log(1e-4..1e-1, 7 points) {
    best target.metric on val per model, target
    refit train + val
  }
}
init i {
  units[1..n], "conv1.**" except head, bias <- transfer
}
figure f {
  line from depth { x n / model.units; y -test }
  facet model, target
}
recipe r {
  for 50 epochs
  select best(target.metric, on: val) every 0.5 epochs
}`,
  operators: `derive a = b + c * d - e / f
derive b = a or b and c == d and not e < f
derive c = not (a or b)
derive d = -a * -b - -c
derive e = 0..n + 1 by 2 * k
derive f = x with { lr 1 } with y then z where a in [b, c] except d
derive g = f(a: 1, -2, b: [c: d]).at(3 epochs)[i: j].last
derive h = [0, 1, 5] epochs
derive i = 20_000 images + 50% + 1e-4 + 224px
derive j = ours.for + main.in[from: x]
derive k = "a\\"b\\\\c\\u00e9\\n"`,
  "line ends": `derive a =
  b +
    c
  - d
  then e
derive f = g(
  1,

  2 // with a comment
)
recipe r
{

  augment a,
    b
    , c
  schedule warmup(1 steps)
    then cosine()
  select best(x)
    every 1 epochs ;; for 3 epochs
}

derive last = /* here */ x /* there */`,
};

describe("syntax trees", () => {
  it.each(Object.entries(CASES))("%s", async (name, source) => {
    const { file, problems } = parse(source);
    expect(problems).toEqual([]);
    const golden = join(import.meta.dirname, "golden", `${name.replaceAll(" ", "-")}.txt`);
    await expect(`${beside(source, tree(file))}\n`).toMatchFileSnapshot(golden);
  });

  it.each(DESIGN_STUDIES)("parses %s without a problem", (_, text) => {
    const { file, problems, comments } = parse(text);
    expect(problems).toEqual([]);
    expect(tree(file)).not.toContain("missing");
    expect(comments.length).toBe(text.split("\n").filter((line) => line.includes("//")).length);
  });

  it("puts a span around exactly what was written", () => {
    const text = "recipe r { select best(x.y, on: val) every 0.5 epochs }";
    const [recipe] = parse(text).file.items;
    const cut = (span: { start: number; end: number } | undefined) => text.slice(span?.start, span?.end);
    expect(cut(recipe?.span)).toBe(text);
    if (recipe?.kind !== "declaration") throw new Error("a recipe is a declaration");
    const select = recipe.body?.statements[0];
    if (select?.kind !== "setting") throw new Error("select is a setting");
    expect(cut(select.span)).toBe("select best(x.y, on: val) every 0.5 epochs");
    expect(cut(select.args[0]?.span)).toBe("best(x.y, on: val)");
    expect(cut(select.clauses[0]?.span)).toBe("every 0.5 epochs");
    expect(cut(select.clauses[0]?.values[0]?.span)).toBe("0.5 epochs");
  });
});
