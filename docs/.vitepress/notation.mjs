/** The notation of docs/grammar.md, read into a tree. */

const TOKEN = /\s*(?:"([^"]+)"|([A-Za-z]+)|([[\](){}|=]))/y;

/** @param {string} text rules, one a line @returns {{ name: string, rule: object, text: string }[]} */
export function readRules(text) {
  return text
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line) => {
      const tokens = tokensOf(line);
      const name = tokens.shift()?.name;
      if (name === undefined || tokens.shift()?.sign !== "=") throw new Error(`not a rule: ${line}`);
      const rule = choice(tokens);
      if (tokens.length > 0) throw new Error(`a rule ends too late: ${line}`);
      return { name, rule, text: line };
    });
}

function tokensOf(line) {
  const tokens = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < line.trimEnd().length) {
    const found = TOKEN.exec(line);
    if (found === null) throw new Error(`not a rule: ${line}`);
    const [, text, name, sign] = found;
    tokens.push({ text, name, sign });
  }
  return tokens;
}

function choice(tokens) {
  const options = [sequence(tokens)];
  while (tokens[0]?.sign === "|") {
    tokens.shift();
    options.push(sequence(tokens));
  }
  return options.length === 1 ? options[0] : { kind: "choice", options };
}

const CLOSING = { "[": ["]", "optional"], "{": ["}", "repeat"], "(": [")", "group"] };

function sequence(tokens) {
  const parts = [];
  for (let next = tokens[0]; next !== undefined; next = tokens[0]) {
    if (next.sign !== undefined && CLOSING[next.sign] === undefined) break;
    tokens.shift();
    if (next.text !== undefined) parts.push({ kind: "text", text: next.text });
    else if (next.name !== undefined) parts.push({ kind: "name", name: next.name });
    else {
      const [close, kind] = CLOSING[next.sign];
      const of = choice(tokens);
      if (tokens.shift()?.sign !== close) throw new Error(`${next.sign} without ${close}`);
      parts.push(kind === "group" ? of : { kind, of });
    }
  }
  return parts.length === 1 ? parts[0] : { kind: "sequence", parts };
}
