/** What editors colour is what the lexer reads: every token of every study has a scope of its kind, on every line. */

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { type IToken, tokenMatcher } from "chevrotain";
import glob from "fast-glob";
import { beforeAll, describe, expect, it } from "vitest";
import oniguruma from "vscode-oniguruma";
import textmate from "vscode-textmate";
import { lex } from "../../grammar/scan.js";
import { textMateGrammar } from "../../grammar/textmate.js";
import * as T from "../../grammar/tokens.js";

const GRAMMAR = "editors/vscode/syntaxes/xfer.tmLanguage.json";
let grammar: textmate.IGrammar;

beforeAll(async () => {
  const wasm = createRequire(import.meta.url).resolve("vscode-oniguruma/release/onig.wasm");
  await oniguruma.loadWASM(readFileSync(wasm).buffer as ArrayBuffer);
  const registry = new textmate.Registry({
    onigLib: Promise.resolve({
      createOnigScanner: (patterns) => new oniguruma.OnigScanner(patterns),
      createOnigString: (text) => new oniguruma.OnigString(text),
    }),
    loadGrammar: async () => textmate.parseRawGrammar(readFileSync(GRAMMAR, "utf8"), GRAMMAR),
  });
  const loaded = await registry.loadGrammar("source.xfer");
  if (loaded === null) throw new Error("no grammar");
  grammar = loaded;
});

/** The scope of every character. */
function scopesOf(text: string): readonly string[] {
  const scopes: string[] = [];
  let stack = textmate.INITIAL;
  for (const line of text.split("\n")) {
    const { tokens, ruleStack } = grammar.tokenizeLine(line, stack);
    stack = ruleStack;
    for (const { startIndex, endIndex, scopes: all } of tokens) {
      for (let index = startIndex; index < Math.min(endIndex, line.length); index++) scopes.push(all.join(" "));
    }
    scopes.push("");
  }
  return scopes;
}

/** What a token's scopes must hold, by what stands before and behind it. */
function wanted(token: IToken, before: IToken | undefined, behind: IToken | undefined): string | undefined {
  const type = token.tokenType;
  if (type === T.StringToken) return "string.quoted";
  if (type === T.NumberToken) return "constant.numeric";
  if (before?.tokenType === T.Dot) return "variable.other.property";
  if (behind?.tokenType === T.Colon && tokenMatcher(token, T.Word)) return "variable.parameter";
  if (type === T.Identifier && before?.tokenType === T.NumberToken && T.UNITS.has(token.image))
    return "keyword.other.unit";
  if (type === T.Arrow) return "keyword.operator.arrow";
  if (type === T.Equal) return "keyword.operator.assignment";
  if (type === T.Identifier && behind?.tokenType === T.LParen) return undefined;
  if (tokenMatcher(token, T.PrepositionWord)) return "keyword.other.preposition";
  if (tokenMatcher(token, T.BinaryOperatorToken)) return "keyword.operator";
  return undefined;
}

const FILES = glob.sync(["studies/**/*.xfer", "test/**/*.xfer", "!test/compiler/bad/**", "docs/**/*.xfer"]).sort();

describe("the TextMate grammar", () => {
  it("is the one made of the tokens", () => {
    expect(JSON.parse(readFileSync(GRAMMAR, "utf8"))).toEqual(JSON.parse(JSON.stringify(textMateGrammar())));
  });

  it("is tried on many studies", () => expect(FILES.length).toBeGreaterThan(20));

  it.each(FILES)("colours %s as it is read", (file) => {
    const text = readFileSync(file, "utf8").replaceAll("\r\n", "\n");
    const scopes = scopesOf(text);
    const { tokens, comments } = lex(text);
    const words = tokens.filter(({ tokenType }) => tokenType !== T.Newline);
    const wrong: string[] = [];
    words.forEach((token, index) => {
      const kind = wanted(token, words[index - 1], words[index + 1]);
      const scope = scopes[token.startOffset] ?? "";
      const inComment = scope.includes("comment");
      const keyword = token.tokenType === T.Identifier && /keyword\.(control|other\.preposition|operator)/.test(scope);
      if (inComment || keyword || (kind !== undefined && !scope.includes(kind)))
        wrong.push(`${token.image}@${token.startOffset}: ${scope}`);
    });
    for (const comment of comments) {
      if (!(scopes[comment.startOffset] ?? "").includes("comment")) wrong.push(`comment@${comment.startOffset}`);
    }
    expect(wrong).toEqual([]);
  });

  it("tells declarations from slots, settings from values, measures from words", () => {
    const text = [
      "init WT_ST(n: count) { units[1..n] <- transfer }",
      "experiment main {",
      "  init WT_ST(3); batch 64 images",
      "  measure test = score(target.metric)",
      "}",
    ].join("\n");
    const scopes = scopesOf(text);
    const at = (needle: string, nth = 0): string =>
      scopes[
        text
          .split(needle)
          .slice(0, nth + 1)
          .join(needle).length
      ]
        ?.split(" ")
        .at(-1) ?? "";
    expect(at("init")).toBe("storage.type.init.xfer");
    expect(at("WT_ST")).toBe("entity.name.type.init.xfer");
    expect(at("init", 1)).toBe("support.type.property-name.xfer");
    expect(at("batch")).toBe("support.type.property-name.xfer");
    expect(at("images")).toBe("keyword.other.unit.xfer");
    expect(at("units")).toBe("variable.other.xfer");
    expect(at("test")).toBe("entity.name.function.measure.xfer");
    expect(at("score")).toBe("entity.name.function.xfer");
    expect(at("metric")).toBe("variable.other.property.xfer");
  });
});
