/** Every augmentation in one training: the same numbers in two runs, and whether one worker or two do them. */

import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { ensureBuilt } from "../built.js";
import { newProject, xferc } from "../cli/harness.js";

const STUDY = `study bent { seed 3; repeats 2 }
import "xfer:bundled"
model mini = resnet(blocks: [1], widths: [4], stem: small, size: 28 px)
init RI = random
recipe short {
  optimizer sgd(lr: 0.1)
  batch 16 images
  for 3 steps
  augment crop(28 px, scale: 0.8..1.2), flip(h: 50%), rotate(20, fill: 0.5), affine(degrees: 10, translate: [0.1, 0.1], scale: 0.9..1.1, interpolation: bilinear), jitter(brightness: 0.2, contrast: 0.2), grayscale(p: 20%), blur(3 px), erase(p: 50%, value: random)
  select last
}
experiment main {
  model mini; target digits_few; init RI; train short
  measure test = score(target.metric)
  measure moved = l2(initial, selected)
}
table t from main { cell test }
`;

let project = "";
beforeAll(async () => {
  await ensureBuilt();
  project = newProject({ "bent.xfer": STUDY });
}, 180_000);
afterAll(() => rmSync(project, { recursive: true, force: true }));

it("is the same twice and however many workers there are", async () => {
  const results: string[] = [];
  for (const [name, jobs] of [
    ["once", "1"],
    ["again", "1"],
    ["two", "2"],
  ] as const) {
    const places = ["--cache", `${name}-cache`, "--out", name, "--jobs", jobs];
    const { code, err } = await xferc(project, "run", "bent.xfer", "--engine", "onnx", "--ui", "plain", ...places);
    expect(err).toBe("");
    expect(code).toBe(0);
    results.push(readFileSync(join(project, name, "results.csv"), "utf8"));
  }
  expect(results[0]?.split("\n").length).toBeGreaterThan(4);
  expect(results[1]).toBe(results[0]);
  expect(results[2]).toBe(results[0]);
}, 300_000);
