import { describe, expect, it, vi } from "vitest";
import type { ResultBinding } from "../../../src/compiler/plan/types.js";
import type { CheckedStudy } from "../../../src/compiler/study.js";
import { figureData } from "../../../src/runtime/report/figures/data.js";
import { categoryColors, orderedColors } from "../../../src/runtime/report/figures/palette.js";
import { vegaLiteSpec } from "../../../src/runtime/report/figures/spec.js";
import { renderSvg } from "../../../src/runtime/report/figures/svg.js";
import { altText, subtitle } from "../../../src/runtime/report/figures/words.js";
import { gatherReport } from "../../../src/runtime/report/gather.js";
import { readHistory } from "../../../src/runtime/report/history.js";
import { duration } from "../../../src/runtime/report/numbers.js";
import { Html, html, prose } from "../../../src/runtime/report/page/html.js";
import { studyWithoutPaths, withoutPaths } from "../../../src/runtime/report/privacy.js";
import { latex, tableMarkdown } from "../../../src/runtime/report/tables/files.js";
import { viewTable } from "../../../src/runtime/report/tables/view.js";
import { toCsv } from "../../../src/runtime/results/csv.js";
import type { ResultSet } from "../../../src/runtime/results/dataset.js";
import { withDerived } from "../../../src/runtime/results/files.js";
import { mergeOrders } from "../../../src/runtime/results/orders.js";
import { checked } from "../../compiler/outputs/fixture.js";
import { made, type RunOptions } from "./fixture.js";

// the drawing library alone takes seconds to load on a busy machine
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

function resultsOf(study: CheckedStudy, options: RunOptions = {}): ResultSet {
  const data = gatherReport(made(study, options));
  return withDerived(data.outline, data.rows);
}

function figureOf(text: string, options: RunOptions = {}) {
  const { study, diagnostics } = checked(text);
  expect(diagnostics).toEqual([]);
  const [figure] = study.figures;
  if (figure === undefined) throw new Error("no figure");
  const results = resultsOf(study, options);
  const data = figureData(figure, results);
  return { figure, data, results, spec: vegaLiteSpec({ figure, data, results }, null) };
}

describe("a table", () => {
  const TABLE = "table t from main { rows model, init; columns target; cell test; best per model, target }";

  it("keeps declared order, and sets the best of each group in bold", () => {
    const { study } = checked(TABLE);
    const [spec] = study.tables;
    if (spec === undefined) throw new Error("no table");
    const view = viewTable(spec, resultsOf(study));
    expect(view.columns.map(({ heads }) => heads)).toEqual([["digits_few"], ["brain"]]);
    expect(view.rows.map((row) => row.labels.join(" "))).toEqual([
      "resnet_s RI",
      "resnet_s ST",
      "resnet_s WT",
      "vit_s RI",
      "vit_s ST",
      "vit_s WT",
    ]);
    expect(view.rows.map((row) => row.cells.map((cell) => cell.best))).toEqual([
      [false, false],
      [false, false],
      [true, true],
      [false, false],
      [false, false],
      [true, true],
    ]);
    expect(view).toMatchObject({
      n: 2,
      cells: [{ scale: { decimals: 3, exponent: 0 }, metric: "top1 (digits_few), macro_recall (brain)" }],
    });
  });

  it("names no best where a number of the group is missing", () => {
    const { study } = checked(TABLE);
    const [spec] = study.tables;
    if (spec === undefined) throw new Error("no table");
    const fails = ({ point }: ResultBinding): string | undefined =>
      point.model === "vit_s" && point.target === "brain" && point.init === "RI" ? "no memory" : undefined;
    const view = viewTable(spec, resultsOf(study, { fails }));
    const brain = view.rows.filter((row) => row.labels[0] === "vit_s").map((row) => row.cells[1]);
    expect(brain.map((cell) => cell?.best)).toEqual([false, false, false]);
    expect(brain.map((cell) => cell?.summary?.n)).toEqual([0, 2, 2]);
    expect(tableMarkdown(view, null)).toContain("| vit\\_s | RI | 0.556 ± 0.001 (n = 2) | failed |");
  });

  it("notes stand beside their number", () => {
    const { study, diagnostics } = checked(
      "derive gain = main.test[init: WT] - main.test[init: RI]\ntable t from main[init: WT], gain { rows model; columns target; cell test; note gain }",
    );
    expect(diagnostics).toEqual([]);
    const [spec] = study.tables;
    if (spec === undefined) throw new Error("no table");
    const view = viewTable(spec, resultsOf(study));
    expect(view.noteLabel).toBe("gain");
    expect(view.rows[0]?.cells[0]?.note).toBeCloseTo(0.212, 3);
  });
});

describe("a figure", () => {
  it("draws a line with its band and a star in every panel", () => {
    const { data, spec, figure, results } = figureOf(
      "figure f { line from depth { x n; y test; band sd }; star from main[init: RI, target: digits_few] { x 0; y test }; facet model }",
    );
    const stars = data.values.filter((datum) => datum.layer === 1);
    expect(stars.map(({ facet0, x }) => [facet0, x])).toEqual([
      ["resnet_s", 0],
      ["vit_s", 0],
    ]);
    const lines = data.values.filter((datum) => datum.layer === 0);
    expect(lines).toHaveLength(5 + 6);
    for (const { y, low, high } of lines) {
      expect(Number(high) - Number(y)).toBeCloseTo(Number(y) - Number(low), 12);
    }
    expect(subtitle(figure, data, results)).toEqual([
      "mean over repeats; band: ± 1 sd; n = 2",
      "line depth  ·  ★ main[init: RI, target: digits_few]",
    ]);
    expect(JSON.stringify(spec)).toContain('"title":"test (top1)"');
  });

  it("draws a layer without the facet's axis in every panel", () => {
    const { data } = figureOf(
      "figure f { line from depth { x n; y test }; rule from main[init: RI, target: digits_few, model: vit_s] { y test }; facet model }",
    );
    expect(data.values.filter((datum) => datum.layer === 1).map((datum) => datum.facet0)).toEqual([
      "resnet_s",
      "vit_s",
    ]);
  });

  it("has layers in model order, each panel its own", () => {
    const { spec } = figureOf(
      "figure f from main[init: WT, target: brain] { heatmap { x layer; y layer2; color reuse }; facet model }",
    );
    const text = JSON.stringify(spec);
    expect(text).toContain(
      '"sort":["conv1","layer1.0","layer2.0","layer3.0","fc","patch_embed","blocks.0.attn","blocks.0.mlp"',
    );
    expect(text).toContain('"resolve":{"scale":{"x":"independent","y":"independent"}}');
    expect(text).toContain('"title":"layer of initial"');
    expect(text).toContain('"title":"layer of selected"');
  });

  it("draws a layer with itself over a layer of no state alone", () => {
    const { spec, data } = figureOf(
      "figure f from main[init: WT, target: brain, layer2: layer] { line { x layer; y reuse }; facet model }",
    );
    const text = JSON.stringify(spec);
    expect(text).toContain('"title":"layer"');
    expect(text).not.toContain("layer of");
    expect(data.values.map(({ x }) => x)).toEqual([...new Set(data.values.map(({ x }) => x))]);
  });

  it("says in the drawing what was not reached, wholly or in some repeats", () => {
    const late: RunOptions = {
      unreached: ({ point, repeat }) => point.model === "vit_s" && (point.n === 2 || (point.n === 3 && repeat === 2)),
    };
    const { data, figure, results } = figureOf("figure f { line from depth { x n; y test }; facet model }", late);
    expect(data).toMatchObject({ dropped: 0, unreached: { wholly: 1, partly: 1 } });
    expect(subtitle(figure, data, results)).toContain(
      "1 mark: the mean of the repeats that reached it alone, too low; 1 number not reached and not drawn",
    );
    expect(data.values.map(({ tip }) => String(tip)).filter((tip) => tip.includes("reached"))).toEqual([
      expect.stringMatching(/\(1 of 2 reached\)$/),
    ]);
  });

  it("says what is missing instead of drawing it", () => {
    const fails = ({ experiment, point }: ResultBinding): string | undefined =>
      experiment === "depth" && point.n === 2 ? "no memory" : undefined;
    const { data, figure, results } = figureOf("figure f from depth { line { x n; y test }; facet model }", { fails });
    expect(data.dropped).toBe(2);
    expect(altText(figure, data, results)).toMatch(
      /^Figure f \(line\): test \(top1\) by n; panels: model; values from 0\.\d+ to 0\.\d+\.$/,
    );
  });

  it("shows points by two quantities, labelled by what no channel shows", () => {
    const { data } = figureOf(
      "derive gain = main.test[init: WT] - main.test[init: RI]\nfigure f from gain { point { x target.size; y gain; color model }; trend linear; scale x: log }",
    );
    expect(data.values.map(({ x, color, detail }) => [x, color, detail])).toEqual([
      [100, "resnet_s", "digits_few"],
      [1200, "resnet_s", "brain"],
      [100, "vit_s", "digits_few"],
      [1200, "vit_s", "brain"],
    ]);
  });

  it.each([
    "figure f from main[init: WT] { bar { x model; y test; color target } }",
    "derive gain = main.test[init: WT] - main.test[init: RI]\nfigure f from gain { point { x target.size; y gain; color model }; trend linear; scale x: log }",
    "figure f from main[target: brain] { line { x init; y test; dash model } }",
    "figure f from main { point { x init; y test; color model; size target.size; band sd }; facet target }",
  ])("draws %s, twice the same bytes", async (text) => {
    const { spec } = figureOf(text);
    const svg = await renderSvg(spec, "f");
    expect(svg).toMatch(/^<svg /);
    expect(svg).not.toContain("NaN");
    expect(await renderSvg(spec, "f")).toBe(svg);
  });

  it("tells whoever points at a mark its place and numbers", async () => {
    const { spec } = figureOf(
      "figure f { line from depth { x n; y test; band sd }; rule from main[init: RI, target: brain] { y test }; facet model }",
    );
    const svg = await renderSvg(spec, "f");
    const titles = [...svg.matchAll(/<title>([^<]*)<\/title>/g)].map(([, title]) => title);
    // of lines their points, not the lines; of the rule a panel
    expect(titles).toHaveLength(5 + 6 + 2);
    expect(titles[0]).toMatch(/^model: resnet_s, n: 0; test: 0\.\d{3} ± 0\.\d{3} \(n = 2\)$/);
    expect(svg.match(/aria-label/g)).toHaveLength(1);
  });

  it.each([
    ["", "linear", 0],
    ["; scale x: log", "x", 1],
    ["; scale x: log, y: log", "x and y", 2],
  ])("fits a trend straight on its axes%s", (scales, _, logs) => {
    const { spec } = figureOf(
      `derive gain = main.test[init: WT] / main.test[init: RI]\nfigure f from gain { point { x target.size; y gain; color model }; trend linear${scales} }`,
    );
    const text = JSON.stringify(spec);
    expect(text).toContain('{"regression":"y","on":"x","groupby":["color"]}');
    expect([...text.matchAll(/"calculate":"log\(datum\.[xy]\)"/g)]).toHaveLength(logs);
    expect([...text.matchAll(/"calculate":"exp\(datum\.[xy]\)"/g)]).toHaveLength(logs);
  });

  it("fits a trend to all points where a colour is one of them", async () => {
    const { spec } = figureOf(
      "derive gain = main.test[init: WT] - main.test[init: RI]\nfigure f from gain { point { x target.size; y gain; color target }; trend linear; facet model }",
    );
    expect(JSON.stringify(spec)).toContain('{"regression":"y","on":"x","groupby":["facet0"]}');
    const svg = await renderSvg(spec, "f");
    expect(svg.match(/stroke-dasharray="5,4"/g)).toHaveLength(2);
  });

  it("gives bars by layer the room of their own panel", async () => {
    const { spec } = figureOf(
      "figure f from main[target: brain] { bar { x layer; y moved; color init }; facet model }",
    );
    expect(JSON.stringify(spec)).toContain('"x":"independent","xOffset":"independent"');
    const bars = [...(await renderSvg(spec, "f")).matchAll(/<path [^>]*d="M[^"]*?h([0-9.]+)v[^"]*"[^>]*><title>/g)];
    expect(bars.length).toBeGreaterThanOrEqual(2 * 3 * 4);
    for (const [, width] of bars) expect(Number(width)).toBeGreaterThan(8);
  });

  it("keeps every panel wide enough to be read, four in two rows", () => {
    const panels = (text: string) => JSON.parse(JSON.stringify(figureOf(text).spec));
    expect(panels("figure f from main { bar { x target; y test; color init }; facet model }").columns).toBe(2);
    const two = panels("figure f from depth { line { x n; y test }; facet model }");
    expect([two.columns, two.spec.width]).toEqual([2, 300]);
  });
});

describe("bars", () => {
  const offset = (text: string) => JSON.stringify(figureOf(text).spec).includes('"xOffset"');
  it("stand beside each other by colour, and over their label where x or the panel has but one", () => {
    expect(offset("figure f from main { bar { x target; y test; color init }; facet model }")).toBe(true);
    expect(offset("figure f from main[target: brain] { bar { x init; y test; color init }; facet model }")).toBe(false);
    expect(offset("figure f from main { bar { x init; y test; color target }; facet target, model }")).toBe(false);
  });
});

describe("a logarithmic axis", () => {
  const figure = (text: string) => figureOf(text);

  it("draws no number at 0 or below, and says how many it left out", () => {
    const {
      data,
      results,
      figure: spec,
    } = figure("figure f from depth { line { x n; y test }; facet model; scale x: log }");
    expect(data.values.map(({ x }) => x)).not.toContain(0);
    expect(subtitle(spec, data, results).join("\n")).toContain("logarithmic axis: 2 numbers at 0 or below not drawn");
  });

  it("cuts bands that reach 0 or below where it begins, so that the numbers keep the drawing", () => {
    const gain = "derive gain = main.test[init: ST] - main.test[init: RI]";
    const drawn = (scale: string) =>
      figure(`${gain}\nfigure f from gain { point { x target; y gain; band ci95 }; facet model${scale} }`);
    const plain = drawn("").data.values;
    expect(plain.some(({ low }) => Number(low) <= 0)).toBe(true);
    const { data, results, figure: spec } = drawn("; scale y: log");
    const numbers = plain.flatMap(({ y, low }) => [Number(y), Number(low)]).filter((each) => each > 0);
    for (const { low } of data.values) {
      expect(Number(low)).toBeGreaterThan(Math.min(...numbers) / 100);
    }
    expect(subtitle(spec, data, results).join("\n")).toContain("bands cut where they reach 0");
  });
});

describe("a number made of all repeats", () => {
  it("is not said to be of a single one, whatever stands beside it", () => {
    const ratio = "derive ratio = mean(main.test[init: WT]) / mean(main.test[init: RI])";
    const once = "figure f from ratio { point { x model; y ratio; color target } }";
    const { data, results, figure } = figureOf(`${ratio}\n${once}`);
    const one = { ...data, n: { least: 1, most: 1 } };
    expect(subtitle(figure, one, results)).toEqual([]);
    expect(subtitle(figure, { ...one, pooled: false }, results)).toEqual(["a single repeat, no spread"]);
  });
});

describe("colours", () => {
  const luminance = (hex: string): number => {
    const [r = 0, g = 0, b = 0] = [1, 3, 5]
      .map((at) => Number.parseInt(hex.slice(at, at + 2), 16) / 255)
      .map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };

  it("of ordered points go from dark to light, so that grey print and every eye can order them", () => {
    const values = orderedColors(9).map(luminance);
    expect(values).toEqual([...values].sort((a, b) => a - b));
    expect(new Set(orderedColors(9)).size).toBe(9);
  });

  it("of categories all stand out from white", () => {
    for (const color of categoryColors(7)) {
      expect(1.05 / (luminance(color) + 0.05), color).toBeGreaterThan(2);
    }
  });
});

describe("orders", () => {
  it("keeps each model's own, with names they share", () => {
    expect(
      mergeOrders([
        ["stem", "b0", "b1", "head"],
        ["stem", "b0", "b1", "b2", "b3", "head"],
      ]),
    ).toEqual(["stem", "b0", "b1", "b2", "b3", "head"]);
    expect(
      mergeOrders([
        ["conv1", "head"],
        ["embed", "b0", "head"],
      ]),
    ).toEqual(["conv1", "embed", "b0", "head"]);
  });

  it("survives contradictions", () => {
    expect(
      [
        ...mergeOrders([
          ["a", "b"],
          ["b", "a"],
        ]),
      ].sort(),
    ).toEqual(["a", "b"]);
    expect(mergeOrders([])).toEqual([]);
  });
});

describe("privacy", () => {
  it.each([
    ["cannot read /home/jane/p-17/scan.dcm: no such file", "cannot read (path) no such file"],
    ["open 'C:\\data\\p17.png' failed", "open '(path)' failed"],
    ["image scan_17.jpeg is torn", "(file) is torn"],
    ["x failed: test/doe, jane 7.png is torn (line 3)", "x failed: (file) is torn (line 3)"],
    ["xferc run studies/quickstart.xfer", "xferc run studies/quickstart.xfer"],
    ["step 3 / 4 of train/val", "step 3 / 4 of train/val"],
  ])("%s", (text, told) => expect(withoutPaths(text)).toBe(told));

  it("keeps imports and patterns of a study, not where its data lies", () => {
    expect(studyWithoutPaths('import "../../lab of ann/m.xfer"\nimport a from "../m.xfer"')).toBe(
      'import "(path)/m.xfer"\nimport a from "(path)/m.xfer"',
    );
    const text = 'import "./models.xfer"\ndataset d from idx("/data/p") { }\n"blocks.*.attn.**" <- transfer';
    expect(studyWithoutPaths(text)).toBe(
      'import "./models.xfer"\ndataset d from idx("(path)") { }\n"blocks.*.attn.**" <- transfer',
    );
    const sources = 'source a = weights("./p17/a.pth")\nsource b = weights("hf:timm/resnet18.a1_in1k")';
    expect(studyWithoutPaths(sources)).toBe(
      'source a = weights("(path)")\nsource b = weights("hf:timm/resnet18.a1_in1k")',
    );
  });
});

describe("text", () => {
  it("escapes what is put into HTML, and only that", () => {
    expect(html`<b>${"<&\"'>"}</b>${[1, null, Html.trusted("<i></i>")]}`.text).toBe(
      "<b>&lt;&amp;&quot;&#39;&gt;</b>1<i></i>",
    );
    expect(prose("use `a<b>` or `c").text).toBe("use <code>a&lt;b&gt;</code> or c");
  });

  it("escapes LaTeX and spreadsheets' formulas", () => {
    expect(latex("a_b & 50% {x} \\ ±")).toBe("a\\_b \\& 50\\% \\{x\\} \\textbackslash{} $\\pm$");
    expect(latex("(1.20 ± 0.05)\u202f×\u202f10⁻¹² & −3\u202f×\u202f10⁴, 3 × 2")).toBe(
      "(1.20 $\\pm$ 0.05)$\\times10^{-12}$ \\& $-$3$\\times10^{4}$, 3 $\\times$ 2",
    );
    expect(toCsv(["a"], [["=1+1"], [-1.5], ["@x"], ["a,b"], [Number.NaN]])).toBe(`a\n"'=1+1"\n-1.5\n"'@x"\n"a,b"\n\n`);
  });

  it("prints times in the unit they are read in", () => {
    expect([duration(0.25), duration(4.2), duration(131), duration(8000)]).toEqual([
      "250 ms",
      "4.2 s",
      "2 min",
      "2 h 13 min",
    ]);
  });
});

describe("a training's history", () => {
  it("is read from columns and from lists of checks", () => {
    const value = {
      steps: 120,
      history: {
        metric: "top1",
        steps: { step: [1, 2, 3], loss: [2, 1, 0.5], lr: [0.1, 0.1, 0.1] },
        checks: [
          { step: 2, top1: 0.5 },
          { step: 3, top1: 0.75 },
        ],
      },
    };
    expect(readHistory(value)?.curves).toEqual([
      {
        name: "loss",
        points: [
          [1, 2],
          [2, 1],
          [3, 0.5],
        ],
      },
      {
        name: "lr",
        points: [
          [1, 0.1],
          [2, 0.1],
          [3, 0.1],
        ],
      },
      {
        name: "top1",
        points: [
          [2, 0.5],
          [3, 0.75],
        ],
      },
    ]);
  });

  it("is thinned, and nothing is made of what is none", () => {
    const long = Array.from({ length: 1000 }, (_, step) => ({ step, loss: step }));
    const points = readHistory({ history: long })?.curves[0]?.points ?? [];
    expect(points.length).toBeLessThanOrEqual(81);
    expect(points.at(-1)).toEqual([999, 999]);
    expect(readHistory(null)).toBeUndefined();
    expect(readHistory({ rows: [] })).toBeUndefined();
  });
});
