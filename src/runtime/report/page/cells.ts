import type { CellDetail, CellNumber, ManifestSummary, OriginName, ReportData, StoppedStage } from "../data.js";
import { count, duration, numberText, plural, scaleFor } from "../numbers.js";
import { curveChart, sparkline } from "./curves.js";
import { type Html, html } from "./html.js";
import type { Lazy } from "./lazy.js";

const ORIGIN_WORDS: { readonly [origin in OriginName]: string } = {
  transferred: "transferred",
  statistics: "sampled from the source's statistics",
  random: "random",
  constant: "constant (norms, statistics)",
};

function chips(cell: CellDetail): readonly Html[] {
  return cell.point.map(({ axis, label }) => html`<span class="chip"><i>${axis}</i>${label}</span>`);
}

function cellNumberText({ value, interval, above }: CellNumber): string {
  if (value === null) {
    return above === undefined ? "failed" : `not reached (> ${count(above)})`;
  }
  const scale = scaleFor([value]);
  const around = interval?.map((end) => (end === null || Number.isNaN(end) ? "?" : numberText(end, scale)));
  return `${numberText(value, scale)}${around === undefined ? "" : ` [${around.join(", ")}]`}`;
}

function headline(cell: CellDetail): Html {
  if (cell.status !== "done") {
    return html`<span class="status ${cell.status}">${cell.status === "pending" ? "not run" : cell.status}</span>`;
  }
  const [first] = cell.numbers;
  return first === undefined ? html`` : html`<i>${first.measure}</i> ${cellNumberText(first)}`;
}

function manifestBlock(manifest: ManifestSummary, index: number | null): Html {
  const total = manifest.origins.reduce((sum, origin) => sum + origin.elements, 0);
  const bar = manifest.origins.map(
    ({ origin, elements }) => html`<span class="${origin}" style="flex:${Math.max(elements, 1)}"></span>`,
  );
  const legend = manifest.origins.map(({ origin, tensors, elements }) => {
    const share = total === 0 ? "0" : ((100 * elements) / total).toFixed(elements === total ? 0 : 1);
    return html`<div class="swatch ${origin}">${ORIGIN_WORDS[origin]}: ${plural(tensors, "tensor")}, ${count(elements)} numbers (${share} %)</div>`;
  });
  const parts = manifest.parts.map(({ part, origins }) => {
    const telling = origins.filter((origin) => origin !== "constant");
    const kind = telling.length > 1 ? "mixed" : (telling[0] ?? "constant");
    return html`<span class="part ${kind}">${part}</span>`;
  });
  return html`<div><h4>Initial state</h4><div class="origins" aria-hidden="true">${bar}</div>${legend}<p>${parts}</p><p><a href="#init-${index}">every tensor's source</a></p></div>`;
}

/** `after step 340 of 1,000`, of several recipes which. */
function stoppedText({ recipes }: CellDetail, { recipe, at, of }: StoppedStage): string {
  return `${recipes.length > 1 ? `${recipe}: ` : ""}after step ${count(at)} of ${count(of)}`;
}

function inside(data: ReportData, cell: CellDetail): Html {
  const history = cell.history === null ? undefined : data.histories[cell.history];
  const manifest = cell.manifest === null ? undefined : data.manifests[cell.manifest];
  const numbers = cell.numbers.map((each) => {
    const how = [each.metric, each.estimator].filter((part) => part !== "").join(", ");
    const said = [how, ...(each.interval === undefined ? [] : ["95 % over cases"]), ...(each.notes ?? [])].join("; ");
    return html`<dt>${each.measure}</dt><dd>${cellNumberText(each)} <span class="n">${said}</span></dd>`;
  });
  const chart = history === undefined ? null : curveChart(history);
  return html`<div class="inside"><div><h4>Cell</h4><dl>
<dt>model</dt><dd>${cell.model ?? "none: predictions of others"}</dd><dt>target</dt><dd>${cell.target}</dd><dt>source</dt><dd>${cell.source ?? "none"}</dd>
<dt>init</dt><dd>${cell.init}</dd><dt>train</dt><dd>${cell.recipes.join(", then ")}</dd>
<dt>repeat, seed</dt><dd>${cell.repeat}, ${cell.seed}</dd>
${(cell.stopped ?? []).map((stage) => html`<dt>stopped early</dt><dd>${stoppedText(cell, stage)}</dd>`)}
${cell.training === null ? null : html`<dt>training key</dt><dd class="key">${cell.training.key}</dd>`}
${cell.reason === null ? null : html`<dt>failed</dt><dd>${cell.reason}</dd>`}</dl></div>
${manifest === undefined ? null : manifestBlock(manifest, cell.manifest)}
${chart === null ? null : html`<div><h4>Training</h4>${chart}</div>`}
${numbers.length === 0 ? null : html`<div><h4>Numbers</h4><dl>${numbers}</dl></div>`}</div>`;
}

/** What a cell is found by. */
function searchText({ id, model, target, source, init, recipes, seed }: CellDetail): string {
  return [id, model ?? "", target, source ?? "", init, ...recipes, `seed ${seed}`].join(" ").toLowerCase();
}

function cellItem(data: ReportData, cell: CellDetail): Html {
  const history = cell.history === null ? undefined : data.histories[cell.history];
  const seconds = cell.training?.seconds ?? null;
  return html`<details class="trial" data-text="${searchText(cell)}" data-experiment="${cell.experiment}" data-status="${cell.status}">
<summary><span class="name">${cell.experiment} ${chips(cell)}<span class="chip"><i>repeat</i>${cell.repeat}</span></span><span class="value">${headline(cell)}</span><span class="spark-slot">${history === undefined ? null : sparkline(history)}</span><span class="time">${seconds === null ? "" : duration(seconds)}</span></summary>
${inside(data, cell)}</details>`;
}

/** Cells in the page itself; the rest is found and shown from what is packed beside it. */
const FIRST = 100;

export function cellsSection(data: ReportData, lazy: Lazy): Html {
  const experiments = data.study.experiments.map(({ name }) => html`<option>${name}</option>`);
  lazy.list(
    data.cells.slice(FIRST).map((cell) => {
      const { experiment, status } = cell;
      return { text: searchText(cell), experiment, status, item: cellItem(data, cell) };
    }),
  );
  return html`<section id="cells"><h2>Cells</h2>
<p class="note">One training run a line. The grey curve is the loss, the coloured one the validation metric, each in its own range; open a line for its initial state, seed and key.</p>
<div class="card"><div class="filters" hidden><input type="search" placeholder="Find: model, init, target, seed …" aria-label="Find cells">
<select aria-label="Experiment"><option value="">all experiments</option>${experiments}</select>
<select aria-label="Status"><option value="">any status</option><option value="done">done</option><option value="failed">failed</option><option value="pending">not run</option></select>
<output></output></div><div class="list">${data.cells.slice(0, FIRST).map((cell) => cellItem(data, cell))}</div><button type="button" class="more-cells" hidden></button></div></section>`;
}
