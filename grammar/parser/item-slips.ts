/** What people write at the outermost level that is no declaration: where it ends, what is said of it, and how one goes on. */

import { tokenMatcher } from "../chevrotain.js";
import { endOf, retyped, spanOf } from "../spelling.js";
import { DECLARATION_KINDS, type Identifier, type StringLiteral } from "../syntax.js";
import * as T from "../tokens.js";
import { closestWord } from "./closest.js";
import { FOREIGN_STATEMENTS } from "./foreign.js";
import { StatementParser } from "./statements.js";

const ITEM_WORDS = ["study", "import", ...DECLARATION_KINDS];

/** What other people call declarations. */
const OTHER_WORDS: ReadonlyMap<string, string> = new Map([
  ...["initialize", "initialise", "initializer", "initialization"].map((word) => [word, "init"] as const),
  ...["network", "architecture", "arch", "net"].map((word) => [word, "model"] as const),
  ...["training", "trainer", "hyperparameters", "hparams"].map((word) => [word, "recipe"] as const),
  ...["data", "datasets"].map((word) => [word, "dataset"] as const),
  ...["plot", "fig", "chart", "graph"].map((word) => [word, "figure"] as const),
  ...["parameter", "constant"].map((word) => [word, "param"] as const),
  ...["project"].map((word) => [word, "study"] as const),
]);

export abstract class ItemSlipParser extends StatementParser {
  protected readonly atItemEnd = (): boolean => this.at(T.Separator) || this.atEnd();

  protected noBody(keyword: string, name: string): void {
    this.reportHere("missing-body", { keyword, name });
  }

  /** `recipe fine tune {` */
  protected secondWord(keyword: string, name: Identifier): Identifier {
    if (this.RECORDING_PHASE || name.text === "" || !this.at(T.Name)) return name;
    const shows = keyword === "table" || keyword === "figure";
    const opens = this.at(T.LCurly, 2) || this.at(T.Equal, 2);
    if (shows ? !this.at(T.From, 2) : !opens) return name;
    const span = { start: name.span.start, end: endOf(this.LA(1)) };
    const text = `${name.text}_${this.LA(1).image}`;
    this.report("name-of-two-words", span, { name: `${name.text} ${this.LA(1).image}`, instead: text });
    this.SKIP_TOKEN();
    return { text, span };
  }

  /** `table t = main {`, `figure f of depth {`, `table t main {` */
  protected fromMissing(keyword: string, name: string): boolean {
    if (this.RECORDING_PHASE || (keyword !== "table" && keyword !== "figure")) return false;
    const sign = this.at(T.Equal) || this.at(T.Colon) || this.at(T.PrepositionWord) || this.at(T.In) || this.at(T.As);
    if (sign && this.at(T.Name, 2)) {
      this.reportHere("missing-from", { keyword, name, instead: "from" });
      this.SKIP_TOKEN();
      return true;
    }
    if (!this.at(T.Name)) return false;
    const start = this.start();
    this.report("missing-from", { start, end: start }, { keyword, name, instead: "from " });
    return true;
  }

  /** `recipe r:` at the end of a line; what is indented below it is skipped. */
  protected colonBeforeBlock(keyword: string, name: string): boolean {
    if (this.RECORDING_PHASE || !this.at(T.Colon)) return false;
    const behind = this.LA(2);
    if (behind.tokenType === T.LCurly) {
      // one that is not in the text was missed, and told, already
      if (behind.image !== "") {
        this.reportHere("equals-before-block", { sign: ":", keyword, name, instead: "" });
      }
      this.SKIP_TOKEN();
      return false;
    }
    const ends = Number.isNaN(behind.startOffset) || behind.tokenType === T.Separator;
    if (!ends && !/[\r\n]/.test(this.text.slice(endOf(this.LA(1)), behind.startOffset))) return false;
    this.reportHere("colon-before-block", { keyword, name });
    this.skipTo(this.atItemEnd);
    this.skipToItem();
    return true;
  }

  /** `import { a, b } from "…"`, `import * from "…"`: read as an import of all the file. */
  protected importOfOtherLanguage(): StringLiteral | undefined {
    const braces = this.at(T.LCurly);
    const expected = braces
      ? 'a list of names without braces, `import a, b from "…"`,'
      : 'the file alone, `import "…"`, which brings all of it,';
    this.reportHere("unexpected-token", { found: this.describeNext(), expected });
    if (braces) {
      this.SKIP_TOKEN();
      this.skipTo(() => this.at(T.RCurly));
    }
    this.skipTo(() => this.at(T.StringToken) || this.atItemEnd());
    if (braces && this.at(T.RCurly)) {
      this.SKIP_TOKEN();
      this.skipTo(() => this.at(T.StringToken) || this.atItemEnd());
    }
    const path = this.at(T.StringToken) ? this.string(this.LA(1)) : undefined;
    this.skipTo(this.atItemEnd);
    return path;
  }

  protected importsNames(): boolean {
    return this.at(T.Name) && (this.at(T.Comma, 2) || this.at(T.From, 2));
  }

  /** `./medical.xfer` without quotes, up to the end of the line. */
  protected unquotedPath(): StringLiteral {
    const start = this.start();
    if (this.atItemEnd()) {
      this.reportHere("missing-import-path", {});
      return { kind: "string", value: "", span: { start, end: start } };
    }
    let end = start;
    let value = "";
    while (!this.atItemEnd() && (end === start || this.LA(1).startOffset === end)) {
      value += this.LA(1).image;
      end = endOf(this.LA(1));
      this.SKIP_TOKEN();
    }
    // a bare word is a module in Python: the file beside this one
    const path = /^\w+$/.test(value) ? `./${value}.xfer` : value;
    this.problems?.report("unquoted-import", { start, end }, { path: value, instead: JSON.stringify(path) });
    this.skipTo(this.atItemEnd);
    return { kind: "string", value: path, span: { start, end } };
  }

  /** Skips what no item starts with; a misspelt item word is read as what it resembles. */
  protected sweepItems(): void {
    while (!this.RECORDING_PHASE && !this.atEnd()) {
      if (this.problems?.isFull === true) this.skipAll();
      if (this.at(T.Separator) || this.startsItem()) return;
      if (this.respell()) return;
      this.reportForeign();
      this.skipTo(this.atItemEnd);
      if (this.at(T.RCurly)) this.SKIP_TOKEN();
      this.skipToItem();
    }
  }

  /** A file of JSON is not read; the line that starts YAML is stepped over. */
  protected foreignFormat(): void {
    if (this.RECORDING_PHASE) return;
    if (this.at(T.LCurly) && this.at(T.StringToken, 2)) {
      this.reportHere("foreign-format", { format: "JSON" });
      this.skipAll();
    } else if (this.at(T.Minus) && this.at(T.Minus, 2) && this.at(T.Minus, 3)) {
      this.reportHere("foreign-format", { format: "YAML" });
      this.skipTo(this.atItemEnd);
    }
  }

  /** What follows something that is no item is likely its body: silent until an item starts. */
  protected skipToItem(): void {
    while (!this.atEnd()) {
      if (this.at(T.Separator) && this.startsItem(2)) return;
      if (this.at(T.Separator) && this.looksForeign(2) && this.startsLine(2)) return;
      this.SKIP_TOKEN();
      this.skipTo(this.atItemEnd);
      if (this.at(T.RCurly)) this.SKIP_TOKEN();
    }
  }

  protected skipAll(): void {
    while (!this.atEnd()) this.SKIP_TOKEN();
  }

  protected startsItem(ahead = 1): boolean {
    return this.at(T.Study, ahead) || this.at(T.Import, ahead) || this.at(T.Kind, ahead);
  }

  /** `recipie finetune {` is read as a recipe. */
  protected respell(): boolean {
    const word = this.LA(1);
    if (word.tokenType !== T.Identifier || !(this.at(T.Name, 2) || this.at(T.StringToken, 2))) return false;
    if (FOREIGN_STATEMENTS.has(word.image)) return false;
    const suggestion = OTHER_WORDS.get(word.image.toLowerCase()) ?? closestWord(word.image, ITEM_WORDS);
    if (suggestion === undefined) return false;
    this.report("unknown-item", spanOf(word), { word: word.image, suggestion });
    const type = [...T.VOCABULARY].find((token) => token.PATTERN === suggestion);
    const place = this.input.indexOf(word);
    if (type === undefined || place === -1) return false;
    this.input[place] = { ...retyped(word, type), image: suggestion };
    return true;
  }

  /** Not indented: what is, may be the body of what was reported. */
  protected startsLine(ahead: number): boolean {
    const { startOffset } = this.LA(ahead);
    return startOffset === 0 || /[\r\n]/.test(this.text[startOffset - 1] ?? "");
  }

  protected looksForeign(ahead: number): boolean {
    const isSetting = this.at(T.For, ahead) && !this.at(T.In, ahead + 2);
    return FOREIGN_STATEMENTS.has(this.LA(ahead).image) && !isSetting;
  }

  protected reportForeign(): void {
    const token = this.LA(1);
    const word = token.image;
    const kind = FOREIGN_STATEMENTS.get(word);
    const imports = kind === "import" && (this.at(T.StringToken, 2) || this.at(T.LParen, 2));
    if (kind !== undefined && this.looksForeign(1) && (imports || tokenMatcher(this.LA(2), T.Word))) {
      this.report("foreign-statement", spanOf(token), { word, kind });
    } else if (this.at(T.Measure) || this.at(T.Vary) || this.at(T.Tune) || this.at(T.Where)) {
      this.report("setting-outside-block", spanOf(token), { name: word });
    } else if (this.at(T.Name) && (this.at(T.NumberToken, 2) || this.at(T.Name, 2) || this.at(T.StringToken, 2))) {
      this.report("setting-outside-block", spanOf(token), { name: word });
    } else if (this.at(T.Word)) {
      this.report("unknown-item", spanOf(token), { word, suggestion: closestWord(word, ITEM_WORDS) ?? "" });
    } else {
      this.reportHere("unexpected-token", { found: this.describeNext(), expected: "a declaration" });
    }
  }

  protected settleItem(): void {
    if (this.RECORDING_PHASE || this.atItemEnd()) return;
    if (this.startsItem()) {
      this.reportHere("missing-separator", { before: this.LA(1).image, what: "declarations" });
      return;
    }
    this.reportHere("unexpected-token", { found: this.describeNext(), expected: "a new line" });
    this.skipTo(this.atItemEnd);
    if (this.at(T.RCurly)) this.skipToItem();
  }
}
