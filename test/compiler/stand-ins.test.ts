/** A profile, or `--set`, puts another data set, model, source or recipe in a declared one's place. */

import { describe, expect, it } from "vitest";
import { cellsOf, compiled } from "./support/compiled.js";

const TEXT = `dataset skin from image_folder("./skin") { metric roc_auc }
  model large = resnet50
  source big { large = weights("./large.safetensors") }
  recipe long { optimizer adam(lr: 1e-3); batch 64; for 90 epochs; select last }
  recipe brief { optimizer adam; batch 16; for 2 steps; select last }
  experiment e {
    vary model in [large]
    vary target in [skin]
    vary init in [RI, WT]
    source big
    train long
    measure m = score(target.metric)
  }
  profile smoke { skin = digits; large = resnet_s; big = clothes; long = brief; long.batch = 8 images }
  table t from e { rows init; columns target, model; cell m }`;

describe("something in the place of a declared thing", () => {
  it("is it under the declared name, in every place", async () => {
    const [, , cell] = await cellsOf(TEXT, "e", { profile: "smoke" });
    const [skin] = await cellsOf(TEXT);
    expect(skin?.target).toMatchObject({ name: "skin", path: "./skin", metric: "roc_auc" });
    expect(cell?.id).toBe("e[model: large, target: skin, init: WT]#1");
    expect(cell?.target).toMatchObject({ name: "skin", files: "digits", metric: "top1" });
    expect(cell?.model).toMatchObject({ name: "large", family: { id: "resnet" } });
    expect(cell?.model.family.params).not.toEqual(skin?.model.family.params);
    expect(cell?.source).toMatchObject({ name: "clothes", kind: "pretrain" });
    expect(cell?.train[0]).toMatchObject({ name: "long", duration: { value: 2, unit: "steps" }, batch: 8 });
  });

  it("keeps what the profile says of its metric", async () => {
    const [cell] = await cellsOf(TEXT, "e", { profile: "smoke", set: ["skin.metric=macro_recall"] });
    expect(cell?.target).toMatchObject({ files: "digits", metric: "macro_recall" });
  });

  it("takes nothing of another kind, and says so at the line", async () => {
    const { diagnostics } = await compiled(TEXT, { set: ["skin=resnet_s", "large=digits"] });
    expect(diagnostics.map((each) => [each.location.path, each.message])).toEqual([
      ["--set skin=resnet_s", expect.stringContaining("a data")],
      ["--set large=digits", expect.stringContaining("a model")],
    ]);
  });

  it("cannot be itself", async () => {
    const { names } = await compiled(TEXT, { set: ["skin=take(skin, 50%)"] });
    expect(names).toEqual(["declared-by-itself"]);
  });

  it("must be there to be replaced", async () => {
    const { names } = await compiled(TEXT, { set: ["skim=digits"] });
    expect(names).toEqual(["unknown-path"]);
  });
});
