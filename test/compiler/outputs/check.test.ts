import { describe, expect, it } from "vitest";
import type { Diagnostic } from "../../../src/compiler/diagnostics.js";
import { checked } from "./fixture.js";

function problems(text: string): readonly string[] {
  return checked(text).diagnostics.map((diagnostic) => diagnostic.name);
}

function only(text: string): Diagnostic & { readonly quoted: string } {
  const { diagnostics } = checked(text);
  expect(diagnostics.map((diagnostic) => diagnostic.name)).toHaveLength(1);
  const [diagnostic] = diagnostics;
  if (diagnostic === undefined) throw new Error("no diagnostic");
  const { start, end } = diagnostic.location.span;
  return { ...diagnostic, quoted: text.slice(start, end) };
}

describe("the quickstart", () => {
  const { study, diagnostics } = checked();

  it("checks without a word", () => expect(diagnostics).toEqual([]));

  it("knows each derive's axes, metric and whether it has repeats", () => {
    const [gain, share] = study.derives;
    expect(gain).toMatchObject({ name: "gain", perRepeat: true, metric: "top1/macro_recall" });
    expect(gain?.axes.map((axis) => axis.name)).toEqual(["model", "target"]);
    expect(share).toMatchObject({ name: "share", perRepeat: false, metric: "ratio" });
  });

  it("places a table's axes and knows which way is better", () => {
    const [results] = study.tables;
    expect(results?.rows.map((axis) => axis.name)).toEqual(["model", "init"]);
    expect(results?.columns.map((axis) => axis.name)).toEqual(["target"]);
    expect(results?.best).toEqual({ per: ["model", "target"] });
    expect(results?.cells).toMatchObject([{ label: "test", direction: "max" }]);
  });

  it("reads every mark of a figure, the band as said", () => {
    const [byDepth, byLayer, similarity] = study.figures;
    expect(byDepth?.layers.map((layer) => [layer.mark, layer.band])).toEqual([
      ["line", "sd"],
      ["star", "none"],
    ]);
    expect(byDepth?.layers[1]?.from[0]?.slice).toMatchObject({
      init: { points: [{ label: "RI" }], keep: false },
      target: { points: [{ label: "digits_few" }], keep: false },
    });
    expect(byDepth?.facet.map((axis) => axis.name)).toEqual(["model"]);
    expect(byLayer?.layers[0]?.channels.map(({ channel, type }) => `${channel} ${type}`)).toEqual([
      "x ordinal",
      "y quantitative",
      "color ordinal",
    ]);
    expect(similarity?.facet.map((axis) => axis.name)).toEqual(["model", "target"]);
  });
});

describe("an axis that is not placed", () => {
  it("is named with its points and the three ways out", () => {
    const found = only("table t from main { rows model; columns target; cell test }\n");
    expect(found).toMatchObject({
      code: "XF0304",
      name: "axis-not-placed",
      message: "`cell test` would mix three inits in one number",
      label: "still varies over init (RI, ST, WT)",
      note: "Only `repeat` and `fold` are averaged for you. Every other axis must be seen.",
      hint: "add it (`rows model, init`), choose one (`from main[init: WT]`), or say you want the mean (`cell mean(test, over: init)`).",
      quoted: "cell test",
    });
  });

  it("each of the three ways mends it", () => {
    expect(problems("table t from main { rows model, init; columns target; cell test }")).toEqual([]);
    expect(problems("table t from main[init: WT] { rows model; columns target; cell test }")).toEqual([]);
    expect(problems("table t from main { rows model; columns target; cell mean(test, over: init) }")).toEqual([]);
  });

  it("holds for marks, whose colour or panels may show it", () => {
    const found = only("figure f from depth { line { x n; y test } }");
    expect(found.message).toBe("`y test` would mix two models in one number");
    expect(found.hint).toContain("`color model`");
    expect(problems("figure f from depth { line { x n; y test; color model } }")).toEqual([]);
  });

  it("is not for points: each stands alone", () => {
    const { study, diagnostics } = checked(
      "figure f from main[init: WT] { point { x target.size; y test; color model } }",
    );
    expect(diagnostics).toEqual([]);
    expect(study.figures[0]?.layers[0]?.detail.map((axis) => axis.name)).toEqual(["target"]);
  });

  it("a property of an axis does not show the axis", () => {
    expect(problems("figure f from depth { line { x n / model.units; y test } }")).toEqual(["axis-not-placed"]);
    expect(problems("figure f from depth { line { x n / model.units; y test; color model } }")).toEqual([]);
  });
});

describe("names", () => {
  it.each([
    ["table t from man { rows model; cell test }", "unknown-table", "did you mean `main`?", "man"],
    [
      "table t from main[init: WT] { rows model; columns target; cell tset }",
      "unknown-column",
      "did you mean `test`?",
      "tset",
    ],
    [
      "table t from main[init: WT] { rows modle; columns target; cell test }",
      "unknown-axis",
      "did you mean `model`?",
      "modle",
    ],
    ["derive d = main.test[init: WTT]", "unknown-point", "did you mean `WT`?", "WTT"],
    ["derive d = main.tst[init: WT]", "unknown-column", "did you mean `test`?", "tst"],
    ["derive d = main.test[inti: WT]", "unknown-axis", "did you mean `init`?", "inti"],
    ["derive d = main.test[WT]", "slice-without-axis", "write `[init: WT]`", "WT"],
    ["derive d = maen(main.test)", "unknown-function", "did you mean `mean`?", "maen"],
    ["derive d = mean(main.test, over: trget)", "reduced-axis-unknown", "did you mean `target`?", "trget"],
    [
      "figure f from depth { line { x n; y test; colour model } }",
      "unknown-output-setting",
      "write `color`.",
      "colour",
    ],
    [
      "figure f from depth { line { x n; y test; color model; band ci59 } }",
      "unknown-word",
      "did you mean `ci95`?",
      "ci59",
    ],
    [
      "figure f from depth { line { x n / model.unit; y test; color model } }",
      "unknown-property",
      "did you mean `units`?",
      "unit",
    ],
  ])("%s", (text, name, hint, quoted) => {
    expect(only(text)).toMatchObject({ name, hint, quoted });
  });
});

describe("what makes no sense", () => {
  it.each([
    ["derive d = main", "table-not-number"],
    ["derive d = main.selected[init: WT]", "state-not-number"],
    ["derive d = d2 + 1; derive d2 = d + 1", "derive-of-itself"],
    ["derive d = main.test[init: WT, init: ST]", "axis-sliced-twice"],
    ["derive d = main.test / 0", "divides-by-zero"],
    ["derive d = main.test[init: WT][repeat: other]", "repeat-other-of-numbers"],
    ["derive d = mean(mean(main.test))", "nothing-to-reduce"],
    ["derive d = main.moved[init: WT] - depth.near", "layers-across-models:none"],
    ["derive d = main.moved[model: resnet_s] - main.moved[model: vit_s]", "layers-across-models"],
    ["derive d = mean(main.moved, over: model)", "layers-across-models"],
    ["derive d = main.reuse[init: WT] - 1 > 0", "not-a-number"],
    ["table t from main[init: WT] { rows model; columns target }", "table-without-cell"],
    ["table t from main[init: WT] { rows model, model; columns target; cell test }", "axis-placed-twice"],
    ["table t from main { rows model, init; columns target; cell test; best per n }", "unknown-axis"],
    [
      "table t from main[init: WT] { rows layer; columns target, model; cell moved; best per target }",
      "best-without-direction",
    ],
    ["figure f from depth { facet model }", "figure-without-mark"],
    ["figure f from depth { line { x n }; facet model }", "mark-without-channel"],
    ["figure f { line { x n; y test } }", "nothing-to-show-from"],
    ["figure f from main[init: WT] { line { x model; y test; color target; dash test } }", "dash-wants-axis"],
    ["figure f from depth { line { x n; y mean(test); band sd }; facet model }", "band-without-repeats"],
    ["table t from main, depth { rows model, init, n; columns target; cell test }", "ambiguous-column"],
  ])("%s", (text, name) => {
    const [wanted, none] = name.split(":");
    expect(problems(text)).toEqual(none === undefined ? [wanted] : []);
  });

  it("says several things in one go", () => {
    expect(problems("derive a = main.tst\nderive b = mian.test\ntable t from main { rows model; cell test }")).toEqual([
      "unknown-column",
      "unknown-table",
      "axis-not-placed",
    ]);
  });

  it("says a broken derive once, not again where it is used", () => {
    expect(problems("derive a = main.tst[init: WT]\ntable t from a { rows model; columns target; cell a }")).toEqual([
      "unknown-column",
    ]);
  });
});

describe("ranges", () => {
  it("a ratio to a difference warns: it can be zero or negative", () => {
    const found = only("derive d = main.test[init: WT] / (main.test[init: WT] - main.test[init: RI])");
    expect(found).toMatchObject({ name: "ratio-of-signed-metric", severity: "warning" });
  });

  it("a ratio to a share of images does not", () => {
    expect(problems("derive d = main.test[init: WT] / main.test[init: RI]")).toEqual([]);
  });

  it("a mean over targets with metrics of their own warns", () => {
    expect(problems("derive d = mean(main.test, over: target)")).toEqual(["mean-across-metrics"]);
    expect(problems("derive d = mean(main.test[target: brain], over: init)")).toEqual([]);
  });

  it("two estimators of one metric never meet", () => {
    const cells = "figure f { line from main[init: WT] { x layer; y moved; color target }; facet model }";
    expect(problems(cells)).toEqual([]);
    expect(
      problems(
        "derive d = main.reuse[init: WT] - alike\nderive alike = cka(main.selected[init: WT], main.selected[init: ST])",
      ),
    ).toEqual([]);
  });
});

describe("a probe across cells", () => {
  const text = "derive alike = cka(main.selected[init: WT], main.selected[init: ST], estimator: unbiased)";

  it("has an instance for every model, target and repeat, on the right two states", () => {
    const { study, diagnostics } = checked(text);
    expect(diagnostics).toEqual([]);
    const [alike] = study.derives;
    expect(alike?.axes.map((axis) => axis.name)).toEqual(["model", "target", "layer", "layer2"]);
    const value = alike?.value;
    if (value?.kind !== "probe") throw new Error("no probe");
    expect(value.instances).toHaveLength(2 * 2 * 2);
    for (const { point, repeat, probe, cell } of value.instances) {
      const states = probe.states.map((state) => (state.kind === "cell" ? state.cell : undefined));
      expect(states.map((state) => state?.init.name)).toEqual(["WT", "ST"]);
      for (const state of states) {
        expect(state?.repeat).toBe(repeat);
        expect(state?.model.name).toBe(point.model?.label);
        expect(state?.target.name).toBe(point.target?.label);
      }
      expect(cell).toBe(states[0]);
      expect(probe).toMatchObject({ measure: "alike", estimator: "unbiased", on: "test" });
    }
  });

  it.each([
    ["derive d = cka(main.selected[model: resnet_s, init: WT], main.selected[model: vit_s, init: WT])", "probe-across"],
    ["derive d = cka(main.selected[target: brain], main.selected[target: digits_few])", "probe-across"],
    ["derive d = cka(main.selectd[init: WT], main.selected[init: ST])", "unknown-state"],
    ["derive d = cka(main.test[init: WT], main.selected[init: ST])", "unknown-state"],
    ["derive d = 1 - cka(main.selected[init: WT], main.selected[init: ST])", "probe-inside"],
    ["derive d = cka(main, main.selected)", "not-a-state"],
  ])("%s", (source, name) => {
    expect(problems(source)).toEqual([name]);
  });

  it("can be sliced and drawn like any table", () => {
    expect(
      problems(
        `${text}\nfigure f from alike[target: brain] { heatmap { x layer; y layer2; color alike }; facet model }`,
      ),
    ).toEqual([]);
  });
});

describe("a slice that follows another axis", () => {
  it("takes a layer with itself: the diagonal, one axis less", () => {
    const { study, diagnostics } = checked("derive same = main.reuse[layer2: layer]");
    expect(diagnostics).toEqual([]);
    expect(study.derives[0]?.axes.map(({ name }) => name)).toEqual(["model", "target", "init", "layer"]);
    expect(study.derives[0]?.value).toMatchObject({ quantity: { slice: { layer2: { follows: { axis: "layer" } } } } });
    const figure = "figure f from main[layer2: layer] { line { x layer; y reuse; color init }; facet model, target }";
    expect(problems(figure)).toEqual([]);
  });

  it("takes a property of the axis a range depends on: the last n of each model", () => {
    const { study, diagnostics } = checked("derive whole = depth.test[n: model.units] - depth.test[n: 0]");
    expect(diagnostics).toEqual([]);
    expect(study.derives[0]?.axes.map(({ name }) => name)).toEqual(["model"]);
    expect(study.derives[0]?.value).toMatchObject({
      quantity: {
        left: { slice: { n: { keep: false, follows: { axis: "model", points: { resnet_s: "4", vit_s: "5" } } } } },
      },
    });
  });

  it("keeps the cells it means, where a fixed model makes it one point", () => {
    const { study, diagnostics } = checked("derive whole = depth.test[model: vit_s, n: model.units]");
    expect(diagnostics).toEqual([]);
    expect(study.derives[0]?.axes).toEqual([]);
  });

  it.each([
    ["derive d = main.reuse[layer2: layer2]", "unknown-point"],
    ["derive d = main.reuse[layer: init]", "unknown-point"],
    ["derive d = depth.test[n: model.layers]", "unknown-point"],
    ["derive d = depth.test[n: target.size]", "unknown-point"],
  ])("%s follows nothing", (source, name) => {
    expect(problems(source)).toEqual([name]);
  });
});
