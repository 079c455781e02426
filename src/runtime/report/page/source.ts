/** A study's text, coloured: comments, words that open statements, strings, numbers with units. */

import { type Html, html } from "./html.js";

const TOKENS =
  /(\/\/[^\n]*)|("(?:[^"\\\n]|\\.)*")|\b(study|import|param|dataset|model|source|part|init|recipe|group|experiment|derive|table|figure|profile|vary|tune|measure|where|with|then|except|from|for|in)\b|\b([0-9][0-9_]*(?:\.[0-9]+)?(?:e-?[0-9]+)?%?)/g;

export function highlighted(text: string): Html {
  const parts: (Html | string)[] = [];
  let end = 0;
  for (const match of text.matchAll(TOKENS)) {
    const [whole, comment, literal, keyword] = match;
    parts.push(text.slice(end, match.index));
    const kind = comment !== undefined ? "c" : literal !== undefined ? "s" : keyword !== undefined ? "k" : "u";
    parts.push(html`<span class="${kind}">${whole}</span>`);
    end = match.index + whole.length;
  }
  parts.push(text.slice(end));
  return html`<pre><code>${parts}</code></pre>`;
}
