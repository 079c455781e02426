/** A table as CSV, Markdown and LaTeX. */

import { type CsvCell, toCsv } from "../../results/csv.js";
import { decimal, meanAndSpread } from "../numbers.js";
import type { TableCell, TableView } from "./view.js";

/** `digits_few`, `brain / val`; `test` where a table has no column axes. */
export function headText(view: TableView, head: readonly string[]): string {
  return head.length === 0 ? view.label : head.join(" / ");
}

/** A cell in words: a failed one says so, an absent one is a dash. */
export function cellText(view: TableView, cell: TableCell): string {
  const { summary } = cell;
  if (summary === null) {
    return "–";
  }
  if (!Number.isFinite(summary.mean)) {
    return "failed";
  }
  const text = meanAndSpread(summary.mean, summary.sd, view.decimals);
  const own = view.n === null || summary.missing > 0 ? ` (n = ${summary.n})` : "";
  return `${text}${own}${cell.note === null ? "" : ` [${noteText(view, cell.note)}]`}`;
}

/** Three decimals; a p that would print as zero says what it is below. */
function noteText({ noteMetric }: TableView, note: number): string {
  if (!Number.isFinite(note)) {
    return "–";
  }
  return noteMetric === "p" && note < 0.001 ? "<0.001" : decimal(note, 3);
}

const SPREADS: { readonly [spread in TableView["spread"]]: string } = {
  sd: "mean ± sd over repeats (ddof 1)",
  single: "a single repeat, no spread",
  pooled: "one number made of all repeats",
};

/** What the numbers are; the same sentence in the page, in Markdown and in LaTeX. */
export function captionText(view: TableView): string {
  const estimator = view.estimator === null ? "" : `, ${view.estimator}`;
  const folded = view.folds !== null && view.spread === "sd";
  const unfolded =
    view.pairs && view.spread === "sd" ? "mean ± sd over pairs of repeats (ddof 1)" : SPREADS[view.spread];
  const spread = folded ? "mean ± sd over folds, repeats averaged within each (ddof 1)" : unfolded;
  const count = view.n === null ? "n beside each number" : `n = ${view.n}`;
  const n = view.folds === null ? count : `${view.folds}${view.n === null ? `, ${count}` : ""}`;
  const formula = view.formula === null ? "" : ` = ${view.formula}`;
  const metric = view.metric === "" ? `${view.label}${formula}` : `${view.label}${formula}: ${view.metric}${estimator}`;
  const best =
    view.best === undefined
      ? ""
      : ` Bold: ${view.best.direction === "max" ? "highest" : "lowest"} mean per ${view.best.per.join(" and ")}.`;
  const made = view.noteFormula === null ? "" : ` = ${view.noteFormula}`;
  const note = view.noteLabel === null ? "" : ` In brackets: ${view.noteLabel}${made}.`;
  return `${metric}; ${spread}, ${n}.${best}${note}`;
}

export function tableCsv(view: TableView): string {
  const heads = view.heads.map((head) => headText(view, head));
  const fields = heads.flatMap((head) => [`${head} mean`, `${head} sd`, `${head} n`]);
  const rows = view.rows.map((row): readonly CsvCell[] => [
    ...row.labels,
    ...row.cells.flatMap(({ summary }): CsvCell[] =>
      summary === null ? [null, null, null] : [summary.mean, summary.sd, summary.n],
    ),
  ]);
  return toCsv([...view.rowAxes, ...fields], rows);
}

const MARKDOWN = /[\\`*_{}[\]<>|#]/g;

function markdown(text: string): string {
  return text.replace(/\s+/g, " ").replace(MARKDOWN, (character) => `\\${character}`);
}

export function tableMarkdown(view: TableView, watermark: string | null): string {
  const heads = view.heads.map((head) => headText(view, head));
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  const rows = view.rows.map((row) =>
    line([
      ...row.labels.map(markdown),
      ...row.cells.map((cell) => {
        const text = markdown(cellText(view, cell));
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
};

export function latex(text: string): string {
  return text.replace(/\s+/g, " ").replace(/[\\{}$&#_%~^<>±−–×]/g, (character) => LATEX[character] ?? character);
}

/** Needs the package booktabs. */
export function tableLatex(view: TableView, watermark: string | null): string {
  const heads = view.heads.map((head) => headText(view, head));
  const line = (cells: readonly string[]): string => `    ${cells.join(" & ")} \\\\`;
  const rows = view.rows.map((row, index) => {
    const previous = view.rows[index - 1];
    const rule = previous !== undefined && view.rowAxes.length > 1 && previous.labels[0] !== row.labels[0];
    const cells = row.cells.map((cell) => {
      const text = latex(cellText(view, cell));
      return cell.best ? `\\textbf{${text}}` : text;
    });
    return `${rule ? "    \\addlinespace\n" : ""}${line([...row.labels.map(latex), ...cells])}`;
  });
  return [
    "% needs \\usepackage{booktabs}",
    "\\begin{table}",
    "  \\centering",
    `  \\caption{${watermark === null ? "" : `\\textbf{${latex(watermark)}.} `}${latex(captionText(view))}}`,
    `  \\label{tab:${view.name.replace(/[^A-Za-z0-9_-]/g, "-")}}`,
    `  \\begin{tabular}{${"l".repeat(view.rowAxes.length)}${"r".repeat(heads.length)}}`,
    "    \\toprule",
    line([...view.rowAxes, ...heads].map(latex)),
    "    \\midrule",
    ...rows,
    "    \\bottomrule",
    "  \\end{tabular}",
    "\\end{table}",
    "",
  ].join("\n");
}
