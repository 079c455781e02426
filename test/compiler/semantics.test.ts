/** What language.md pins about the constructs the front end reads, each sentence a test. */

import { describe, expect, it } from "vitest";
import type { Cell } from "../../src/compiler/study.js";
import { cellsOf, compiled } from "./support/compiled.js";

const REST = "source clothes; train finetune; measure m = score(target.metric)";
const labels = (cells: readonly Cell[], axis: string) => [...new Set(cells.map((cell) => cell.point[axis]?.label))];

describe("separators and words", () => {
  it("`batch 64  epochs 50` on one line is an error, not 64 epochs", async () => {
    const { names } = await compiled("recipe r { optimizer adam; batch 64  epochs 50\n for 1 epochs }");
    expect(names).toContain("missing-separator");
  });

  it("the `;` between two settings is a safe fix, put right behind the first", async () => {
    const text = "recipe q { optimizer adam; batch 64  for 3 epochs }";
    const { diagnostics } = await compiled(text);
    const [fix] = diagnostics.flatMap((each) => each.fixes);
    expect(fix?.safe).toBe(true);
    const [edit] = fix?.edits ?? [];
    expect(edit?.text).toBe(";");
    const mended = `study s { seed 1; repeats 2 }\nimport "./base.xfer"\n${text}`;
    expect(mended.slice(0, edit?.location.span.start).endsWith("batch 64")).toBe(true);
    expect(edit?.location.span.end).toBe(edit?.location.span.start);
  });

  it("20_000 is a number", async () => {
    const cells = await cellsOf(
      `experiment e { model resnet_s; target digits; init RI; train finetune with { for 20_000 steps } }`,
    );
    expect(cells[0]?.train[0]?.duration).toEqual({ value: 20_000, unit: "steps" });
  });

  it("`..n` alone is rejected with a fix for either beginning", async () => {
    const { diagnostics } = await compiled(
      `experiment e { model resnet_s; target digits; vary n in ..3; init WT_ST(n); ${REST} }`,
    );
    expect(diagnostics[0]?.name).toBe("open-range");
    expect(diagnostics[0]?.fixes.map((fix) => fix.edits[0]?.text)).toEqual(["0..3", "1..3"]);
  });
});

describe("ranges and axes", () => {
  it("ranges include both ends", async () => {
    const cells = await cellsOf(
      `experiment e { model resnet_s; target digits; vary n in 0..3; init WT_ST(n); ${REST} }`,
    );
    expect(labels(cells, "n")).toEqual(["0", "1", "2", "3"]);
    expect(cells.map((cell) => cell.point.n?.value)).toEqual([0, 0, 1, 1, 2, 2, 3, 3]);
  });

  it("a range with a step ends at its end, whatever rounding says", async () => {
    const cells = await cellsOf(
      `experiment e { model resnet_s; target digits; vary a in 0..1 by 0.1; init RI; where a >= 0; ${REST} }`,
    );
    expect(labels(cells, "a")).toEqual(["0", "0.1", "0.2", "0.3", "0.4", "0.5", "0.6", "0.7", "0.8", "0.9", "1"]);
  });

  it("a range may depend on an earlier axis", async () => {
    const cells = await cellsOf(
      `experiment e { vary model in [resnet_s, vit_s]; vary n in 0..model.units; target digits; init WT_ST(n); ${REST} }`,
    );
    const of = (model: string) =>
      labels(
        cells.filter((cell) => cell.model.name === model),
        "n",
      );
    expect(of("resnet_s")).toEqual(["0", "1", "2", "3", "4"]);
    expect(of("vit_s")).toEqual(["0", "1", "2", "3", "4", "5"]);
  });

  it("units[1..0] is empty, so WT_ST(0) has ST's rules after an empty one", async () => {
    const [cell] = await cellsOf(`experiment e { model resnet_s; target digits; init WT_ST(0); ${REST} }`);
    expect(cell?.init.name).toBe("WT_ST(0)");
    expect(cell?.init.rules[0]?.parts).toEqual([{ kind: "units", from: 1, to: 0 }]);
    expect(cell?.init.rules[1]?.source.kind).toBe("stats");
  });

  it("labels name points and change nothing else", async () => {
    const cells = await cellsOf(
      `experiment e { model resnet_s; target digits; vary init in [WT: transfer, ST: stats]; ${REST} }`,
    );
    expect(labels(cells, "init")).toEqual(["WT", "ST"]);
    expect(cells[0]?.init.rules[0]?.source).toEqual({ kind: "transfer" });
  });

  it("a tuple axis fills several slots with one axis", async () => {
    const cells = await cellsOf(
      `experiment e { model resnet_s; target digits; source clothes
         vary (init, train) as setting in [fixed: (WT, quick), scratch: (RI, finetune)] }`,
    );
    expect(labels(cells, "setting")).toEqual(["fixed", "scratch"]);
    expect(cells.map((cell) => `${cell.init.name} ${cell.train[0]?.name}`)).toEqual([
      "WT quick",
      "WT quick",
      "RI finetune",
      "RI finetune",
    ]);
  });

  it("`where` leaves points out, by value and by label", async () => {
    const cells = await cellsOf(
      `experiment e { vary model in [resnet_s, vit_s], n in 0..2; vary init in [a: WT_ST(n), b: RI]; target digits
         where model == vit_s or n <= 1; where init != b; ${REST} }`,
    );
    expect(labels(cells, "init")).toEqual(["a"]);
    expect(cells.filter((cell) => cell.model.name === "resnet_s").map((cell) => cell.point.n?.value)).toEqual([
      0, 0, 1, 1,
    ]);
  });

  it("a misspelt label in `where` is told, with the labels there are", async () => {
    const { diagnostics } = await compiled(
      `experiment e { model resnet_s; target digits; vary init in [warm: WT, cold: RI]; where init != wram; ${REST} }`,
    );
    expect(diagnostics.map((each) => each.name)).toEqual(["unknown-name"]);
    expect(diagnostics[0]?.fixes[0]?.edits[0]?.text).toBe("warm");
  });

  it("a list may carry one unit for all its numbers", async () => {
    const cells = await cellsOf(
      `experiment e { model resnet_s; target digits; vary stop in [1, 2] epochs; source clothes.at(stop); init WT; train quick }`,
    );
    expect(labels(cells, "stop")).toEqual(["1 epochs", "2 epochs"]);
    const [source] = cells.flatMap((cell) => (cell.source?.kind === "pretrain" ? [cell.source.at] : []));
    expect(source).toEqual({ kind: "checkpoint", at: { value: 1, unit: "epochs" } });
  });

  it("a table of pretrainings has the moments that all of them have", async () => {
    const table = (second: string) => `source ours {
        resnet_s = pretrain(on: fashion, using: quick, keep: [1, 2] epochs)
        vit_s = pretrain(on: fashion, using: finetune, keep: ${second})
      }`;
    const rest = "target digits; init WT; train quick";
    const both = "vary model in [resnet_s, vit_s]";
    const at = `experiment e { ${both}; source ours.at(2 epochs); ${rest} }`;
    const cells = await cellsOf(`${table("[2, 3] epochs")}\n${at}`);
    const found = cells.map(({ model, source }) => {
      const from = source?.kind === "pretrain" ? source : undefined;
      const at = from?.at.kind === "checkpoint" ? `${from.at.at.value} ${from.at.at.unit}` : "";
      return `${model.name} ${from?.pretrain.using[0]?.name} ${at}`;
    });
    expect([...new Set(found)]).toEqual(["resnet_s quick 2 epochs", "vit_s finetune 2 epochs"]);
    expect((await compiled(`${table("[3] epochs")}\n${at}`)).names).toEqual(["not-kept"]);
    const last = await cellsOf(`${table("[]")}\nexperiment e { ${both}; source ours.last; ${rest} }`);
    expect(new Set(last.map(({ source }) => source?.kind === "pretrain" && source.at.kind))).toEqual(new Set(["last"]));
  });

  it("a slot both fixed and varied is an error", async () => {
    const { names } = await compiled(
      `experiment e { model resnet_s; vary model in [vit_s]; target digits; init RI; train quick }`,
    );
    expect(names).toEqual(["slot-fixed-and-varied"]);
  });
});

describe("recipes", () => {
  it("`with` replaces a setting whole", async () => {
    const [cell] = await cellsOf(
      `recipe a { optimizer adam(lr: 1e-4, l2: 1e-5); batch 8; for 1 epochs }
       experiment e { model resnet_s; target digits; init RI; train a with { optimizer adam(lr: 1e-2) } }`,
    );
    expect(cell?.train[0]?.optimizer.params).toMatchObject({ lr: 0.01, l2: 0 });
    expect(cell?.train[0]?.batch).toBe(8);
  });

  it("`then` trains in stages", async () => {
    const [cell] = await cellsOf(`experiment e { model resnet_s; target digits; init RI; train quick then finetune }`);
    expect(cell?.train.map((stage) => stage.name)).toEqual(["quick", "finetune"]);
  });

  it("`target.metric` is each target's own", async () => {
    const cells = await cellsOf(
      `experiment e { vary target in [digits, brain]; model resnet_s; init RI; train finetune; measure m = score(target.metric) }`,
    );
    expect(cells.map((cell) => [cell.train[0]?.select, cell.probes[0]?.metric])).toMatchObject([
      [{ kind: "best", metric: "top1", on: "val" }, "top1"],
      [{ kind: "best", metric: "top1", on: "val" }, "top1"],
      [{ kind: "best", metric: "macro_recall", on: "val" }, "macro_recall"],
      [{ kind: "best", metric: "macro_recall", on: "val" }, "macro_recall"],
    ]);
  });

  it("what is not written is filled in from the catalogue", async () => {
    const [cell] = await cellsOf(
      `experiment e { model resnet_s; target digits; init RI; train quick; measure c = cka(initial, selected, estimator: as_published) }`,
    );
    expect(cell?.train[0]).toMatchObject({ dropLast: true, augment: [], schedule: [], select: { kind: "last" } });
    expect(cell?.probes[0]).toMatchObject({
      probe: { id: "cka", params: { estimator: "batch_mean", images: 2048, batch: 64 } },
      on: "test",
      estimator: "batch_mean",
    });
  });

  it("a probe's estimator says yes and no as a study does, and its parameters are what they were", async () => {
    const [cell] = await cellsOf(
      `experiment e { model resnet_s; target digits; init RI; train quick; measure a = linear_probe(selected); measure b = linear_probe(selected, standardize: no) }`,
    );
    expect(cell?.probes.map(({ probe, estimator }) => [probe.params.standardize, estimator])).toEqual([
      [true, "l2=0.001, standardize=yes, features=pooled"],
      [false, "l2=0.001, standardize=no, features=pooled"],
    ]);
  });

  it("augmentations take a number, a range, a list or a word where they say so", async () => {
    const [cell] = await cellsOf(
      `recipe turned = quick with { augment rotate(15), affine(-5..10, shear: [-1, 1, -2, 2], fill: [10%, 0, 1]), blur(3 px, sigma: 0.5 px..1 px), blur(5, sigma: 2), erase(value: random), erase(value: 40%) }
       experiment e { model resnet_s; target digits; init RI; train turned }`,
    );
    expect(cell?.train[0]?.augment.map((each) => each.params)).toMatchObject([
      { degrees: 15, interpolation: "nearest", fill: 0 },
      { degrees: [-5, 10], shear: [-1, 1, -2, 2], fill: [0.1, 0, 1], translate: [0, 0], scale: [1, 1] },
      { kernel_size: 3, sigma: [0.5, 1], p: 1 },
      { kernel_size: 5, sigma: 2 },
      { value: "random", p: 0.5 },
      { value: 0.4, scale: [0.02, 0.33] },
    ]);
  });

  it("a preset is its family: the same parameters whichever name was written", async () => {
    const cells = await cellsOf(
      `model a = resnet18\nmodel b = resnet(blocks: [2, 2, 2, 2], widths: [64, 128, 256, 512])
       experiment e { vary model in [a, b]; target digits; init RI; train quick }`,
    );
    expect(cells[0]?.model.family).toEqual(cells[2]?.model.family);
  });
});

describe("sources and states", () => {
  it("an init that draws from a source needs one; `random` does not", async () => {
    const { diagnostics } = await compiled(
      `experiment e { model resnet_s; target digits; vary init in [RI, ST, WT]; train quick }`,
    );
    const [first, ...others] = diagnostics;
    expect(others).toEqual([]);
    expect(first?.code).toBe("XF0405");
    expect(first?.fixes[0]?.title).toBe("add `source clothes` (declared in base.xfer:14)");
    expect(await cellsOf(`experiment e { model resnet_s; target digits; init RI; train quick }`)).toHaveLength(2);
  });

  it("the fix for a missing source makes the study compile", async () => {
    const text = `study s { seed 1; repeats 2 }\nimport "./base.xfer"\nexperiment e {\n  vary init in [RI, WT]\n  model resnet_s; target digits; train quick\n}\n`;
    const { diagnostics } = await compiled(text);
    const edit = diagnostics[0]?.fixes[0]?.edits[0];
    const { start, end } = edit?.location.span ?? { start: 0, end: 0 };
    const { names } = await compiled(text.slice(0, start) + (edit?.text ?? "") + text.slice(end));
    expect(names).toEqual([]);
  });

  it("a table of sources gives each model its own", async () => {
    const cells = await cellsOf(
      `source zoo { resnet_s = weights("r.safetensors"); vit_s = weights("v.safetensors") }
       experiment e { vary model in [resnet_s, vit_s]; source zoo; target digits; init WT; train quick }`,
    );
    const paths = cells.map((cell) => (cell.source?.kind === "weights" ? cell.source.weights.path : ""));
    expect(paths).toEqual(["r.safetensors", "r.safetensors", "v.safetensors", "v.safetensors"]);
  });

  it("pretraining is shared by repeats unless it says otherwise, and is one object for all cells", async () => {
    const cells = await cellsOf(
      `experiment e { model resnet_s; target digits; vary init in [WT, ST]; source clothes; train quick }`,
    );
    const specs = new Set(cells.map((cell) => (cell.source?.kind === "pretrain" ? cell.source.pretrain : undefined)));
    expect(specs.size).toBe(1);
    expect([...specs][0]?.repeats).toBe("shared");
    expect([...specs][0]?.init.rules[0]?.source.kind).toBe("random");
  });

  it("a pretraining with `from:` transfers unless it says otherwise", async () => {
    const cells = await cellsOf(
      `source more = pretrain(on: brain, using: quick, from: clothes.last, repeats: own)
       experiment e { model resnet_s; target digits; init WT; source more; train quick }`,
    );
    const source = cells[0]?.source;
    const pretrain = source?.kind === "pretrain" ? source.pretrain : undefined;
    expect(pretrain?.init.rules[0]?.source.kind).toBe("transfer");
    expect(pretrain?.from).toMatchObject({ kind: "pretrain", at: { kind: "last" } });
    expect(pretrain?.repeats).toBe("own");
  });

  it("another experiment's state goes by axis name and by repeat", async () => {
    const text = `experiment base { vary model in [resnet_s, vit_s], init in [RI, WT]; source clothes; target digits; train quick }
      experiment e { vary model in [resnet_s, vit_s]; source base.selected[init: WT]; target brain; init WT; train quick }`;
    const cells = await cellsOf(text);
    const from = cells.map((cell) =>
      cell.source?.kind === "state" && cell.source.state.kind === "cell" ? cell.source.state.cell.id : "",
    );
    expect(from).toEqual([
      "base[model: resnet_s, init: WT]#1",
      "base[model: resnet_s, init: WT]#2",
      "base[model: vit_s, init: WT]#1",
      "base[model: vit_s, init: WT]#2",
    ]);
  });

  it("`S with { part <- other }` composes states, and loops add an inner axis with a role", async () => {
    const text = `experiment e { model vit_s; target digits; init RI; train quick
      measure redo for l in model.layers = score(top1, of: selected with { layers[l] <- initial }) }`;
    const { study } = await compiled(text);
    const [experiment] = study?.experiments ?? [];
    expect(experiment?.measures[0]?.inner.map((axis) => [axis.name, axis.role])).toEqual([["l", "layer"]]);
    const probe = experiment?.cells[0]?.probes[1];
    expect(probe?.states[0]).toMatchObject({
      kind: "compose",
      base: { kind: "cell", moment: { kind: "selected" } },
      rules: [{ parts: [{ kind: "layer", name: probe?.loops.l?.label }], source: { kind: "state" } }],
    });
    expect(experiment?.cells[0]?.probes).toHaveLength(experiment?.measures[0]?.inner[0]?.points.length ?? -1);
  });

  it("a list of splits adds the axis `split`", async () => {
    const { study } = await compiled(
      `experiment e { model vit_s; target digits; init RI; train quick; measure m = score(top1, on: [val, test]) }`,
    );
    expect(study?.experiments[0]?.measures[0]?.inner.map((axis) => [axis.name, axis.role])).toEqual([
      ["split", "split"],
    ]);
    expect(study?.experiments[0]?.cells[0]?.probes.map((probe) => probe.on)).toEqual(["val", "test"]);
  });
});

describe("probes", () => {
  it("layers of a comparison say whose they are, also where another measure has layers of its own", async () => {
    const { study, diagnostics } = await compiled(`
      experiment e {
        model resnet_s; source clothes; target digits; train finetune
        vary init in [RI, WT]
        measure near  = knn(selected, k: 5)
        measure alike = cka(initial, selected with { head <- initial })
      }
      derive ends = cka(e.selected[init: RI], e.selected[init: WT])
      figure inside  { heatmap from e { x layer; y layer2; color alike }; facet init }
      figure near    { line from e { x layer; y near; color init } }
      figure between { heatmap from ends { x layer; y layer2; color ends } }`);
    expect(diagnostics).toEqual([]);
    const of = (study?.figures ?? []).map(({ layers }) =>
      layers[0]?.channels.flatMap(({ value }) => (value.kind === "category" ? [value.axis.of ?? "-"] : [])),
    );
    expect(of).toEqual([
      ["initial", "selected with { … }"],
      ["-", "-"],
      ["e.selected[init: RI]", "e.selected[init: WT]"],
    ]);
  });

  it("of a derive may have the name of a metric", async () => {
    const { study, names } = await compiled(`
      experiment e { model resnet_s; source clothes; target digits; init WT; train finetune; measure m = score(top1) }
      derive top1 = score(top1, of: e.selected, on: val)`);
    expect(names).toEqual([]);
    expect(study?.derives.map(({ name, metric }) => [name, metric])).toEqual([["top1", "top1"]]);
  });

  it("by units group no cases", async () => {
    const { study, names } = await compiled(
      "experiment e { model resnet_s; target digits; init RI; train quick; measure m = robustness(by: units) }",
    );
    expect(names).toEqual([]);
    expect(study?.experiments[0]?.measures[0]?.inner.map(({ name }) => name)).toEqual(["layer"]);
    expect(study?.experiments[0]?.cells[0]?.probes[0]?.scoring).toBeUndefined();
  });

  it("of data sets belong to an experiment, and are Inception-v3's where no network is named", async () => {
    const experiment = (measure: string) =>
      `experiment e { model resnet_s; source clothes; target digits; init WT; train finetune; measure m = ${measure} }`;
    const derived = await compiled(`${experiment("score(top1)")}\nderive far = fid(digits, brain)`);
    expect(derived.names).toEqual([]);
    const [constant] = derived.study?.derives ?? [];
    expect(constant?.axes).toEqual([]);
    const text = `${experiment("score(top1)").replace("target digits", "vary target in [digits, brain]")}
      derive far = kid(fashion, target, network: clothes)
      figure f { point from e, far { x far; y m } }`;
    const { study: across, names: none } = await compiled(text);
    expect(none).toEqual([]);
    const far = across?.derives[0];
    expect(far?.axes.map(({ name, role, points }) => [name, role, points.map(({ label }) => label)])).toEqual([
      ["target", "target", ["digits", "brain"]],
    ]);
    const instances = far?.value.kind === "probe" ? far.value.instances : [];
    expect(
      instances.map(({ point, repeat, probe }) => [point.target?.label, repeat, probe.datasets?.second?.name]),
    ).toEqual(["digits", "brain"].flatMap((name) => [1, 2].map((repeat) => [name, repeat, name])));
    const { study, names } = await compiled(experiment("fid(brain, target, images: 3000)"));
    expect(names).toEqual([]);
    const [probe] = study?.experiments[0]?.cells[0]?.probes ?? [];
    expect(probe).toMatchObject({
      estimator: "network=hf:timm/inception_v3.tv_in1k, images=3000",
      model: { family: { id: "inception" } },
      datasets: { first: { name: "brain" }, second: { name: "digits" } },
      states: [{ kind: "source", source: { kind: "weights", weights: { path: "hf:timm/inception_v3.tv_in1k" } } }],
    });
    const named = await compiled(experiment("kid(brain, target, network: clothes)"));
    expect(named.study?.experiments[0]?.measures[0]?.estimator).toBe("network=clothes, images=1000");
    const published = await compiled(
      experiment('fid(brain, target, network: weights("./inception.pth"), model: inception_fid)'),
    );
    expect(published.study?.experiments[0]?.measures[0]?.estimator).toBe(
      'network=weights("./inception.pth"), model=inception_fid, images=10000',
    );
    const parts = experiment("kid(brain, target, network: clothes)").replace("measure", "folds 4; labels 10%; measure");
    const { study: folded, names: sound } = await compiled(`${parts}\nderive far = kid(brain, target)`);
    expect(sound).toEqual([]);
    const cells = folded?.experiments[0]?.cells ?? [];
    for (const { target, probes } of cells) expect(probes[0]?.datasets?.second).toBe(target);
    const declared = folded?.derives[0]?.value.kind === "probe" ? folded.derives[0].value.instances : [];
    expect(declared.map(({ point, repeat }) => [point.fold?.label, repeat])).toEqual(
      cells.map(({ point, repeat }) => [point.fold?.label, repeat]),
    );
    for (const { cell, probe } of declared) expect(probe.datasets?.second).toBe(cell.target.base);
    const split = await compiled(`${experiment("score(top1)")}
      derive far = kid(fashion, target, on: target.val)
      derive same = cka(e.initial, e.selected, on: target.all)`);
    expect(split.names).toEqual([]);
    const places = split.study?.derives.map(({ value }) =>
      value.kind === "probe" ? value.instances.map(({ probe }) => [probe.on, probe.dataset]) : [],
    );
    expect(places).toEqual([2, 2].map((count, at) => new Array(count).fill([["val", "all"][at], undefined])));
    const wrong = await compiled(experiment("kid(brain, resnet_s, network: clothes)"));
    expect(wrong.names).toEqual(["wrong-kind"]);
  });
});

describe("imports", () => {
  const other = `study other { seed 99; repeats 4 }\nimport "./base.xfer"\nexperiment theirs { model resnet_s; target digits; init RI; train quick; measure m = score(top1) }\n`;

  it("an experiment of an imported study keeps that study's seed and repeats", async () => {
    const { study } = await compiled(
      `study s { seed 1; repeats 2 }\nimport "./base.xfer"\nimport theirs from "./other.xfer"\nderive d = mean(theirs.m)\n`,
      { files: { "other.xfer": other } },
    );
    expect(study?.seed).toBe(1);
    expect(study?.experiments.map((each) => [each.name, each.cells.length, each.cells[0]?.seed])).toEqual([
      ["theirs", 4, 99],
    ]);
  });

  it("experiments of an imported file that nothing asks for do not run", async () => {
    const { study } = await compiled(`study s { seed 1 }\nimport "./base.xfer"\nimport "./other.xfer"\n`, {
      files: { "other.xfer": other },
    });
    expect(study?.experiments).toEqual([]);
  });

  it("a clash is an error that shows both; `as` qualifies", async () => {
    const files = { "other.xfer": `dataset digits from idx("./x")\n` };
    const clash = await compiled(`study s { seed 1 }\nimport "./base.xfer"\nimport "./other.xfer"\n`, { files });
    expect(clash.names).toEqual(["import-clash"]);
    expect(clash.diagnostics[0]?.related.map((each) => each.location.path)).toEqual(["base.xfer", "other.xfer"]);
    const text = `study s { seed 1; repeats 1 }\nimport "./base.xfer"\nimport "./other.xfer" as mine
      experiment e { model resnet_s; target mine.digits; init RI; train quick }`;
    const { study } = await compiled(text, { files });
    expect(study?.experiments[0]?.cells[0]?.target.path).toBe("./x");
    expect(study?.experiments[0]?.cells[0]?.target.declaredIn).toBe("other.xfer");
  });
});

describe("profiles and --set", () => {
  const text = `param rate = 1e-3
    recipe r { optimizer adam(lr: rate, l2: 1e-5); batch 8; for 3 epochs }
    experiment e { vary n in 0..4; model resnet_s; target digits; source clothes; init WT_ST(n); train r }
    profile small { repeats = 1; r.for = 4 steps; e.n = [0, 3] }`;

  it("replace by path; the study says what was replaced", async () => {
    const { study } = await compiled(text, { profile: "small" });
    expect(study?.repeats).toBe(1);
    expect(study?.profile).toBe("small");
    expect(study?.overrides).toEqual(["repeats = 1", "r.for = 4 steps", "e.n = [0, 3]"]);
    const cells = study?.experiments[0]?.cells ?? [];
    expect(labels(cells, "n")).toEqual(["0", "3"]);
    expect(cells[0]?.train[0]?.duration).toEqual({ value: 4, unit: "steps" });
  });

  it("--set comes after the profile, and reaches optimizer parameters and params", async () => {
    const set = ["r.for=7 steps", "rate=1e-2", "r.l2=0"];
    const [cell] = await cellsOf(text, "e", { profile: "small", set });
    expect(cell?.train[0]?.duration.value).toBe(7);
    expect(cell?.train[0]?.optimizer.params).toMatchObject({ lr: 0.01, l2: 0 });
  });

  it("a path that matches nothing is an error, in a profile nobody chose too", async () => {
    const { names } = await compiled(`${text}\nprofile other { r.fro = 3 steps }`, { set: ["repeat=3"] });
    expect(names).toEqual(["unknown-path", "unknown-path"]);
  });

  it("the grid of a tune goes by experiment, recipe and setting, and stands in for the whole of it", async () => {
    const grid = `${text.replace("train r }", "train r\n tune r.lr in log(1e-4..1e-2, 5 points) { best top1 on val } }")}
      profile coarse { e.r.lr = [1e-3, 1e-2] }`;
    const valuesAt = async (options: Parameters<typeof cellsOf>[2]) =>
      (await cellsOf(grid, "e", options))[0]?.tuned?.group.paths.map(({ path, values }) => [path, values]);
    expect((await valuesAt({}))?.[0]?.[1]).toHaveLength(5);
    expect(await valuesAt({ profile: "coarse" })).toEqual([["r.lr", [1e-3, 1e-2]]]);
    expect(await valuesAt({ set: ["e.r.lr=[0.5]"] })).toEqual([["r.lr", [0.5]]]);
    const [cell] = await cellsOf(grid, "e", { profile: "coarse" });
    expect(cell?.tuned?.trials.map(([stage]) => stage?.optimizer.params.lr)).toEqual([1e-3, 1e-2]);
    const { diagnostics } = await compiled(grid, { set: ["e.r.lr=[fast]"] });
    expect(diagnostics.map((each) => each.location.path)).toEqual(["--set e.r.lr=[fast]"]);
  });

  it("a value of the wrong kind is told at the flag", async () => {
    const { diagnostics } = await compiled(text, { set: ["r.for=7"] });
    expect(diagnostics.map((each) => [each.name, each.location.path])).toEqual([
      ["duration-without-unit", "--set r.for=7"],
    ]);
  });

  it("--only keeps the experiments named, and the outputs that need no other", async () => {
    const more = `${text}\nexperiment f { model resnet_s; target digits; init RI; train r; measure m = score(top1) }\nderive d = mean(f.m)`;
    const { study } = await compiled(more, { only: ["e"] });
    expect(study?.experiments.map((each) => each.name)).toEqual(["e"]);
    expect(study?.derives).toEqual([]);
    expect((await compiled(more, { only: ["g"] })).names).toEqual(["no-such-experiment"]);
  });
});

describe("meaning, not text", () => {
  it("comments, order, formatting and renames leave the specs equal", async () => {
    const one = await cellsOf(
      `init mine = transfer\nexperiment e { model resnet_s; target digits; init mine; ${REST} }`,
    );
    const two = await cellsOf(
      `// moved\nexperiment e {\n  ${REST.replaceAll("; ", "\n  ")}\n  init   yours // renamed\n  target digits\n  model resnet_s\n}\ninit yours = transfer`,
    );
    expect(meaning(two[0])).toEqual(meaning(one[0]));
  });

  it("cells share their specs", async () => {
    const cells = await cellsOf(
      `experiment e { vary model in [resnet_s, vit_s], n in 0..2; target digits; init WT_ST(n); ${REST} }`,
    );
    expect(new Set(cells.map((cell) => cell.init)).size).toBe(3);
    expect(new Set(cells.map((cell) => cell.train)).size).toBe(1);
    expect(new Set(cells.map((cell) => cell.target)).size).toBe(1);
  });
});

/** Without names and places. */
function meaning(cell: Cell | undefined): unknown {
  const skip = new Set(["location", "name", "probes", "id", "declaredIn"]);
  return JSON.parse(JSON.stringify(cell, (key, value: unknown) => (skip.has(key) ? undefined : value)) ?? "null");
}

describe("precision", () => {
  const precisionOf = async (setting: string) => {
    const cells = await cellsOf(
      `experiment e { model resnet_s; target digits; init RI; train finetune with { ${setting} } }`,
    );
    return cells[0]?.train[0]?.precision;
  };

  it("is a recipe's, with its parameters filled in", async () => {
    expect(await precisionOf("precision bf16")).toEqual({ id: "bf16", version: 1, params: {} });
    expect(await precisionOf("precision fp16(growth_interval: 500)")).toEqual({
      id: "fp16",
      version: 1,
      params: { initial_scale: 65536, growth_interval: 500 },
    });
  });

  it("can be set from outside, as any setting", async () => {
    const text = `experiment e { model resnet_s; target digits; init RI; train finetune }
      profile half { finetune.precision = bf16 }`;
    const at = async (options: Parameters<typeof cellsOf>[2]) =>
      (await cellsOf(text, "e", options))[0]?.train[0]?.precision?.id;
    expect(await at({ profile: "half" })).toBe("bf16");
    expect(await at({ profile: "half", set: ["finetune.precision=fp16(growth_interval: 10)"] })).toBe("fp16");
    expect(await at({ profile: "half", set: ["finetune.precision=f32"] })).toBeUndefined();
  });

  it("f32 is what a recipe has that says nothing", async () => {
    expect(await precisionOf("precision f32")).toBeUndefined();
    expect(await precisionOf("batch 8")).toBeUndefined();
  });
});

describe("less of what there is", () => {
  const of = (lines: string) =>
    cellsOf(`group all = [digits, fashion, brain]
    experiment e { ${lines}; model resnet_s; source clothes; train quick }`);

  it("takes points out of lists, groups and ranges by their labels", async () => {
    const lists = await of("vary target in all except [brain, fashion]; vary init in [a: RI, b: WT] except b");
    expect([labels(lists, "target"), labels(lists, "init")]).toEqual([["digits"], ["a"]]);
    const ranges = await of("target digits; vary n in 0..4 except [1, 3]; init WT_ST(n)");
    expect(ranges.map((cell) => cell.point.n?.value)).toEqual([0, 0, 2, 2, 4, 4]);
  });

  it("takes parts out of parts, wherever parts are named", async () => {
    const [cell] = await cellsOf(`part still = backbone except [norm, bias]
      recipe held = quick with { freeze still }
      experiment e { model resnet_s; target digits; init RI; train held }`);
    expect(cell?.train[0]?.freeze?.except).toEqual([{ kind: "norm" }, { kind: "bias" }]);
  });

  it("layers may be left out of a loop, of models that have them", async () => {
    const [cell] = await cellsOf(`experiment e { model resnet_s; target digits; init RI; train quick
      measure m for l in model.layers except ["conv1", "patch_embed"] = score(top1, of: selected with { layers[l] <- initial }) }`);
    expect(cell?.probes.map(({ loops }) => loops.l?.label)).toEqual(["layer1.0", "layer2.0", "layer3.0", "fc"]);
  });
});

describe("data sets that are the same but for this", () => {
  it("`with { … }` replaces metric, split and normalization, and keeps the files", async () => {
    const cells = await cellsOf(`dataset other = digits with { split train: 60%, val: 20%, test: 20%; metric loss }
      experiment e { vary target in [digits, other]; model resnet_s; init RI; train quick }`);
    const [first, second] = [cells[0]?.target, cells.at(-1)?.target];
    expect(second).toMatchObject({ name: "other", files: "digits", path: first?.path, metric: "log_loss" });
    expect(second?.split).toEqual({ kind: "fractions", train: 0.6, val: 0.2, test: 0.2 });
    expect(first?.split).toEqual({ kind: "official" });
  });
});

describe("second names", () => {
  it("`embedding` is the first unit", async () => {
    const [cell] = await cellsOf(`init body { embedding <- stats; rest <- transfer }
      experiment e { model vit_s; target digits; source clothes; init body; train quick }`);
    expect(cell?.init.rules[0]?.parts).toEqual([{ kind: "units", from: 1, to: 1 }]);
  });

  it("`loss` is the log-loss, as a metric and to select by", async () => {
    const [cell] = await cellsOf(`recipe r = quick with { select best(loss, on: val) every 1 epochs }
      experiment e { model resnet_s; target digits; init RI; train r; measure m = score(loss) }`);
    expect(cell?.train[0]?.select).toMatchObject({ metric: "log_loss" });
    expect(cell?.probes[0]?.metric).toBe("log_loss");
  });
});
