import type { PointSummary } from "../../results/series.js";
import type { TableCell, TableRow, TableView } from "../tables/view.js";
import {
  behindText,
  captionText,
  cellNumber,
  headGroups,
  missingText,
  noteText,
  shownLabels,
} from "../tables/words.js";
import { type Html, html } from "./html.js";

/** One head row a level; the rows' axes are named in the last. */
function headRows(view: TableView): readonly Html[] {
  const levels = Math.max(1, ...view.columns.map(({ heads }) => heads.length));
  return Array.from({ length: levels }, (_, level) => {
    const last = level === levels - 1;
    const starts = view.rowAxes.map((axis) =>
      last ? html`<th scope="col" class="axis">${axis}</th>` : html`<td></td>`,
    );
    const cells = headGroups(view, level).map(({ text, span }) =>
      last
        ? html`<th scope="col" class="number">${text}</th>`
        : html`<th scope="colgroup" class="group" colspan="${span}"><span>${text}</span></th>`,
    );
    return html`<tr>${starts}${cells}</tr>`;
  });
}

function cellOf(view: TableView, cell: TableCell, column: number): Html {
  const { summary, best, note } = cell;
  if (summary === null) {
    return html`<td class="number absent">–</td>`;
  }
  if (!Number.isFinite(summary.mean)) {
    const said = missingText(summary);
    return html`<td class="number ${said === "not reached" ? "absent" : "failed"}">${said}</td>`;
  }
  const { number, spread, power, around } = cellNumber(view, column, summary);
  const [open, close] = spread !== undefined && power !== "" ? ["(", ")"] : ["", ""];
  const after = spread === undefined ? around : ` ± ${spread}`;
  const shown = html`${open}${number}${spread === undefined ? power : ""}<span class="sd">${after}</span>${close}${spread === undefined ? "" : power}`;
  const behind = behindText(view, cell);
  const own = behind === undefined ? null : html` <span class="n">(${behind})</span>`;
  const said = note === null ? null : html` <span class="n">[${noteText(view, note)}]</span>`;
  return html`<td class="number${best ? " best" : ""}">${shown}${own}${said}</td>`;
}

function rowHeads(row: TableRow, previous: TableRow | undefined): readonly Html[] {
  return shownLabels(row, previous).map((label) =>
    label === null ? html`<td></td>` : html`<th scope="row">${label}</th>`,
  );
}

/** The table alone, without a card around it. */
export function resultTable(view: TableView): Html {
  const rows = view.rows.map((row, index) => {
    const previous = view.rows[index - 1];
    const group = previous !== undefined && view.rowAxes.length > 1 && previous.labels[0] !== row.labels[0];
    const cells = row.cells.map((each, column) => cellOf(view, each, column));
    return html`<tr${group ? html` class="group"` : null}>${rowHeads(row, previous)}${cells}</tr>`;
  });
  return html`<table class="result"><thead>${headRows(view)}</thead><tbody>${rows}</tbody></table>`;
}

export function tableCard(view: TableView): Html {
  const files = html`Files: <code>tables/${view.name}.csv</code>, <code>.md</code>, <code>.tex</code>, <code>.html</code>`;
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

/** Too wide for half a page: a number with its own n, with an interval or with how many reached it takes the room of nearly two. */
function isWide({ columns, rowAxes, rows, n }: TableView): boolean {
  const intervals = rows.some(({ cells }) => cells.some(({ summary }) => summary !== null && hasInterval(summary)));
  const censored = rows.some(({ cells }) => cells.some(({ summary }) => summary?.unreached !== undefined));
  const column = intervals || censored ? 1.9 : n === null ? 1.6 : 1;
  return columns.length * column + rowAxes.length > 4.5;
}

function hasInterval({ sd, low }: PointSummary): boolean {
  return !Number.isFinite(sd) && Number.isFinite(low);
}

function card(view: TableView, id: Html, files: Html): Html {
  const body =
    view.rows.length === 0
      ? html`<p class="note">No numbers yet.</p>`
      : html`<div class="scroll">${resultTable(view)}</div>`;
  return html`<article class="card${isWide(view) ? " wide" : ""}" id="${id}"><h3>${view.name}</h3>${body}
<p class="note">${captionText(view)}</p><p class="files">${files}</p></article>`;
}
