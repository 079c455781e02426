import { decimal } from "../numbers.js";
import { captionText } from "../tables/files.js";
import type { TableCell, TableRow, TableView } from "../tables/view.js";
import { type Html, html } from "./html.js";

/** One head row a column axis, equal neighbours joined; the axis' name stands before its labels. */
function headRows(view: TableView): readonly Html[] {
  const rowHeads = (last: boolean): readonly Html[] =>
    view.rowAxes.map((axis) => (last ? html`<th scope="col" class="axis">${axis}</th>` : html`<th></th>`));
  if (view.columnAxes.length === 0) {
    return [html`<tr>${rowHeads(true)}<th scope="col" class="number">${view.label}</th></tr>`];
  }
  return view.columnAxes.map((_, level) => {
    const cells: Html[] = [];
    for (let index = 0; index < view.heads.length; ) {
      const label = view.heads[index]?.[level] ?? "";
      let span = 1;
      while (sameUpTo(view.heads[index], view.heads[index + span], level)) {
        span += 1;
      }
      cells.push(html`<th scope="col" class="number" colspan="${span}">${label}</th>`);
      index += span;
    }
    return html`<tr>${rowHeads(level === view.columnAxes.length - 1)}${cells}</tr>`;
  });
}

function sameUpTo(first: readonly string[] | undefined, second: readonly string[] | undefined, level: number): boolean {
  return (
    first !== undefined &&
    second !== undefined &&
    first.slice(0, level + 1).every((label, index) => label === second[index])
  );
}

function cell(view: TableView, { summary, best, note }: TableCell): Html {
  if (summary === null) {
    return html`<td class="number absent">–</td>`;
  }
  if (!Number.isFinite(summary.mean)) {
    return html`<td class="number failed">failed</td>`;
  }
  const spread = Number.isFinite(summary.sd)
    ? html`<span class="sd"> ± ${decimal(summary.sd, view.decimals)}</span>`
    : null;
  const own = view.n === null || summary.missing > 0 ? html` <span class="n">(n = ${summary.n})</span>` : null;
  const said = note === null ? null : html` <span class="n">[${decimal(note, 3)}]</span>`;
  return html`<td class="number${best ? " best" : ""}">${decimal(summary.mean, view.decimals)}${spread}${own}${said}</td>`;
}

/** A label is not said again while it and all before it stay the same. */
function rowHeads(view: TableView, row: TableRow, previous: TableRow | undefined): readonly Html[] {
  return row.labels.map((label, index) => {
    const same =
      previous !== undefined && row.labels.slice(0, index + 1).every((each, at) => each === previous.labels[at]);
    return same && index < view.rowAxes.length - 1 ? html`<td></td>` : html`<th scope="row">${label}</th>`;
  });
}

export function tableCard(view: TableView): Html {
  const files = html`Files: <code>tables/${view.name}.csv</code>, <code>.md</code>, <code>.tex</code>`;
  return card(view, html`table-${view.name}`, files);
}

/** A derive the study puts in no table. */
export function derivedCard(view: TableView): Html {
  return card(
    view,
    html`derive-${view.name}`,
    html`In no table of the study; in <code>results.csv</code> as <code>derive:${view.name}</code>`,
  );
}

/** Too wide for half a page. */
function isWide({ heads, rowAxes, n }: TableView): boolean {
  return heads.length * (n === null ? 1.6 : 1) + rowAxes.length > 4.5;
}

function card(view: TableView, id: Html, files: Html): Html {
  const rows = view.rows.map((row, index) => {
    const previous = view.rows[index - 1];
    const group = previous !== undefined && view.rowAxes.length > 1 && previous.labels[0] !== row.labels[0];
    return html`<tr${group ? html` class="group"` : null}>${rowHeads(view, row, previous)}${row.cells.map((each) => cell(view, each))}</tr>`;
  });
  const body =
    rows.length === 0
      ? html`<p class="note">No numbers yet.</p>`
      : html`<div class="scroll"><table class="result"><thead>${headRows(view)}</thead><tbody>${rows}</tbody></table></div>`;
  return html`<article class="card${isWide(view) ? " wide" : ""}" id="${id}"><h3>${view.name}</h3>${body}
<p class="note">${captionText(view)}</p><p class="files">${files}</p></article>`;
}
