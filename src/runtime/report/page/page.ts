/** The report: one file, nothing fetched, everything escaped. */

import type { ProbeWarning, ReportData, WarningText } from "../data.js";
import { count, duration, plural } from "../numbers.js";
import type { SampleRows } from "../samples.js";
import type { TableView } from "../tables/view.js";
import { cellsSection } from "./cells.js";
import { dataSection } from "./data.js";
import { Html, html, prose } from "./html.js";
import { initsSection } from "./inits.js";
import { Lazy } from "./lazy.js";
import { provenanceSection } from "./provenance.js";
import { SCRIPT } from "./script.js";
import { STYLE } from "./style.js";
import { derivedCard, tableCard } from "./tables.js";

export interface FigureView {
  readonly name: string;
  /** Its files' name in `figures/`, without an ending. */
  readonly file: string;
  readonly alt: string;
  readonly caption: string;
  /** Null where there is nothing to draw. */
  readonly svg: string | null;
  /** Its colours on a dark ground, where it has any of its own. */
  readonly style: Html | null;
  /** Numbers left out: failed or undefined. */
  readonly dropped: number;
  /** Numbers left out because a logarithmic axis has no place for them. */
  readonly unlogged: number;
  /** What was not reached, where there is no drawing that says so. */
  readonly unreached: string;
}

export interface PageInput {
  readonly data: ReportData;
  readonly tables: readonly TableView[];
  /** Cases that were left out, by name; empty unless they were asked for. */
  readonly named: SampleRows;
  /** Derives in no table and no figure. */
  readonly derived: readonly TableView[];
  readonly figures: readonly FigureView[];
  readonly watermark: string | null;
}

const STATUS_WORDS = {
  complete: "complete",
  partial: "finished with failures",
  interrupted: "interrupted",
} as const;

function header({ data, watermark }: PageInput): Html {
  const { study, run } = data;
  const experiments = study.experiments.map(({ name, cells }) => `${name} ${count(cells)}`).join(", ");
  const parts = study.experiments.length > 1 ? ` (${experiments})` : "";
  const day = run.finishedAt.slice(0, 16).replace("T", " ");
  const saved =
    run.cached === 0
      ? null
      : html`<li><b>${count(run.cached)}</b> of ${plural(run.cached + run.computed, "operation")} from the cache${run.savedSeconds > 0 ? `, ${duration(run.savedSeconds)} saved` : ""}</li>`;
  return html`<header><p class="kicker">xferc report · ${study.name}</p><h1>${study.title ?? study.name}</h1>
<ul class="facts"><li><span class="status ${run.status}">${STATUS_WORDS[run.status]}</span></li><li><b>${count(data.cells.length)}</b> ${data.cells.length === 1 ? "cell" : "cells"}${parts}</li>
<li><b>${plural(study.repeats, "repeat")}</b></li><li>seed <b>${study.seed}</b></li><li>engine <b>${run.signature.engine} ${run.signature.engineVersion}</b></li>
<li>${day} UTC, took <b>${duration(run.seconds)}</b></li>${saved}</ul>
${watermark === null ? null : changes(watermark, study.overrides)}
${troubles(data)}</header>`;
}

function changes(watermark: string, overrides: readonly string[]): Html {
  const list = overrides.map((override, index) => html`${index === 0 ? "" : ", "}<code>${override}</code>`);
  const said = overrides.length === 0 ? null : html`<br>Changed: ${list}`;
  return html`<div class="banner"><p><b>${watermark}.</b> These are not the study's numbers.${said}</p></div>`;
}

/** Failed and missing cells, by reason. */
function troubles(data: ReportData): Html {
  const failed = data.cells.filter((cell) => cell.status === "failed");
  const pending = data.cells.filter((cell) => cell.status === "pending");
  const reasons = new Map<string, number>();
  for (const cell of failed) {
    const reason = cell.reason ?? "unknown";
    reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
  }
  const said = [...reasons].slice(0, 5).map(([reason, times]) => html`<br>${times} × ${reason}`);
  const failures =
    failed.length === 0
      ? null
      : html`<div class="banner bad"><p><b>${plural(failed.length, "cell")} failed</b> and ${failed.length === 1 ? "is" : "are"} missing from every mean; n says how many are behind a number.${said}</p></div>`;
  const rest =
    pending.length === 0
      ? null
      : html`<div class="banner"><p><b>${plural(pending.length, "cell")} not run yet.</b> The same command goes on where this stopped: <code>${data.run.command}</code></p></div>`;
  return html`${failures}${rest}`;
}

function findings({ tables, derived, figures, watermark }: PageInput): Html {
  const drawn = figures.map((figure) => figureCard(figure, watermark));
  const none =
    tables.length + figures.length === 0
      ? html`<p class="note">The study declares no table and no figure; all numbers are in <code>results.csv</code>.</p>`
      : null;
  const shown = tables.length + derived.length;
  const found =
    shown === 0 && none === null
      ? null
      : html`<section id="findings"><h2>Findings</h2>${none}<div class="tables">${tables.map(tableCard)}${derived.map(derivedCard)}</div></section>`;
  return html`${found}
${figures.length === 0 ? null : html`<section id="figures"><h2>Figures</h2>${drawn}</section>`}`;
}

function naturalWidth(svg: string): Html | null {
  const width = /<svg[^>]*\bwidth="([0-9.]+)"/.exec(svg)?.[1];
  return width === undefined ? null : html` style="--natural:${width}px"`;
}

function figureCard(figure: FigureView, watermark: string | null): Html {
  const unreached = figure.unreached === "" ? "" : ` ${figure.unreached}.`;
  const missing = figure.dropped === 0 ? "" : ` ${plural(figure.dropped, "number")} failed or undefined, not drawn.`;
  const drawing =
    figure.svg === null
      ? html`<p class="note">${figure.unlogged > 0 ? "Nothing to draw: the numbers are at 0 or below, and its axis is logarithmic." : "Nothing to draw yet."}</p>`
      : html`<div class="drawing"${naturalWidth(figure.svg)}>${Html.trusted(figure.svg)}</div>`;
  const mark = watermark === null ? null : html` <em>${watermark}.</em>`;
  return html`<article class="card" id="figure-${figure.name}">${figure.style}<figure>${drawing}
<figcaption><b>${figure.name}.</b> ${figure.caption}.${missing}${unreached}${mark}</figcaption></figure>
${figure.svg === null ? null : html`<p class="files">Files: <code>figures/${figure.file}.svg</code>, <code>.vl.json</code></p>`}</article>`;
}

/** Hints go on from a message in a terminal; here they stand on a line of their own. */
function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? "" : "."}`;
}

function warningItem(warning: WarningText): Html {
  return html`<li><span class="code">${warning.code} ${warning.name}</span>${prose(warning.message)} <span class="place">${warning.place}</span>${warning.hint === null || warning.hint === "" ? null : html`<p class="note">${prose(sentence(warning.hint))}</p>`}</li>`;
}

function probeItem({ of, message, times, first }: ProbeWarning): Html {
  const where = first === "" ? "" : times === 1 ? first : `${first} and ${plural(times - 1, "other result")}`;
  return html`<li><span class="code">${of}</span>${prose(message)} <span class="place">${where}</span></li>`;
}

function warningsSection({ data }: PageInput): Html {
  const { warnings, probeWarnings } = data;
  return warnings.length + probeWarnings.length === 0
    ? html``
    : html`<section id="warnings"><h2>Warnings</h2><div class="card"><ul class="warnings">${warnings.map(warningItem)}${probeWarnings.map(probeItem)}</ul></div></section>`;
}

function navigation({ data, tables, derived, figures }: PageInput): Html {
  const warned = data.warnings.length + data.probeWarnings.length;
  const links: readonly (readonly [id: string, title: string] | null)[] = [
    tables.length + derived.length === 0 && figures.length > 0 ? null : ["findings", "Findings"],
    figures.length === 0 ? null : ["figures", "Figures"],
    warned === 0 ? null : ["warnings", `Warnings (${warned})`],
    data.datasets.length + data.weights.length === 0 ? null : ["data", "Data"],
    ["cells", "Cells"],
    data.manifests.length === 0 ? null : ["inits", "Initial states"],
    ["provenance", "Provenance"],
  ];
  return html`<nav aria-label="Sections"><ul>${links.map((link) => (link === null ? null : html`<li><a href="#${link[0]}">${link[1]}</a></li>`))}</ul></nav>`;
}

const POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

export function reportPage(input: PageInput): string {
  const { data, watermark } = input;
  const title = data.study.title ?? data.study.name;
  const lazy = new Lazy();
  const body = watermark === null ? html`<body>` : html`<body class="watermarked" data-watermark="${watermark}">`;
  const page = html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${Html.trusted(POLICY)}"><meta name="generator" content="xferc ${data.run.xferc}">
<title>${title}</title><style>${Html.trusted(STYLE)}</style></head>
${body}<div class="page">${header(input)}${navigation(input)}<main>${findings(input)}${warningsSection(input)}${dataSection(data, input.named)}${cellsSection(data, lazy)}${initsSection(data, lazy)}${provenanceSection(data, lazy)}</main>
<footer>Made by xferc ${data.run.xferc} from run ${data.run.id}. Numbers: <code>results.csv</code>, <code>results.parquet</code>, <code>summary.csv</code> beside the folder of this file.</footer></div>
${lazy.packed()}<script>${Html.trusted(SCRIPT)}</script></body></html>
`;
  return page.text;
}
