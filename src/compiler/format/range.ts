/** Some lines of a study, laid out as the formatter would lay out the whole; what lies around them stays as it is. */

import { LineMap } from "../lines.js";
import { textEdits } from "./edits.js";
import { type FormatResult, format } from "./index.js";

/** Lines from 1, both included; a line that is half meant is formatted whole. */
export interface LineRange {
  readonly first: number;
  readonly last: number;
}

export function formatLines(text: string, { first, last }: LineRange): FormatResult {
  const whole = format(text);
  if (!whole.ok) return whole;
  const map = new LineMap(text);
  const wanted = textEdits(text, whole.text).filter(
    ({ span }) => map.position(span.start).line <= last && map.position(span.end).line >= first,
  );
  let result = text;
  for (const { span, text: replacement } of [...wanted].sort((a, b) => b.span.start - a.span.start)) {
    result = result.slice(0, span.start) + replacement + result.slice(span.end);
  }
  return { ok: true, text: result };
}
