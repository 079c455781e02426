/** Every probe in one study, from text to rows: run, run again, explained. */

import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { entries } from "../../src/catalog/index.js";
import { ensureBuilt } from "../built.js";
import { newProject, xferc } from "./harness.js";

const STUDY = `study probes { seed 1; repeats 2 }
import "xfer:bundled"
model mini = resnet(blocks: [1], widths: [4], stem: small, size: 28 px)
model tiny = vit(dim: 16, depth: 2, heads: 2, patch: 7, size: 28 px)
recipe short { optimizer sgd(lr: 0.1); batch 32 images; for 4 steps; select best(top1, on: val) every 1 steps }
source clothes = pretrain(on: digits, using: short)
init ST = stats(treatment: as_published)
init FIXED = stats(sampler: fixed, std: 0.05)
experiment main {
  vary model in [mini, tiny]
  vary init in [ST, FIXED]
  source clothes; target digits_few; train short
  measure test = score(target.metric)
  measure reuse = cka(initial, selected, estimator: hsic_mean)
  measure near = knn(selected, k: 20, features: patch)
  measure line = linear_probe(selected, l2: 0.01)
  measure holds = robustness(selected, initial)
  measure broken = robustness(selected, initial, mode: rerand, by: units)
  measure moved = l2(initial, selected, distance: relative)
  measure published = l2(initial, selected, estimator: as_published)
  measure fast = steps_to(share_of_best: 95%, count: images)
  measure area = curve_area()
  measure big = capacity(flops)
  measure trained = trainable_parameters(model, train)
  measure far = fid(digits, target, network: clothes, images: 50)
  measure far_reuse = cka(initial, selected, on: digits.all)
  measure far_line = linear_probe(selected, on: digits.test)
  measure far_holds = robustness(selected, initial, on: digits.test)
  measure near_by = kid(digits, target, network: clothes, images: 50)
  measure like = cca(initial, selected, variant: pwcca, images: 100)
  measure moving = emd(digits, target, network: clothes, report: similarity)
  measure promise = logme(clothes)
  measure says = leep(clothes)
}
experiment looks {
  model tiny; source clothes; target digits_few; init ST; train short
  measure attended = mean_attended_distance(selected)
}
derive alike = cka(main.selected[init: ST], main.selected[init: FIXED])
derive apart = kid(digits, target, network: clothes, images: 50)
derive alike_too = cca(main.selected[init: ST], main.selected[init: FIXED], keep: 95%)
derive law = regress(main.test, on: [main.promise, init], over: [model, init, repeat])
derive rho = correlation(main.test, main.promise, over: [model, init, repeat], method: kendall, ci: bootstrap(200))
derive share = (main.test[init: ST] - main.test[init: FIXED]) / main.test[init: ST]
`;

const project = newProject({ "study.xfer": STUDY });
const run = (out: string) => xferc(project, "run", "study.xfer", "--ui", "plain", "--engine", "onnx", "--out", out);
beforeAll(ensureBuilt, 120_000);
afterAll(() => rmSync(project, { recursive: true, force: true }));

describe("every probe", { timeout: 360_000 }, () => {
  it("gives rows, each under its estimator", async () => {
    const { code, out, err } = await run("out");
    expect(`${code} ${err}`).toBe("0 ");
    expect(out).toContain("Report: out/report/index.html");
    const lines = ["results.csv", "results.cka.csv", "results.cca.csv"].flatMap((name) => {
      const [, ...rows] = readFileSync(join(project, "out", name), "utf8")
        .trim()
        .split("\n");
      return rows;
    });
    expect(lines.every((line) => /,ok,|,failed,,a number it needs is missing/.test(line))).toBe(true);
    const has = (text: string) => lines.some((line) => line.includes(text));
    for (const [measure, estimator] of [
      ["reuse,cka", "hsic_mean"],
      ["near,top1", '"k=20, features=patch"'],
      ["line,top1", '"l2=0.01, standardize=yes, features=pooled"'],
      ["holds,top1", '"mode=reinit, scheme=family, by=layers"'],
      ["broken,top1", '"mode=rerand, scheme=family, by=units"'],
      ["moved,l2", '"corrected, distance=relative"'],
      ["published,l2", "as_published"],
      ["fast,steps_to", '"share_of_best=0.95, count=images"'],
      ["big,capacity", "count=flops"],
      ["far,fid", '"network=clothes, images=50"'],
      ["far_reuse,cka", "unbiased"],
      ["far_line,top1", '"l2=0.001, standardize=yes, features=pooled"'],
      ["far_holds,top1", '"mode=reinit, scheme=family, by=layers"'],
      ["near_by,kid", '"network=clothes, images=50"'],
      ["apart,kid", '"network=clothes, images=50"'],
      ["attended,mean_attended_distance", "renormalized"],
      ["alike,cka", "unbiased"],
      ["like,cca", "variant=pwcca"],
      ["alike_too,cca", '"variant=svcca, keep=0.95"'],
      ["moving,emd", '"network=clothes, images=10000, report=similarity"'],
      ["promise,logme", ""],
      ["says,leep", ""],
      ["law,coefficient", "ols"],
      ["rho,correlation", '"kendall, bootstrap(200)"'],
    ]) {
      expect(has(`,${measure},${estimator},`), measure).toBe(true);
    }
    const plan: { nodes: { op: string }[] } = JSON.parse(readFileSync(join(project, "out/plan.json"), "utf8"));
    const ops = new Set(plan.nodes.map(({ op }) => op));
    for (const { id, reads } of entries("probe")) if (reads.kind === "inputs") expect(ops).toContain(`probe.${id}`);
  });

  it("is cached when the study is run again", async () => {
    expect((await run("again")).out).toMatch(/ 0 computed/);
  });

  it("starts from tensors whose sources are told one by one", async () => {
    const of = async (model: string, init: string) =>
      (await xferc(project, "explain", "study.xfer", `main[model: ${model}, init: ${init}]#1`)).out;
    const published = await of("tiny", "ST");
    expect(published).toMatch(/copied from train clothes\[tiny\][^\n]*\n[^\n]*cls_token[^\n]*pos_embed/);
    expect(published).toMatch(/sampled \(gaussian\) from the statistics of train clothes\[tiny\]/);
    expect(await of("mini", "FIXED")).toMatch(/sampled \(fixed\(mean: 0, std: 0\.05\)\)/);
  });
});
