/** Which rows of which statistics are known to share a run, and what to do about it. */

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { memoryHost } from "./support/host.js";
import { checkWhole } from "./support/known.js";

const HEAD = `study s { seed 1; repeats 12 }
import "./base.xfer"
import "./known.xfer"
source near = pretrain(on: digits, using: quick)
experiment main {
  vary source in [clothes, near], model in [resnet_s, vit_s], init in [RI, ST, WT]
  target many
  train  finetune
  measure test = score(top1)
}
experiment once {
  vary model in [resnet_s, vit_s]
  target many
  init   RI
  train  quick
  measure test = score(top1)
}
derive gain = main.test[init: WT] - main.test[init: RI]
`;

async function told(derive: string): Promise<readonly string[]> {
  const files: Record<string, string> = { "study.xfer": HEAD + derive };
  for (const name of ["base.xfer", "known.xfer"]) files[name] = readFileSync(`test/compiler/bad/lib/${name}`, "utf8");
  const { diagnostics } = await checkWhole("study.xfer", memoryHost(files));
  expect(diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
  return diagnostics.flatMap(({ name, message, hint }) =>
    name === "rows-share-runs" ? [`${message.split(": ").slice(1).join(": ")}; ${hint}`] : [],
  );
}

const AVERAGE = "average first: `mean(…, over: source)`";

describe("a run that is shared by rows", () => {
  it("of a regression: cluster by what shares none, however deep it lies", async () => {
    const found = `\`main.test[init: RI]\` is the same along \`source\`; \`cluster: model\`, for points of \`model\` share none; or ${AVERAGE}.`;
    expect(await told("derive d = regress(gain, on: [source], over: [source, model])")).toEqual([found]);
    const deep = "derive twice = exp(-(2 * gain))\nderive d = regress(twice, on: [source], over: [source, model])";
    expect(await told(deep)).toEqual([found]);
  });

  it("is no matter within a cluster, nor drawn with it", async () => {
    for (const how of ["cluster: model", "ci: bootstrap(100, by: model)"]) {
      expect(await told(`derive d = regress(gain, on: [source], over: [source, model], ${how})`)).toEqual([]);
    }
    const rows = "derive d = regress(gain, on: [source], over: [source, model], cluster: model, ci: bootstrap(100))";
    expect(await told(rows)).toEqual([
      `\`main.test[init: RI]\` is the same along \`source\`; \`ci: bootstrap(100, by: model)\`, for points of \`model\` share none; or ${AVERAGE}.`,
    ]);
  });

  it("is no matter where it is the whole number, which counts once, or where it was averaged", async () => {
    expect(
      await told("derive d = regress(main.test[init: [RI, WT]], on: [init], over: [source, model, init])"),
    ).toEqual([]);
    expect(
      await told("derive d = correlation(main.test[init: RI], 2 * main.test[init: RI], over: [source, model])"),
    ).toEqual([]);
    expect(await told("derive d = regress(mean(gain, over: source), on: [model], over: [model, repeat])")).toEqual([]);
  });

  it("of what explains is none: regressions take that as it is", async () => {
    expect(await told("derive d = regress(main.test[init: WT], on: [once.test], over: [source, model])")).toEqual([]);
  });

  it("of a correlation, by either side", async () => {
    const drawn = (run: string) =>
      `\`${run}\` is the same along \`source\`; \`ci: bootstrap(2000, by: model)\`, for points of \`model\` share none; or ${AVERAGE}.`;
    expect(await told("derive d = correlation(main.test[init: WT], once.test, over: [source, model])")).toEqual([
      drawn("once.test"),
    ]);
    expect(await told("derive d = correlation(once.test, gain, over: [source, model])")).toEqual([drawn("once.test")]);
    expect(
      await told("derive d = correlation(once.test, gain, over: [source, model], ci: bootstrap(100, by: model))"),
    ).toEqual([]);
    expect(
      await told("derive d = correlation(main.test[init: WT], main.test[init: ST], over: [source, model])"),
    ).toEqual([]);
  });

  it("of pairs over more than repeats", async () => {
    const p = (over: string) =>
      `derive d = paired_test(main.test[init: WT], main.test[init: RI], over: ${over}, method: paired_t)`;
    expect(await told(p("[source, repeat]"))).toEqual([
      `\`main.test[init: RI]\` is the same along \`source\`; ${AVERAGE}.`,
    ]);
    expect(await told(p("repeat"))).toEqual([]);
    expect(await told(p("[model, repeat]"))).toEqual([]);
  });
});
