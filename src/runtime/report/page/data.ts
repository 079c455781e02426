/** The data and weights of a run: counts, what was left out, whom to credit, on which terms. */

import { type Citation, OWN } from "../../../catalog/datasets/citations.js";
import type { DatasetNote, ReportData } from "../data.js";
import { count, plural } from "../numbers.js";
import { SAMPLES_COLUMNS, type SampleRows } from "../samples.js";
import { type Html, html } from "./html.js";

export function imagesText({ images, pool, classes }: DatasetNote): string {
  if (classes === null) {
    return "not read";
  }
  const splits = images.map(([split, number]) => `${count(number)} ${split}`);
  const whole = pool === undefined ? [] : [`${count(pool)} in one pool`];
  const parts = [...splits, ...whole].join(", ") || "in one pool";
  return `${parts}; ${plural(classes, "class", "classes")}`;
}

/** On a narrow page, where each entry has a line of its own, a dash has none. */
const NONE = html` data-none`;

function leftOutText({ leftOut, leftOutBy = [] }: DatasetNote): Html {
  if (leftOut === 0) {
    return html`–`;
  }
  const reasons = leftOutBy.map(([kind, number]) => `${count(number)} ${kind}`).join(", ");
  return reasons === "" ? html`${count(leftOut)}` : html`${count(leftOut)} <span class="n">${reasons}</span>`;
}

function creditText({ cite, terms }: Citation): Html {
  return cite === OWN.cite
    ? html`<span class="n">Not known to xferc: say in a paper where these files are from, and on which terms.</span>`
    : html`${cite}. <span class="n">Terms: ${terms}.</span>`;
}

function namesOf(named: SampleRows): Html | null {
  if (named.length === 0) {
    return null;
  }
  const head = SAMPLES_COLUMNS.map((name) => html`<th>${name}</th>`);
  const rows = named.map((row) => html`<tr>${row.map((cell) => html`<td class="prose">${cell}</td>`)}</tr>`);
  return html`<details><summary>${plural(named.length, "case")} left out, by name</summary><div class="scroll"><table class="nodes"><thead><tr>${head}</tr></thead><tbody>${rows}</tbody></table></div></details>`;
}

export function dataSection({ datasets, weights }: ReportData, named: SampleRows): Html | null {
  if (datasets.length + weights.length === 0) {
    return null;
  }
  const left = datasets.filter(({ leftOut }) => leftOut > 0);
  const rows = datasets.map(
    (note) =>
      html`<tr><th scope="row">${note.name}</th><td class="prose" data-head="images">${imagesText(note)}</td><td class="number" data-head="left out"${note.leftOut === 0 ? NONE : null}>${leftOutText(note)}</td><td class="prose" data-head="to be cited as">${creditText(note)}</td></tr>`,
  );
  const files = weights.map(
    ({ name, hub, cite, terms }) =>
      html`<tr><th scope="row">${name}</th><td>weights${hub === null ? "" : html` <span class="key">${hub}</span>`}</td><td class="number"${NONE}>–</td><td class="prose" data-head="to be cited as">${creditText({ cite, terms })}</td></tr>`,
  );
  const said =
    left.length === 0
      ? null
      : html`<p class="note">Cases that could not be used were left out of ${left.map(({ name }) => name).join(", ")}, as the study allows; <code>xferc data</code> names them on your own screen.</p>`;
  return html`<section id="data"><h2>Data and weights</h2><div class="card"><div class="scroll"><table class="nodes stack"><thead><tr><th>name</th><th>images</th><th class="number">left out</th><th>to be cited as</th></tr></thead><tbody>${rows}${files}</tbody></table></div>${said}${namesOf(named)}</div></section>`;
}
