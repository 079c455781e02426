/** A table as CSV, Markdown and LaTeX. */

import { type CsvCell, toCsv } from "../../results/csv.js";
import type { TableCell, TableView } from "./view.js";
import { captionText, cellNumber, cellText, headGroups, headText, shownLabels } from "./words.js";

export { captionText } from "./words.js";

export function tableCsv(view: TableView): string {
  // said only of columns where it is so
  const unreached = view.columns.map((_, index) =>
    view.rows.some(({ cells }) => cells[index]?.summary?.unreached !== undefined),
  );
  const fields = view.columns.flatMap((column, index) => {
    const head = headText(column);
    return [`${head} mean`, `${head} sd`, `${head} n`, ...(unreached[index] ? [`${head} not reached`] : [])];
  });
  const rows = view.rows.map((row): readonly CsvCell[] => [
    ...row.labels,
    ...row.cells.flatMap(({ summary }, index): CsvCell[] => {
      const own = unreached[index] ? [summary === null ? null : (summary.unreached ?? 0)] : [];
      return summary === null ? [null, null, null, ...own] : [summary.mean, summary.sd, summary.n, ...own];
    }),
  ]);
  return toCsv([...view.rowAxes, ...fields], rows);
}

const MARKDOWN = /[\\`*_{}[\]<>|#]/g;

function markdown(text: string): string {
  return text.replace(/[^\S\u202f]+/g, " ").replace(MARKDOWN, (character) => `\\${character}`);
}

export function tableMarkdown(view: TableView, watermark: string | null): string {
  const heads = view.columns.map(headText);
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  const rows = view.rows.map((row) =>
    line([
      ...row.labels.map(markdown),
      ...row.cells.map((cell, index) => {
        const text = markdown(cellText(view, index, cell));
        return cell.best ? `**${text}**` : text;
      }),
    ]),
  );
  return [
    ...(watermark === null ? [] : [`*${markdown(watermark)}*`, ""]),
    line([...view.rowAxes, ...heads].map(markdown)),
    line([...view.rowAxes.map(() => ":--"), ...heads.map(() => "--:")]),
    ...rows,
    "",
    markdown(captionText(view)),
    "",
  ].join("\n");
}

const LATEX: { readonly [character: string]: string } = {
  "\\": "\\textbackslash{}",
  "{": "\\{",
  "}": "\\}",
  $: "\\$",
  "&": "\\&",
  "#": "\\#",
  _: "\\_",
  "%": "\\%",
  "~": "\\textasciitilde{}",
  "^": "\\textasciicircum{}",
  "<": "\\textless{}",
  ">": "\\textgreater{}",
  "±": "$\\pm$",
  "−": "$-$",
  "–": "--",
  "×": "$\\times$",
  "≥": "$\\geq$",
  "\u202f": "\\,",
};

const RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹";
const POWER = /\u202f×\u202f10(⁻?)([⁰¹²³⁴⁵⁶⁷⁸⁹]+)/g;

/** Powers of ten are mathematics as a whole, so that the sign of one is a minus. */
export function latex(text: string): string {
  let end = 0;
  let set = "";
  for (const match of text.matchAll(POWER)) {
    const [whole, minus, digits = ""] = match;
    const exponent = digits.replace(/./g, (digit) => String(RAISED.indexOf(digit)));
    set += `${escaped(text.slice(end, match.index))}$\\times10^{${minus === "" ? "" : "-"}${exponent}}$`;
    end = match.index + whole.length;
  }
  return set + escaped(text.slice(end));
}

function escaped(text: string): string {
  return text
    .replace(/[^\S\u202f]+/g, " ")
    .replace(/[\\{}$&#_%~^<>±−–×≥\u202f]/g, (character) => LATEX[character] ?? character);
}

/** A head row a level, equal neighbours joined beneath a rule of their own. */
function latexHeads(view: TableView): readonly string[] {
  const levels = Math.max(1, ...view.columns.map(({ heads }) => heads.length));
  return Array.from({ length: levels }, (_, level): readonly string[] => {
    const last = level === levels - 1;
    const starts = view.rowAxes.map((axis) => (last ? latex(axis) : ""));
    const groups = headGroups(view, level);
    const cells = groups.map(({ text, span }) =>
      last && span === 1 ? latex(text) : `\\multicolumn{${span}}{${last ? "r" : "c"}}{${latex(text)}}`,
    );
    let at = view.rowAxes.length + 1;
    const rules = groups.map(({ span }) => {
      const rule = `\\cmidrule(lr){${at}-${at + span - 1}}`;
      at += span;
      return rule;
    });
    const row = `    ${[...starts, ...cells].join(" & ")} \\\\`;
    return last ? [row] : [row, `    ${rules.join(" ")}`];
  }).flat();
}

/** So that signs and points of a column stand below each other, shorter numbers get the room of the digits they lack. */
function latexCell(view: TableView, index: number, cell: TableCell): string {
  const text = latex(cellText(view, index, cell));
  const digits = spreadDigits(view, index, cell);
  const most = Math.max(1, ...view.rows.map(({ cells }) => spreadDigits(view, index, cells[index])));
  const lacking = digits === 0 ? 0 : most - digits;
  const padded = text.replace("$\\pm$ ", () => `$\\pm$ ${"\\phantom{0}".repeat(lacking)}`);
  return cell.best ? `\\textbf{${padded}}` : padded;
}

/** Before the point of a spread; 0 where there is none. */
function spreadDigits(view: TableView, index: number, cell: TableCell | undefined): number {
  const summary = cell?.summary ?? null;
  if (summary === null || !Number.isFinite(summary.mean)) return 0;
  const [whole = ""] = (cellNumber(view, index, summary).spread ?? "").split(".");
  return whole.replace(/\D/g, "").length;
}

/** Needs the package booktabs. */
export function tableLatex(view: TableView, watermark: string | null): string {
  const line = (cells: readonly string[]): string => `    ${cells.join(" & ")} \\\\`;
  const rows = view.rows.map((row, index) => {
    const previous = view.rows[index - 1];
    const rule = previous !== undefined && view.rowAxes.length > 1 && previous.labels[0] !== row.labels[0];
    const labels = shownLabels(row, previous).map((label) => latex(label ?? ""));
    const cells = row.cells.map((cell, column) => latexCell(view, column, cell));
    return `${rule ? "    \\addlinespace\n" : ""}${line([...labels, ...cells])}`;
  });
  return [
    "% needs \\usepackage{booktabs}",
    "\\begin{table}",
    "  \\centering",
    `  \\caption{${watermark === null ? "" : `\\textbf{${latex(watermark)}.} `}${latex(captionText(view))}}`,
    `  \\label{tab:${view.name.replace(/[^A-Za-z0-9_-]/g, "-")}}`,
    `  \\begin{tabular}{${"l".repeat(view.rowAxes.length)}${"r".repeat(view.columns.length)}}`,
    "    \\toprule",
    ...latexHeads(view),
    "    \\midrule",
    ...rows,
    "    \\bottomrule",
    "  \\end{tabular}",
    "\\end{table}",
    "",
  ].join("\n");
}
