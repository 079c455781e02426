/**
 * What a page holds back until it is looked at: HTML of our own making, packed beside the page in the same file. A page of
 * thousands of cells opens as one of a hundred does.
 */

import { gzipSync } from "node:zlib";
import { Html, html } from "./html.js";

/** An entry of the list that is searched: what is written of it, and what it is found by. */
export interface Listed {
  readonly text: string;
  readonly experiment: string;
  readonly status: string;
  readonly item: Html;
}

/** Characters of details that stand in the page itself. */
const AT_ONCE = 300_000;

export class Lazy {
  #room = AT_ONCE;
  readonly #parts: string[] = [];
  #listed: readonly Listed[] = [];

  /** The part itself while there is room, then a place that is filled when the details around it are opened. */
  place(part: Html): Html {
    if (part.text.length <= this.#room) {
      this.#room -= part.text.length;
      return part;
    }
    return html`<div data-part="${this.#parts.push(part.text) - 1}"></div>`;
  }

  /** The rest of the list, behind what stands in the page. */
  list(rest: readonly Listed[]): void {
    this.#listed = rest;
  }

  /** To be put at the page's end; null where nothing is held back. */
  packed(): Html | null {
    if (this.#parts.length + this.#listed.length === 0) {
      return null;
    }
    const listed = this.#listed.map(({ text, experiment, status, item }) => [text, experiment, status, item.text]);
    const bytes = gzipSync(JSON.stringify({ parts: this.#parts, listed }));
    return html`<script type="text/plain" id="packed">${Html.trusted(bytes.toString("base64"))}</script>
<noscript><p class="note">What is not shown here needs JavaScript; <code>results.csv</code>, <code>plan.json</code> and <code>report/data.json</code> have all of it.</p></noscript>`;
  }
}
