/** Initial states: of every tensor where it is from. */

import type { CellDetail, ManifestSummary, ReportData } from "../data.js";
import { count, plural } from "../numbers.js";
import { type Html, html } from "./html.js";
import type { Lazy } from "./lazy.js";

function usersOf(cells: readonly CellDetail[]): ReadonlyMap<number, readonly string[]> {
  const users = new Map<number, string[]>();
  for (const { id, manifest } of cells) {
    if (manifest !== null) {
      users.set(manifest, [...(users.get(manifest) ?? []), id]);
    }
  }
  return users;
}

function tensorTable({ sources, tensors }: ManifestSummary): Html {
  const rows = tensors.map(([tensor, shape, source], index) => {
    // a source is not said again while it stays the same
    const same = index > 0 && tensors[index - 1]?.[2] === source;
    return html`<tr><td class="key">${tensor}</td><td class="number">${shape}</td><td>${same ? "″" : (sources[source] ?? "")}</td></tr>`;
  });
  return html`<div class="scroll tall"><table class="nodes"><thead><tr><th>tensor</th><th class="number">shape</th><th>source</th></tr></thead><tbody>${rows}</tbody></table></div>`;
}

function item(manifest: ManifestSummary, index: number, users: readonly string[], lazy: Lazy): Html {
  const [first = ""] = users;
  const others = users.length > 1 ? ` and ${plural(users.length - 1, "other cell")}` : "";
  return html`<details class="more" id="init-${index}"><summary>${first}${others} <span class="n">${plural(manifest.tensors.length, "tensor")}, ${plural(manifest.sources.length, "source")}</span></summary>
<p class="note">init key <span class="key">${manifest.key}</span></p>${lazy.place(tensorTable(manifest))}</details>`;
}

export function initsSection(data: ReportData, lazy: Lazy): Html | null {
  const { manifests } = data;
  if (manifests.length === 0) {
    return null;
  }
  const users = usersOf(data.cells);
  const items = html`${manifests.map((manifest, index) => item(manifest, index, users.get(index) ?? [], lazy))}`;
  return html`<section id="inits"><h2>Initial states</h2>
<p class="note">${manifests.length === 1 ? "All cells begin with the same tensors; open it" : `${count(manifests.length)} different ones. Cells that begin with the same tensors share one; open one`} for the source of every tensor.</p>
<div class="card">${manifests.length > 12 ? html`<details class="more"><summary>all ${count(manifests.length)}</summary>${lazy.place(items)}</details>` : items}</div></section>`;
}
