/** A table as an HTML file of its own: to open, to print, or to paste into a document. */

import type { TableView } from "../tables/view.js";
import { captionText } from "../tables/words.js";
import { Html, html } from "./html.js";
import { resultTable } from "./tables.js";

/** What a table needs, and nothing else: black on white, rules as booktabs has them. */
const STYLE = `
body { margin: 1.5rem; color: #000; background: #fff; font: 14px/1.4 "Times New Roman", Times, serif; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums lining-nums; border-top: 1.6px solid #000; border-bottom: 1.6px solid #000; }
thead tr:last-child > * { border-bottom: 1px solid #000; }
th, td { padding: .2rem .7rem .2rem 0; text-align: left; font-weight: 400; white-space: nowrap; }
th.number, td.number { text-align: right; padding: .2rem 0 .2rem 1.1rem; }
th.group { text-align: center; padding-left: 1.1rem; padding-right: 0; } th.group span { display: block; border-bottom: .8px solid #000; }
tr.group > * { padding-top: .55rem; } td.best { font-weight: 700; }
caption { caption-side: bottom; text-align: left; padding-top: .6rem; max-width: 46rem; white-space: normal; }
`;

export function tableHtml(view: TableView, watermark: string | null): string {
  const caption = html`<caption>${watermark === null ? null : html`<b>${watermark}.</b> `}${captionText(view)}</caption>`;
  const table = resultTable(view).text.replace("<thead>", () => `${caption.text}<thead>`);
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'"><title>${view.name}</title><style>${Html.trusted(STYLE)}</style></head>
<body>${Html.trusted(table)}</body></html>
`.text;
}
