/** What a test asserts, as text: found by its title, cut out of its file. */

export interface PinnedTest {
  /** From `it` or `test` to its closing parenthesis. */
  readonly body: string;
  /** Its `expect(…)` statements, white space made one. */
  readonly assertions: readonly string[];
}

/** Undefined where no test has the title. */
export function testOf(source: string, title: string): PinnedTest | undefined {
  const at = source.indexOf(title);
  const starts = [...source.slice(0, at < 0 ? 0 : at).matchAll(/^\s*(?:it|test)\b/gm)];
  const start = starts.at(-1)?.index;
  if (start === undefined) return undefined;
  // `it.each([…])("title", …)` is two calls
  let end = endOfCall(source, start);
  if (end <= at) end = endOfCall(source, end);
  const body = source.slice(start, end);
  const assertions = [...body.matchAll(/\bexpect\b[.(]/g)].map(({ index }) =>
    body.slice(index, endOfStatement(body, index)).replaceAll(/\s+/g, " "),
  );
  return { body, assertions };
}

function endOfCall(text: string, from: number): number {
  let depth = 0;
  for (let at = from; at < text.length; at = next(text, at)) {
    if (OPEN.includes(text[at] ?? "")) depth++;
    else if (CLOSE.includes(text[at] ?? "") && --depth === 0) return at + 1;
  }
  return text.length;
}

function endOfStatement(text: string, from: number): number {
  let depth = 0;
  for (let at = from; at < text.length; at = next(text, at)) {
    const letter = text[at] ?? "";
    if (depth === 0 && letter === ";") return at;
    if (OPEN.includes(letter)) depth++;
    else if (CLOSE.includes(letter) && --depth < 0) return at;
  }
  return text.length;
}

const OPEN = "([{";
const CLOSE = ")]}";

/** Behind the letter, or behind the string, template or comment that begins here. */
function next(text: string, at: number): number {
  const letter = text[at] ?? "";
  if (text.startsWith("//", at)) return lineEnd(text, at);
  if (letter !== '"' && letter !== "'" && letter !== "`") return at + 1;
  let end = at + 1;
  while (end < text.length && text[end] !== letter) end += text[end] === "\\" ? 2 : 1;
  return end + 1;
}

function lineEnd(text: string, at: number): number {
  const end = text.indexOf("\n", at);
  return end < 0 ? text.length : end;
}
