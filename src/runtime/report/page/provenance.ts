import type { ReportData } from "../data.js";
import { duration, plural } from "../numbers.js";
import { type Html, html } from "./html.js";
import type { Lazy } from "./lazy.js";
import { highlighted } from "./source.js";

function facts(data: ReportData): Html {
  const { run, study } = data;
  const { signature } = run;
  const versions = new Map(data.nodes.map(({ op, version }) => [op, version]));
  const ops = [...versions].sort(([a], [b]) => (a < b ? -1 : 1)).map(([op, version]) => `${op} ${version}`);
  const threads = plural(signature.threads, "thread");
  return html`<dl>
<dt>xferc</dt><dd>${run.xferc}, Node ${run.node}, ${run.platform}</dd>
<dt>engine</dt><dd>${signature.engine} ${signature.engineVersion} on ${signature.device}, ${signature.precision}, ${threads}</dd>
<dt>study seed</dt><dd>${study.seed}; ${plural(study.repeats, "repeat")}, numbered from 1</dd>
<dt>started</dt><dd>${run.startedAt}</dd><dt>finished</dt><dd>${run.finishedAt}</dd>
<dt>lock</dt><dd class="key">${run.lockDigest === undefined ? "none written" : `sha256 ${run.lockDigest}`}</dd>
<dt>operations</dt><dd>${ops.join(", ")}</dd></dl>`;
}

function reproduce(data: ReportData): Html {
  const [study] = data.study.files;
  const file = study === undefined ? "study.xfer" : study.name;
  return html`<h3>How to reproduce</h3><p>It was made with</p><pre><code>${data.run.command}</code></pre>
<p>The study as run lies in the run folder's <code>study/</code> (<code>${file}</code> and its imports), the digests of its data in <code>study.lock.json</code>. With xferc ${data.run.xferc}, the same engine and the same data, every key and number comes out the same: <code>xferc reproduce</code> with this folder runs it again and says so.</p>`;
}

function nodes(data: ReportData, lazy: Lazy): Html {
  const rows = data.nodes.map(
    (node) =>
      html`<tr><td>${node.op}</td><td>${node.label}</td><td class="key" title="${node.key}">${node.key.slice(0, 16)}</td><td class="number">${node.cells}</td><td class="number">${node.seconds === null ? "–" : duration(node.seconds)}</td></tr>`,
  );
  const table = html`<div class="scroll tall"><table class="nodes"><thead><tr><th>operation</th><th>what</th><th>key</th><th class="number">cells</th><th class="number">time</th></tr></thead><tbody>${rows}</tbody></table></div>`;
  return html`<details class="more"><summary>${plural(data.nodes.length, "operation")} with keys and times</summary>
${lazy.place(table)}</details>`;
}

export function provenanceSection(data: ReportData, lazy: Lazy): Html {
  const files = data.study.files.map(
    ({ name, text }, index) =>
      html`<details class="more"${index === 0 ? html` open` : null}><summary>${name}</summary>${highlighted(text)}</details>`,
  );
  return html`<section id="provenance"><h2>Provenance</h2><div class="card">${facts(data)}${reproduce(data)}</div>
<div class="card"><h3>The study as run</h3>${files}</div><div class="card">${nodes(data, lazy)}</div></section>`;
}
