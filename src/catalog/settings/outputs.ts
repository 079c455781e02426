import type { BlockEntry, SettingEntry } from "./types.js";

const axes = (name: string, doc: string, snippet = `${name} \${1:model}`): SettingEntry => ({
  name,
  doc,
  value: { kind: "axes" },
  snippet,
});

export const TABLE: BlockEntry = {
  block: "table",
  settings: [
    axes("rows", "Axes whose points are rows. Every axis but `repeat` must be a row, a column, sliced or reduced."),
    axes("columns", "Axes whose points are columns.", "columns ${1:target}"),
    {
      name: "cell",
      doc: "What stands in a cell: a measure or derived column, as mean ± sd over the repeats; several stand side by side (`cell test, moved`).",
      value: { kind: "quantity" },
      snippet: "cell ${1:test}",
    },
    axes(
      "best",
      "Sets in bold the best of each group of equal points, by the metric's own direction, and what a paired t-test over the repeats does not tell from it.",
      "best per ${1:model}",
    ),
    {
      name: "note",
      doc: "A second number beside the cell's own.",
      value: { kind: "quantity" },
      snippet: "note ${1:cost}",
    },
  ],
};

const channel = (name: string, doc: string): SettingEntry => ({
  name,
  doc,
  value: { kind: "quantity" },
  snippet: `${name} \${1:${name === "y" ? "test" : "n"}}`,
});

const mark = (name: string, doc: string, channels: string): SettingEntry => ({
  name,
  doc,
  value: { kind: "free" },
  snippet: `${name} { ${channels} }`,
  many: true,
});

export const FIGURE: BlockEntry = {
  block: "figure",
  settings: [
    mark("line", "Points joined along x, one line a colour and dash.", "x ${1:n}; y ${2:test}"),
    mark("point", "One point a row.", "x ${1:n}; y ${2:test}"),
    mark("bar", "A bar from zero; colours stand side by side.", "x ${1:init}; y ${2:test}"),
    mark("star", "A star: a reference point beside the others.", "x ${1:0}; y ${2:test}"),
    mark("rule", "A level across the panel.", "y ${1:test}"),
    mark("heatmap", "A field of x by y, coloured.", "x ${1:layer}; y ${2:layer2}; color ${3:reuse}"),
    axes("facet", "A panel for each point of one axis or two."),
    {
      name: "trend",
      doc: "A line fitted to the points: `linear`, or `none`.",
      value: { kind: "words", words: ["linear", "none"] },
      snippet: "trend ${1|linear,none|}",
    },
    {
      name: "scale",
      doc: "How a channel's numbers are laid out: `linear` or `log`.",
      value: { kind: "free" },
      snippet: "scale ${1|x,y,color,size|}: ${2|log,linear|}",
      many: true,
    },
  ],
};

export const MARK: BlockEntry = {
  block: "mark",
  settings: [
    channel("x", "Where along the horizontal: an axis, a measure, a number."),
    channel("y", "Where along the vertical."),
    channel("color", "An axis or a number, shown by colour."),
    channel("size", "A number, shown by size."),
    channel("dash", "An axis, shown by the kind of line."),
    {
      name: "band",
      doc: "What is drawn around y over the repeats: `ci95` (Student-t), `sd`, `sem` or `none`.",
      value: { kind: "words", words: ["ci95", "sd", "sem", "none"] },
      snippet: "band ${1|ci95,sd,sem,none|}",
    },
    {
      name: "trend",
      doc: "A line fitted to the points: `linear`, or `none`.",
      value: { kind: "words", words: ["linear", "none"] },
      snippet: "trend ${1|linear,none|}",
    },
  ],
};
