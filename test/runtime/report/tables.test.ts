/** One model of a table, four ways to write it; and what is set in bold. */

import { describe, expect, it } from "vitest";
import { decodeReportData, encodeReportData } from "../../../src/runtime/report/data.js";
import { gatherReport } from "../../../src/runtime/report/gather.js";
import { tableHtml } from "../../../src/runtime/report/page/table-file.js";
import { tableCard } from "../../../src/runtime/report/page/tables.js";
import { bestKeys, type Contestant } from "../../../src/runtime/report/tables/best.js";
import { tableCsv, tableLatex, tableMarkdown } from "../../../src/runtime/report/tables/files.js";
import { type TableCell, type TableView, viewTable } from "../../../src/runtime/report/tables/view.js";
import { captionText, cellText } from "../../../src/runtime/report/tables/words.js";
import { withDerived } from "../../../src/runtime/results/files.js";
import { type PointValue, summarizePoint } from "../../../src/runtime/results/series.js";
import { checked } from "../../compiler/outputs/fixture.js";
import { made, type RunOptions } from "./fixture.js";

function viewOf(text: string, options: RunOptions = {}) {
  const { study, diagnostics } = checked(text);
  expect(diagnostics.filter((each) => each.severity === "error")).toEqual([]);
  const [spec] = study.tables;
  if (spec === undefined) throw new Error("no table");
  const data = gatherReport(made(study, options));
  return viewTable(spec, withDerived(data.outline, data.rows));
}

const GAINS = `derive gain = main.test[init: WT] - main.test[init: RI]
derive ratio = mean(main.test[init: WT]) / mean(main.test[init: RI])
table t from gain, ratio { rows model; columns target; cell gain, ratio; best per target }`;

const NO_CELL: TableCell = { summary: null, best: false, note: null };

describe("a table's card", () => {
  const derived = (text: string) => tableCard(viewOf(text)).text;
  it("takes half a page, and the whole where its intervals would be cut", () => {
    const gain = "derive gain = main.test[init: WT] - main.test[init: RI]";
    const share = "derive share = mean(main.test[init: WT] - main.test[init: ST]) / mean(main.test[init: WT])";
    const table = (name: string) => `table t from ${name} { rows model; columns target; cell ${name} }`;
    expect(derived(`${gain}\n${table("gain")}`)).toContain('class="card"');
    const wide = derived(`${share}\n${table("share")}`);
    expect(wide).toMatch(/\(.* to .*\)/);
    expect(wide).toContain('class="card wide"');
  });
});

describe("numbers that were not reached", () => {
  /** RI of resnet_s on digits_few in one of two repeats, ST there in both. */
  const late: RunOptions = {
    unreached: ({ point, repeat }) =>
      point.model === "resnet_s" &&
      point.target === "digits_few" &&
      (point.init === "ST" || (point.init === "RI" && repeat === 2)),
  };
  const view = viewOf(
    "table t from main { rows model, init; columns target; cell test; best per model, target }",
    late,
  );

  it("say so in every form, with how many were", () => {
    const md = tableMarkdown(view, null);
    expect(md).toMatch(/\| resnet\\_s \| RI \| 0\.\d+ \(1 of 2 reached\) \|/);
    expect(md).toMatch(/\| resnet\\_s \| ST \| not reached \|/);
    const tex = tableLatex(view, null);
    expect(tex).toContain("(1 of 2 reached)");
    expect(tex).toContain("& not reached &");
    const html = tableHtml(view, null);
    expect(html).toContain('<span class="n">(1 of 2 reached)</span>');
    expect(html).toContain('<td class="number absent">not reached</td>');
    const [head = "", first = "", second = ""] = tableCsv(view).split("\n");
    expect(head).toBe(
      "model,init,digits_few mean,digits_few sd,digits_few n,digits_few not reached,brain mean,brain sd,brain n",
    );
    expect(first).toMatch(/^resnet_s,RI,0\.\d+,,1,1,/);
    expect(second).toMatch(/^resnet_s,ST,,,0,2,/);
  });

  it("are explained in the caption: what is left is biased", () => {
    expect(captionText(view)).toContain("a mean of those that reached it is too low");
    expect(captionText(viewOf("table t from main { rows model, init; columns target; cell test }"))).not.toContain(
      "reached",
    );
  });

  it("leave no number of their group bold, for nobody knows which is best", () => {
    const bold = view.rows.map(({ labels, cells }) => [labels.join(" "), ...cells.map(({ best }) => best)]);
    expect(bold.filter(([, digits]) => digits === true).map(([label]) => label)).toEqual(["vit_s WT"]);
    expect(bold.filter(([, , brain]) => brain === true).map(([label]) => label)).toEqual(["resnet_s WT", "vit_s WT"]);
  });

  it("come back from the report's data as they were", () => {
    const { study } = checked("table t from main { rows model, init; columns target; cell test }");
    const data = gatherReport(made(study, late));
    const rows = data.rows.filter(
      ({ status, experiment, measure }) => status === "not_reached" && experiment === "main" && measure === "test",
    );
    expect(rows.map(({ above, reason }) => [above, reason])).toEqual(Array(3).fill([600, "not within 600 steps"]));
    expect(decodeReportData(encodeReportData(data)).rows).toEqual(data.rows);
    const numbers = data.cells
      .filter(({ experiment }) => experiment === "main")
      .flatMap((cell) => cell.numbers)
      .filter(({ measure }) => measure === "test");
    expect(numbers.filter(({ above }) => above === 600)).toHaveLength(3);
  });
});

describe("numbers that would print as zero", () => {
  const tiny = "derive small = 1e-9 * main.test[init: WT]\n";
  const all = viewOf(`${tiny}table t from small { rows model; columns target; cell small }`);

  it("are so many times a power of ten, one for the number and its spread", () => {
    expect(cellText(all, 0, all.rows[0]?.cells[0] ?? NO_CELL)).toMatch(/^\(\d\.\d\d ± \d\.\d\d\)\u202f×\u202f10⁻¹⁰$/);
    const numbers = all.rows.flatMap(({ cells }) => cells.map((cell, i) => cellText(all, i, cell)));
    expect(numbers.filter((text) => /^\(?0\.00/.test(text))).toEqual([]);
  });

  it("in every form", () => {
    expect(tableMarkdown(all, null)).toMatch(/\| \(\d\.\d\d ± \d\.\d\d\)\u202f×\u202f10⁻¹⁰ \|/);
    expect(tableLatex(all, null)).toMatch(/& \(\d\.\d\d \$\\pm\$ \d\.\d\d\)\$\\times10\^\{-10\}\$/);
    expect(tableHtml(all, null)).toMatch(/>\(\d\.\d\d<span class="sd"> ± \d\.\d\d<\/span>\)\u202f×\u202f10⁻¹⁰</);
    expect(tableCsv(all)).toMatch(/,\d\.\d+e-10,/);
  });

  it("beside larger ones have a power of their own, unless a difference of equals left them", () => {
    const [first] = all.columns;
    const scale = { decimals: 3, exponent: 0 };
    const view = { ...all, columns: first ? [{ ...first, cell: { ...first.cell, scale } }] : [] };
    const text = (mean: number, sd = Number.NaN, low = Number.NaN, high = Number.NaN) =>
      cellText(view, 0, {
        ...NO_CELL,
        summary: { mean, sd, n: view.n ?? 1, low, high, missing: 0, pooled: !Number.isFinite(sd) },
      });
    expect(text(2.5e-9)).toBe("2.50\u202f×\u202f10⁻⁹");
    expect(text(2.5e-9, 0.01)).toBe("0.000 ± 0.010");
    expect(text(2.5e-9, Number.NaN, -0.02, 0.03)).toBe("0.000 (−0.020 to 0.030)");
    expect(text(2.5e-9, Number.NaN, 1e-9, 4e-9)).toBe("2.50\u202f×\u202f10⁻⁹ ((1.00 to 4.00)\u202f×\u202f10⁻⁹)");
    expect(text(5.6e-17)).toBe("0.000");
    expect(text(0)).toBe("0.000");
  });
});

describe("several numbers in a cell", () => {
  const view = viewOf(GAINS);

  it("stand side by side beneath each column, each with its own digits", () => {
    expect(view.columns.map(({ heads }) => heads)).toEqual([
      ["digits_few", "gain"],
      ["digits_few", "ratio"],
      ["brain", "gain"],
      ["brain", "ratio"],
    ]);
    expect(view.cells.map(({ label, scale }) => [label, scale.decimals])).toEqual([
      ["gain", 3],
      ["ratio", 2],
    ]);
    for (const { cells } of view.rows) {
      const [gain, ratio] = cells;
      expect(gain?.summary?.sd).toBeGreaterThan(0);
      expect(ratio?.summary?.sd).toBeNaN();
      expect(ratio?.summary?.mean).toBeGreaterThan(1);
    }
  });

  it("are said in the caption, each as it is made", () => {
    expect(captionText(view)).toBe(
      "gain = main.test[init: WT] - main.test[init: RI]: top1 (digits_few), macro_recall (brain); " +
        "ratio = mean(main.test[init: WT]) / mean(main.test[init: RI]): ratio; " +
        "mean ± sd over repeats (ddof 1); without ±, one number made of all repeats, n = 2. " +
        "Bold: highest mean per target; of noise, fewer than 3 repeats say nothing.",
    );
  });

  it("make groups of columns in LaTeX and HTML, and one line of heads in CSV and Markdown", () => {
    const tex = tableLatex(view, null);
    expect(tex).toContain("\\begin{tabular}{lrrrr}");
    expect(tex).toContain(
      "    \\toprule\n     & \\multicolumn{2}{c}{digits\\_few} & \\multicolumn{2}{c}{brain} \\\\\n" +
        "    \\cmidrule(lr){2-3} \\cmidrule(lr){4-5}\n    model & gain & ratio & gain & ratio \\\\\n    \\midrule\n",
    );
    const html = tableHtml(view, "Not as written");
    expect(html).toContain('<th scope="colgroup" class="group" colspan="2"><span>digits_few</span></th>');
    expect(html).toContain("<caption><b>Not as written.</b> gain = ");
    expect(html).not.toMatch(/https?:|<script/);
    expect(tableMarkdown(view, null).split("\n")[0]).toBe(
      "| model | digits\\_few / gain | digits\\_few / ratio | brain / gain | brain / ratio |",
    );
    const [head, first] = tableCsv(view).split("\n");
    expect(head).toContain("digits_few / gain mean,digits_few / gain sd,digits_few / gain n,digits_few / ratio mean");
    expect(Number(first?.split(",")[1])).toBe(view.rows[0]?.cells[0]?.summary?.mean);
  });
});

describe("a number that is none", () => {
  const none = (reason?: string): PointValue => ({
    kind: "pooled",
    replicates: "any",
    at: () => Number.NaN,
    identity: "none",
    ...(reason === undefined ? {} : { reason }),
  });
  const view = viewOf("table t from main[target: brain] { rows model; columns init; cell test }");
  const withFirst = (value: PointValue, metric = "") => ({
    ...view,
    columns: view.columns.map((column) => ({
      ...column,
      cell: { ...column.cell, metric, scale: { decimals: 4, exponent: 0 } },
    })),
    rows: view.rows.map((row, index) =>
      index > 0
        ? row
        : { ...row, cells: row.cells.map((cell, at) => (at > 0 ? cell : { ...cell, summary: summarizePoint(value) })) },
    ),
  });

  it("says why in the caption, and is not taken for a failure", () => {
    const known = withFirst(none("better than the other side at any number of labels"));
    expect(tableMarkdown(known, null)).toContain("| resnet\\_s | none |");
    expect(captionText(known)).toMatch(/ None: better than the other side at any number of labels\.$/);
    expect(tableHtml(known, null)).toContain('<td class="number failed">none</td>');
    expect(tableMarkdown(withFirst(none()), null)).toContain("| resnet\\_s | failed |");
    expect(captionText(withFirst(none()))).not.toContain("None:");
  });

  it("a p that would print as zero says what it is below", () => {
    const tiny: PointValue = { kind: "pooled", replicates: "any", at: () => 1e-7, identity: "p" };
    expect(tableMarkdown(withFirst(tiny, "p"), null)).toContain("| resnet\\_s | \\<0.0001");
    expect(tableMarkdown(withFirst(tiny, "top1"), null)).toContain("| resnet\\_s | 1.00\u202f×\u202f10⁻⁷");
  });
});

describe("a probe that failed in every repeat", () => {
  const fails: RunOptions["fails"] = ({ measure, point }) =>
    measure === "near" && point.model === "resnet_s" && point.n === 1 ? "no memory" : undefined;
  const rowOf = (view: TableView, ...labels: readonly string[]) =>
    view.rows.find((row) => row.labels.join() === labels.join())?.cells ?? [];

  it("fails its cell, of the mean over layers and of each layer, and leaves its group without a best", () => {
    const mean = viewOf("table t from depth { rows model, n; cell mean(near, over: layer); best per model }", {
      fails,
    });
    expect(cellText(mean, 0, rowOf(mean, "resnet_s", "1")[0] ?? NO_CELL)).toBe("failed");
    expect(mean.rows.filter(({ cells }) => cells[0]?.best).map(({ labels }) => labels[0])).toEqual(["vit_s"]);
    const each = viewOf("table t from depth[model: resnet_s] { rows n; columns layer; cell near; best per layer }", {
      fails,
    });
    expect(each.columns.every(({ heads }) => heads[0] !== "")).toBe(true);
    expect(rowOf(each, "1").map((cell, at) => cellText(each, at, cell))).toEqual(each.columns.map(() => "failed"));
    expect(each.rows.some(({ cells }) => cells.some(({ best }) => best))).toBe(false);
  });
});

describe("a table in which nothing is the best", () => {
  it("does not say what bold would mean", () => {
    const alone = viewOf("table t from main[target: brain] { rows model, init; cell test; best per model, init }");
    expect(captionText(alone)).not.toContain("Bold");
    const some = viewOf("table t from main[target: brain] { rows model, init; cell test; best per model }");
    expect(captionText(some)).toContain("Bold: highest mean per model");
  });
});

describe("numbers of different n", () => {
  it("are counted in the caption, not in every cell", () => {
    const whole = viewOf("table t from main[target: brain] { rows model, init; cell test }");
    const [cell] = whole.cells;
    if (cell === undefined) throw new Error("no cell");
    const view = { ...whole, n: null, cells: [cell, { ...cell, label: "size", n: 1 }] };
    expect(captionText(view)).toContain(", n = 2 (test), n = 1 (size).");
    expect(tableMarkdown(view, null)).not.toContain("(n = 2)");
    const uneven = { ...view, cells: [{ ...cell, n: null }] };
    expect(captionText(uneven)).toContain("n beside each number");
    expect(tableMarkdown(uneven, null)).toContain("(n = 2)");
  });
});

describe("what is set in bold", () => {
  const repeats = (...values: readonly number[]): PointValue => ({
    kind: "each",
    observations: new Map(values.map((value, index) => [String(index + 1), { value, identity: `${index}:${value}` }])),
  });
  const bold = (direction: "max" | "min" | "none", all: { readonly [init: string]: PointValue }) => {
    const points = Object.entries(all).map(
      ([init, value]): Contestant => ({ at: { init, target: "d" }, value, summary: summarizePoint(value) }),
    );
    const keys = bestKeys({ per: ["target"] }, direction, ["init"], points);
    return Object.keys(all).filter((init) => keys.has(JSON.stringify([init])));
  };
  // scipy.stats.ttest_rel: best and near p = 0.2420, best and far p = 5e-5
  const BEST = repeats(0.81, 0.84, 0.79, 0.86, 0.83);
  const NEAR = repeats(0.8, 0.85, 0.77, 0.84, 0.83);
  const FAR = repeats(0.71, 0.75, 0.7, 0.74, 0.73);

  it("is the best, and what a paired t-test does not tell from it", () => {
    expect(bold("max", { BEST, NEAR, FAR })).toEqual(["BEST", "NEAR"]);
    expect(bold("min", { BEST, NEAR, FAR })).toEqual(["FAR"]);
  });

  it("looks at pairs: a small difference that every repeat has is none of noise", () => {
    const below = repeats(0.8, 0.831, 0.78, 0.852, 0.82);
    expect(bold("max", { BEST, below })).toEqual(["BEST"]);
  });

  it("is the best alone where fewer than three repeats say how much is noise", () => {
    expect(bold("max", { a: repeats(0.8, 0.7), b: repeats(0.7, 0.79) })).toEqual(["a"]);
    expect(bold("max", { a: repeats(0.8), b: repeats(0.7) })).toEqual(["a"]);
  });

  it("is every one of equals, none where one is missing, and none where no direction is better", () => {
    expect(bold("max", { BEST, same: BEST, FAR })).toEqual(["BEST", "same"]);
    expect(bold("max", { BEST, gone: repeats(Number.NaN, Number.NaN) })).toEqual([]);
    expect(bold("none", { BEST, FAR })).toEqual([]);
    expect(bold("max", { BEST })).toEqual([]);
  });
});

describe("best alone", () => {
  it("is of all rows where a table has one axis", () => {
    const view = viewOf("table t from main[target: brain, model: vit_s] { rows init; cell test; best }");
    expect(view.rows.filter(({ cells }) => cells[0]?.best)).toHaveLength(1);
    expect(captionText(view)).toContain(" Bold: highest mean;");
  });
});

describe("LaTeX", () => {
  it("gives a shorter spread the room of the digits it lacks, and groups long numbers", () => {
    const view = viewOf("table t from main[target: brain] { rows model, init; cell test }");
    const wide = {
      ...view,
      rows: view.rows.slice(0, 2).map((row, index) => ({
        ...row,
        cells: row.cells.map((cell) =>
          cell.summary === null ? cell : { ...cell, summary: { ...cell.summary, mean: 23_508_032, sd: index * 11 } },
        ),
      })),
      columns: view.columns.map((column) => ({
        ...column,
        cell: { ...column.cell, scale: { decimals: 0, exponent: 0 } },
      })),
    };
    const tex = tableLatex(wide, null);
    expect(tex).toContain("23\\,508\\,032 $\\pm$ \\phantom{0}0");
    expect(tex).toContain("23\\,508\\,032 $\\pm$ 11");
  });
});
